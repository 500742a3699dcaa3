import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';

const assets = join(
  dirname(createRequire(import.meta.url).resolve('@lobehub/fluent-emoji-3d/package.json')),
  'assets',
);
const width = 480;
const height = 360;

/** A drawn picture with its one object. */
export interface DrawnPicture {
  readonly name: string;
  /** Left, top, width, height of the object in pixels. */
  readonly box: readonly [number, number, number, number];
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** Draws one emoji rendering on a tinted, noisy background; returns its box. */
async function draw(path: string, emoji: string, place: Place, random: () => number) {
  const tint = [90 + 90 * random(), 90 + 90 * random(), 90 + 90 * random()];
  const ground = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const shade = 40 * (Math.floor(i / width) / height) + 24 * random();
    for (let c = 0; c < 3; c++) ground[3 * i + c] = tint[c]! + shade;
  }
  const object = sharp(join(assets, `${emoji}.webp`))
    .trim()
    .resize(place.side)
    .png();
  const { data, info } = await object.toBuffer({ resolveWithObject: true });
  const left = Math.round(place.x * (width - info.width));
  const top = Math.round(place.y * (height - info.height));
  await sharp(ground, { raw: { width, height, channels: 3 } })
    .composite([{ input: data, left, top }])
    .jpeg({ quality: 90 })
    .toFile(path);
  return [left, top, info.width, info.height] as const;
}

/** Settings of {@link drawPictures}. */
export interface DrawOptions {
  /** File name of the rendering, without its extension. */
  readonly emoji: string;
  readonly count: number;
  readonly seed: number;
  /** Moves the object a little from one picture to the next. Default: places it at random. */
  readonly drift?: boolean;
}

/** Draws pictures `0.jpg` … into a folder, one object each. */
export async function drawPictures(
  folder: string,
  { emoji, count, seed, drift = false }: DrawOptions,
): Promise<readonly DrawnPicture[]> {
  await mkdir(folder, { recursive: true });
  const random = seededRandom(seed);
  const drawn: DrawnPicture[] = [];
  for (let i = 0; i < count; i++) {
    const place = drift
      ? { x: 0.2 + (0.5 * i) / count, y: 0.5, side: 140 }
      : { x: random(), y: random(), side: Math.round(90 + 90 * random()) };
    const name = `${i}.jpg`;
    const tinted = drift ? seededRandom(seed) : random;
    drawn.push({ name, box: await draw(join(folder, name), emoji, place, tinted) });
  }
  return drawn;
}

/** Writes YOLO labels beside the pictures. */
export async function writeYolo(folder: string, drawn: readonly DrawnPicture[], className: string) {
  await writeFile(join(folder, 'classes.txt'), `${className}\n`);
  for (const {
    name,
    box: [x, y, w, h],
  } of drawn) {
    const line = [(x + w / 2) / width, (y + h / 2) / height, w / width, h / height].join(' ');
    await writeFile(join(folder, name.replace('.jpg', '.txt')), `0 ${line}\n`);
  }
}

/** Writes one COCO file: one class for all pictures, or one for each. */
export async function writeCoco(
  file: string,
  drawn: readonly DrawnPicture[],
  classNames: string | readonly string[],
) {
  const classOf = (id: number) => (typeof classNames === 'string' ? classNames : classNames[id]!);
  const names = [...new Set(drawn.map((_, id) => classOf(id)))];
  const images = drawn.map(({ name }, id) => ({ id, file_name: name, width, height }));
  const annotations = drawn.map(({ box }, id) => {
    const area = box[2] * box[3];
    const category = names.indexOf(classOf(id)) + 1;
    return { id, image_id: id, category_id: category, bbox: box, iscrowd: 0, area };
  });
  const categories = names.map((name, i) => ({ id: i + 1, name }));
  await writeFile(file, JSON.stringify({ images, annotations, categories }));
}

/** Writes a folder of Pascal VOC files. */
export async function writeVoc(folder: string, drawn: readonly DrawnPicture[], className: string) {
  await mkdir(folder, { recursive: true });
  for (const {
    name,
    box: [x, y, w, h],
  } of drawn) {
    const corners = `<xmin>${x}</xmin><ymin>${y}</ymin><xmax>${x + w}</xmax><ymax>${y + h}</ymax>`;
    const object = `<object><name>${className}</name><bndbox>${corners}</bndbox></object>`;
    const size = `<size><width>${width}</width><height>${height}</height><depth>3</depth></size>`;
    const xml = `<annotation><filename>${name}</filename>${size}${object}</annotation>`;
    await writeFile(join(folder, name.replace('.jpg', '.xml')), xml);
  }
}
