import { createHash } from 'node:crypto';
import { messageOf } from '../../foundation/errors/message-of.ts';
import { squareOf, type OwnShape, type ViewPlan } from '../../ingest/frames/view-plan.ts';
import { canvasOf, type ViewSize } from '../../ingest/frames/view-size.ts';
import { badModel } from './bad-model.ts';
import type { DetectorFile } from './detector-file.ts';
import { FileDetector, type FileDetectorParts, type RunningModel } from './file-detector.ts';
import type { Reading } from './formats/reading.ts';
import { inputSizeOf, type InputSize } from './input-size.ts';
import { canvasFor, letterboxed, sameNumbers, type InputStyle } from './input-style.ts';
import type { ModelFacts } from './model-ports.ts';
import { classMapOf, type ClassMap } from './names/class-map.ts';
import { ownShapeOf, tellingSizes } from './own-shape.ts';
import { pictureInputOf, type PictureInput } from './picture-input.ts';
import { checkTask, recognise } from './recognise.ts';

/** A file of a model as read, with what it says about itself. */
export interface ModelFile extends ModelFacts {
  /** The first 12 hex digits of its SHA-256: the same model under any name. */
  readonly hash: string;
  /** File name and hash, for the log. */
  readonly label: string;
}

/** Opens a model on a runtime, so that it takes views of this style and size; null: of any size. */
export type OpenModel = (
  input: PictureInput,
  style: InputStyle,
  size: InputSize | null,
) => Promise<RunningModel>;

/** Grey of the picture that a model is shown to see what its outputs look like. */
const probeGrey = 114;

/**
 * Opens a detector of a file on some runtime: runs it once on grey, and recognises it by what comes
 * out. `views` are the wanted ones, of which it takes the square; `auto` takes the model's own.
 * With the shape `own` a model that allows for it has views of as many pixels in each picture's
 * shape.
 * Rejects with an `EngineError` `bad-model` for a model that is not understood or has another size.
 */
export async function openDetector(
  file: ModelFile,
  detector: DetectorFile,
  views: ViewPlan | 'auto',
  open: OpenModel,
): Promise<FileDetector> {
  const viewSize = views === 'auto' ? views : squareOf(views);
  checkTask(file);
  const input = pictureInputOf(file);
  const size = inputSizeOf(file, input, viewSize);
  let model = await open(input, letterboxed, size);
  try {
    const { width, height } = size;
    const reading = await readingAt(file, input, model, size, detector.format);
    const classes = await classMapOf(file, detector.names, reading.classes);
    const id = `${reading.format} ${file.hash} ${markOf(classes)}`;
    const text = `detector ${reading.format} ${file.label}`;
    const isAsked = detector.shape === 'own' && typeof viewSize !== 'object';
    const plan = isAsked ? ownShapeOf(file, input, size, reading) : null;
    const own = plan && (await openOwnShape(file, input, plan, reading, open));
    if (plan !== null && own !== null) {
      await model.close();
      return new FileDetector({ id, text, reading, classes, viewSize: plan, ...own });
    }
    if (!sameNumbers(reading.style, letterboxed)) {
      const restyled = await open(input, reading.style, size);
      await model.close();
      model = restyled;
    }
    const canvas = canvasFor(reading.style, width, height);
    checkCanvas(file, viewSize, canvas);
    return new FileDetector({ id, text, model, reading, classes, viewSize: canvas });
  } catch (error) {
    await model.close();
    throw error;
  }
}

/** How a model is read at a size, by what it returns for grey. */
async function readingAt(
  file: ModelFile,
  { channelsLast, type: inputType }: PictureInput,
  model: RunningModel,
  { width, height }: InputSize,
  format: DetectorFile['format'],
): Promise<Reading> {
  const grey = new Uint8Array(width * height * 3).fill(probeGrey);
  const outputs = await model.run(grey, { width, height }).catch((cause: unknown) => {
    throw badModel(file, `it does not run: ${messageOf(cause)}`, cause);
  });
  const evidence = {
    ...{ facts: file, width, height, channelsLast, inputType, isSaid: format !== 'auto' },
    outputs: outputs.map((output) => ({ ...output, values: output.values.slice() })),
  };
  return recognise(evidence, format);
}

/**
 * Opens a model for views of any size, and reads those that show whether it takes them all. Null
 * where the graph turns out to need its square.
 */
async function openOwnShape(
  file: ModelFile,
  input: PictureInput,
  plan: OwnShape,
  square: Reading,
  open: OpenModel,
): Promise<Pick<FileDetectorParts, 'model' | 'readingAt' | 'readings'> | null> {
  const model = await open(input, square.style, null).catch(() => null);
  if (model === null) return null;
  const at = async (size: InputSize): Promise<Reading> => {
    const what = await readingAt(file, input, model, size, square.format).then(
      (reading) => (reading.layout === square.layout ? reading : 'its rows are others'),
      messageOf,
    );
    if (typeof what !== 'string') return what;
    const where = `views of ${size.width} × ${size.height} pixels`;
    throw badModel(file, `it does not take ${where}, which --shape square avoids: ${what}`);
  };
  try {
    const readings: (readonly [InputSize, Reading])[] = [];
    for (const size of tellingSizes(plan)) readings.push([size, await at(size)]);
    return { model, readingAt: at, readings };
  } catch {
    await model.close();
    return null;
  }
}

/** A mark of the columns of scores that are classes: the latents are made of these. */
function markOf({ numbers, names }: ClassMap): string {
  const written = JSON.stringify([names.length, ...numbers]);
  return createHash('sha256').update(written).digest('hex').slice(0, 8);
}

/** A canvas that is asked for is to be the format's own. */
function checkCanvas(file: ModelFile, wanted: ViewSize | 'auto', own: ViewSize): void {
  if (wanted === 'auto' || typeof wanted === 'number') return;
  const [a, b] = [canvasOf(wanted), canvasOf(own)];
  if (
    a.fit !== b.fit ||
    (a.fit === 'letterbox' && (a.anchor !== b.anchor || a.ground !== b.ground))
  )
    throw badModel(file, `expected views that are made as ${JSON.stringify(b)}`);
}
