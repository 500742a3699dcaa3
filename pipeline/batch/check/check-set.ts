import sharp from 'sharp';
import { defaultViewSize } from '../../../operators/detect/engines/engine-models.ts';
import type { ViewPlan } from '../../../operators/ingest/frames/view-plan.ts';
import type { Dataset, LabelledImage } from '../../../operators/datasets/dataset.ts';
import { DatasetError } from '../../../operators/datasets/dataset-error.ts';
import { loadPicture } from '../../../operators/datasets/load-picture.ts';
import { photoBoxesOf } from '../../../operators/datasets/photos/photo-boxes.ts';
import {
  configFromFlags,
  type ConfigFlags,
  type SeeingFlags,
} from '../../configuration/config-flags.ts';
import { viewsOf } from '../../configuration/engine-settings.ts';
import type { Log } from '../../log.ts';
import { drawContactSheet } from '../contact-sheet/contact-sheet.ts';
import { openSet } from '../open-set.ts';
import type { PhotoLine } from '../photos/locate-objects.ts';
import { AlikePictures } from './alike-pictures.ts';
import { addOddBoxes, addRareClasses, Oddities, type Oddity } from './oddities.ts';
import { classFigures, type ClassFigures, sizeFigures, type SizeFigures } from './set-figures.ts';

/** The flags of `lifelens check`. */
export interface CheckFlags extends SeeingFlags, Pick<ConfigFlags, 'seed' | 'logLevel'> {
  /** File for the contact sheet, a JPEG. */
  readonly sheet?: string;
  /** Leaves out broken pictures. Default false: they are an error. */
  readonly skipBroken?: boolean;
  /** Writes the boxes of `photos:DIR` to `DIR/boxes.json`. */
  readonly writeBoxes?: boolean;
  /** File for the JSON report; `-` is standard output. */
  readonly report?: string;
}

/** The report of `lifelens check`. */
export interface CheckReport {
  readonly set: string;
  readonly pictures: number;
  readonly objects: number;
  readonly classes: readonly ClassFigures[];
  readonly sizes: SizeFigures;
  /** Numbers of pictures by the format of their file. */
  readonly formats: Readonly<Record<string, number>>;
  /** Pictures with an EXIF orientation. */
  readonly turned: number;
  readonly mended: Dataset['mended'];
  readonly warnings: readonly string[];
  readonly skipped: Dataset['skipped'];
  readonly odd: readonly Oddity[];
  /** What each photo of `photos:DIR` was taken to show. */
  readonly photos?: readonly PhotoLine[];
  /** The contact sheet, and the number of pictures on it. */
  readonly sheet?: { readonly file: string; readonly pictures: number };
}

/** A report with the files that belong to it, which are not written yet. */
export interface CheckedSet {
  readonly report: CheckReport;
  /** JPEG; null without `--sheet`. */
  readonly sheet: Uint8Array | null;
  /** COCO document for `boxes.json`; null without `--write-boxes`. */
  readonly boxes: object | null;
}

/** Side of the square in which pictures are compared. */
const comparedSide = 32;
/** Longest side to which pictures are decoded for that, which is faster than all of it. */
const comparedSideMax = 320;

/**
 * Reads a labelled set as `teach` does and describes it. Decodes one picture at a time. Rejects
 * with a `DatasetError`.
 */
export async function checkSet(
  spec: string,
  flags: CheckFlags,
  log: Log,
  signal: AbortSignal,
): Promise<CheckedSet> {
  const { sheet: file, skipBroken = false, writeBoxes = false, ...rest } = flags;
  const { detect, seed } = await configFromFlags(rest, process.env);
  const { set, photos } = await openSet(spec, { detect, log: quiet(log), signal, skipBroken });
  if (writeBoxes && set.skipped.length > 0) {
    const message = `expected whole photos, since the boxes of the ${set.skipped.length} broken ones would be lost`;
    throw new DatasetError('bad-picture', set.skipped[0]!.path, message);
  }
  const classes = classFigures(set);
  const odd = new Oddities();
  const views = viewsOf(detect);
  const plan = views === 'auto' ? defaultViewSize : views;
  const { formats, turned } = await examine(set, odd, plan, signal);
  addRareClasses(odd, classes);
  const sheet =
    file === undefined
      ? null
      : await drawContactSheet(set, { seed, signal, isWhole: photos.length > 0 });
  if (sheet?.hasText === false) log.warn('no font was found: the contact sheet has no names');
  const report: CheckReport = {
    set: spec,
    pictures: set.images.length,
    objects: set.images.reduce((sum, { objects }) => sum + objects.length, 0),
    classes,
    sizes: sizeFigures(set.images),
    formats,
    turned,
    mended: set.mended,
    warnings: set.warnings,
    skipped: set.skipped,
    odd: odd.all,
    ...(photos.length > 0 && { photos }),
    ...(sheet !== null && file !== undefined && { sheet: { file, pictures: sheet.pictures } }),
  };
  return { report, sheet: sheet?.jpeg ?? null, boxes: writeBoxes ? photoBoxesOf(set) : null };
}

/** The warnings of the set are part of the report. */
function quiet(log: Log): Pick<Log, 'info' | 'warn'> {
  return { info: log.debug.bind(log), warn: log.debug.bind(log) };
}

async function examine(
  { images }: Dataset,
  odd: Oddities,
  viewSize: ViewPlan,
  signal: AbortSignal,
): Promise<Pick<CheckReport, 'formats' | 'turned'>> {
  const alike = new AlikePictures();
  const splits = new Map<string, string | null>();
  const formats: Record<string, number> = {};
  let turned = 0;
  for (const image of images) {
    signal.throwIfAborted();
    addOddBoxes(odd, image, viewSize);
    const { format, isTurned } = await headerOf(image);
    formats[format] = (formats[format] ?? 0) + 1;
    if (isTurned) turned++;
    const { view } = await loadPicture(image, { viewSize: comparedSide, sideMax: comparedSideMax });
    const earlier = await alike.findEarlier(image.id, view, comparedSide);
    const split = splitOf(image.path);
    splits.set(image.id, split);
    if (earlier === null) continue;
    odd.add('pictures that look the same as an earlier one', `${image.id} and ${earlier}`);
    const before = splits.get(earlier) ?? null;
    if (split !== null && before !== null && split !== before) {
      odd.add(`pictures of ${split} that are in ${before} too`, `${image.id} and ${earlier}`);
    }
  }
  return { formats, turned };
}

async function headerOf({ path }: LabelledImage): Promise<{ format: string; isTurned: boolean }> {
  // sharp reads no bitmaps, which have no orientation.
  const header = await sharp(path)
    .metadata()
    .catch(() => null);
  return { format: header?.format ?? 'bmp', isTurned: (header?.orientation ?? 1) > 1 };
}

/** The part of a set that a picture belongs to, by the folders in its path; null if none says. */
function splitOf(path: string): string | null {
  const folders = path.split(/[\\/]/).slice(0, -1).reverse();
  const found = folders.find((folder) =>
    /^(train|val|valid|validation|test)(2017|2014)?$/.test(folder),
  );
  return found ?? null;
}
