import {
  denseLatentLength,
  cropEmbeddingLength,
} from '../../../../operators/detect/engines/engine.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import {
  carryOver,
  emptyLayer,
} from '../../../../operators/learn/strategies/gradient/layer-rows.ts';
import type { UpdateContext } from '../../../../operators/learn/strategies/gradient/method.ts';
import type { Change } from '../../../../operators/learn/strategy.ts';
import { changeOf } from '../make-example.ts';

/** A context for a method. `classes` defaults to those of `before` and of the added examples. */
export function updateContext(
  change: Partial<Change>,
  context: Partial<UpdateContext> = {},
): UpdateContext {
  const whole = changeOf(change);
  const before = context.before ?? [];
  const labels = whole.added.flatMap(({ label }) => label ?? []);
  const classes = context.classes ?? [...new Set([...before, ...labels])];
  const layerOf = (length: number) => carryOver(emptyLayer(length), [], classes);
  return {
    change: whole,
    classes,
    before,
    layers: { dense: layerOf(denseLatentLength), crop: layerOf(cropEmbeddingLength) },
    ownBytesMax: Infinity,
    random: seededRandom(1),
    pause: () => Promise.resolve(),
    ...context,
  };
}
