import sharp, { type OverlayOptions } from 'sharp';
import type { Dataset, LabelledImage } from '../../../operators/datasets/dataset.ts';
import { loadPicture } from '../../../operators/datasets/load-picture.ts';
import { choosePictures } from './choose-pictures.ts';
import { boxesSvg, captionSvg, colourOf, legendSvg, shortName } from './draw-boxes.ts';

/** Most pictures on a sheet, and on one of photos, all of which somebody is to look at. */
export const picturesMax = { some: 60, whole: 180 };
const legendMax = 120;
const columns = 6;
const tile = { width: 240, height: 180, caption: 20, gap: 4 };
const ground = '#222';

export interface ContactSheetOptions {
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Whether to show all pictures, up to a larger bound. */
  readonly isWhole: boolean;
}

export interface ContactSheet {
  readonly jpeg: Uint8Array;
  readonly pictures: number;
  /** False where the system has no font, and names are missing. */
  readonly hasText: boolean;
}

/**
 * Draws a sheet of pictures of a set with their boxes and class names, spread over the classes.
 * Holds the small pictures of one sheet, at most some 25 MB. Rejects with a `DatasetError`.
 */
export async function drawContactSheet(
  set: Pick<Dataset, 'classes' | 'images'>,
  { seed, signal, isWhole }: ContactSheetOptions,
): Promise<ContactSheet> {
  const most = isWhole ? picturesMax.whole : picturesMax.some;
  const chosen = choosePictures(set, most, seed);
  const [stepX, stepY] = [tile.width + tile.gap, tile.height + tile.caption + tile.gap];
  const width = columns * stepX + tile.gap;
  const legend = legendSvg(legendOf(set), width);
  const layers: OverlayOptions[] = [{ input: Buffer.from(legend.text), left: 0, top: 0 }];
  for (const [i, image] of chosen.entries()) {
    signal.throwIfAborted();
    const left = tile.gap + (i % columns) * stepX;
    const top = legend.height + Math.floor(i / columns) * stepY;
    layers.push({ ...(await drawTile(image, set.classes)), left, top });
    const caption = captionSvg(image.id, tile.width, tile.caption);
    layers.push({ input: Buffer.from(caption), left, top: top + tile.height });
  }
  const height = legend.height + Math.ceil(chosen.length / columns) * stepY;
  const jpeg = await sharp({ create: { width, height, channels: 3, background: ground } })
    .composite(layers)
    .jpeg({ quality: 85 })
    .toBuffer();
  return { jpeg, pictures: chosen.length, hasText: await drawsText() };
}

async function drawTile(
  image: LabelledImage,
  classes: readonly string[],
): Promise<Pick<OverlayOptions, 'input' | 'raw'>> {
  const sideMax = 2 * Math.max(tile.width, tile.height);
  const picture = await loadPicture(image, { viewSize: 32, sideMax });
  const scale = Math.min(tile.width / picture.width, tile.height / picture.height);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const raw = { width: picture.width, height: picture.height, channels: 3 as const };
  const small = await sharp(picture.full, { raw })
    .resize(width, height, { fit: 'fill' })
    .composite([{ input: Buffer.from(boxesSvg(image, classes, { width, height })) }])
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { data, info } = await sharp(small.data, { raw: { width, height, channels: 3 } })
    .resize(tile.width, tile.height, { fit: 'contain', background: ground })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { input: data, raw: { width: info.width, height: info.height, channels: info.channels } };
}

function legendOf({ classes, images }: Pick<Dataset, 'classes' | 'images'>) {
  const counts = new Map<string, number>();
  for (const { objects } of images) {
    for (const { class: name } of objects) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const entries = classes.slice(0, legendMax).map((name, i) => {
    return { name: `${shortName(name)} ${counts.get(name) ?? 0}`, colour: colourOf(i) };
  });
  const more = classes.length - entries.length;
  return more > 0 ? [...entries, { name: `and ${more} more`, colour: '#888' }] : entries;
}

/** Whether text leaves any trace: without a font, it leaves none. */
async function drawsText(): Promise<boolean> {
  const { channels } = await sharp(Buffer.from(captionSvg('MMM', 60, 20))).stats();
  return channels.some(({ max }) => max > 0);
}
