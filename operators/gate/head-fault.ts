import { denseLatentLength } from '../detect/engines/engine.ts';
import { builtInVectors } from '../detect/engines/sight.ts';
import type { LinearLayer } from '../detect/heads/head.ts';
import { liftedLength, vectorsOf } from '../detect/heads/lift.ts';
import type { HeadToJudge } from './gate-sample.ts';

/** A defect of a head. */
export interface HeadFault {
  readonly code: 'malformed' | 'not-finite';
  /** One line for a person. */
  readonly message: string;
}

/** Rows of the box regression layer. */
const boxEdges = 4;

/** Checks that the parts of a head have matching shapes and finite values; null if they do. */
export function findFault(head: HeadToJudge): HeadFault | null {
  const { classes, dense, crop, box, objectness, thresholds, sight = builtInVectors } = head;
  const { embeddingLength } = sight;
  if (new Set(classes).size !== classes.length) return malformed('a class is listed twice');
  if (thresholds.length !== classes.length) {
    return malformed(`${thresholds.length} thresholds for ${classes.length} classes`);
  }
  if (objectness.weights.length !== denseLatentLength) {
    return malformed(`${objectness.weights.length} objectness weights, not ${denseLatentLength}`);
  }
  const layers = [
    ['dense', dense, denseLatentLength, classes.length] as const,
    // Messages call the crop layer `look`, as head bundles do.
    ...(crop === null ? [] : [['look', crop, embeddingLength, classes.length] as const]),
    ...(box === undefined ? [] : [['box', box, embeddingLength, boxEdges] as const]),
  ];
  for (const [name, layer, length, rows] of layers) {
    const fault = findLayerFault(name, layer, length, rows);
    if (fault !== null) return fault;
  }

  const parts: readonly (readonly [string, Float32Array])[] = [
    ['objectness', objectness.weights],
    ['objectness', Float32Array.of(objectness.bias)],
    ['thresholds', thresholds],
    ...layers.flatMap(([name, { weights, bias, lift }]) => [
      [`${name} weights`, weights] as const,
      [`${name} bias`, bias] as const,
      ...vectorsOf(lift).map((values) => [`${name} lift`, values] as const),
    ]),
  ];
  for (const [name, values] of parts) {
    const index = values.findIndex((value) => !Number.isFinite(value));
    if (index >= 0) {
      return { code: 'not-finite', message: `its ${name} holds ${values[index]} at ${index}` };
    }
  }
  return null;
}

function findLayerFault(
  name: string,
  layer: LinearLayer,
  length: number,
  rows: number,
): HeadFault | null {
  const { lift } = layer;
  if (lift?.kind === 'standard' && [lift.mean, lift.scale].some((each) => each.length !== length)) {
    return malformed(`its ${name} layer is standardised by vectors of other than ${length} values`);
  }
  if (lift?.kind === 'pairs' && lift.count > length) {
    return malformed(`its ${name} layer pairs ${lift.count} of ${length} values`);
  }
  if (lift?.kind === 'gaussian' && lift.centres.length % length !== 0) {
    return malformed(
      `its ${name} layer has ${lift.centres.length} values of centres, no whole rows of ${length}`,
    );
  }
  const lifted = liftedLength(lift, length);
  if (layer.length !== lifted) {
    return malformed(`its ${name} layer has rows of ${layer.length}, not ${lifted}`);
  }
  if (layer.bias.length !== rows || layer.weights.length !== rows * lifted) {
    return malformed(
      `its ${name} layer has ${layer.weights.length} weights and ${layer.bias.length} biases ` +
        `for ${rows} rows`,
    );
  }
  return null;
}

function malformed(message: string): HeadFault {
  return { code: 'malformed', message };
}
