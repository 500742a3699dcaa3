import { canvasOf, type ViewSize } from '../../ingest/frames/view-size.ts';
import { badModel } from './bad-model.ts';
import type { ModelFacts } from './model-ports.ts';
import { namesOfValue } from './names/parse-names.ts';
import type { PictureInput } from './picture-input.ts';

export interface InputSize {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** Side of models of any size whose metadata says none. */
const defaultSide = 640;
/** Largest side of a model's input. */
export const inputSideMax = 4096;

/**
 * The size at which a model runs: its own if that is fixed, else the wanted one, a multiple of its
 * stride; for `auto` what its metadata says (`imgsz`), or 640. Throws an `EngineError` `bad-model`
 * where a fixed size is not the wanted one.
 */
export function inputSizeOf(
  facts: ModelFacts,
  input: PictureInput,
  viewSize: ViewSize | 'auto',
): InputSize {
  const wanted = viewSize === 'auto' ? null : canvasOf(viewSize);
  const written = writtenSize(facts);
  const sideOf = (side: 'width' | 'height'): number => {
    const fixed = input[side];
    const asked = wanted?.[side] ?? null;
    if (fixed !== null && asked !== null && asked !== fixed) {
      const own = `${input.width ?? '?'} × ${input.height ?? '?'}`;
      throw badModel(
        facts,
        `its input is ${own} pixels, not ${asked}: leave detect.size at auto, or export it anew`,
      );
    }
    return fixed ?? asked ?? written?.[side] ?? defaultSide;
  };
  const size = { width: sideOf('width'), height: sideOf('height') };
  const stride = Number(facts.metadata.get('stride') ?? 32);
  const isFree = input.width === null || input.height === null;
  for (const side of [size.width, size.height]) {
    if (side > inputSideMax)
      throw badModel(facts, `expected an input of at most ${inputSideMax} pixels, not ${side}`);
    if (isFree && Number.isSafeInteger(stride) && stride > 0 && side % stride !== 0)
      throw badModel(facts, `expected a size in multiples of ${stride} pixels, not ${side}`);
  }
  return size;
}

/** `imgsz` of Ultralytics' metadata: `[height, width]`. */
function writtenSize({ metadata }: ModelFacts): InputSize | null {
  const text = metadata.get('imgsz');
  const sides = text === undefined ? null : namesOfValue(text.match(/\d+/g) ?? []);
  const [height, width] = (sides ?? []).map(Number);
  return height === undefined ? null : { height, width: width ?? height };
}
