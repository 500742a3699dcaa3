import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import type { Box } from '../../../../../operators/foundation/geometry/box.ts';
import { seededRandom } from '../../../../../operators/foundation/numbers/seeded-random.ts';

const assets = join(
  dirname(createRequire(import.meta.url).resolve('@lobehub/fluent-emoji-3d/package.json')),
  'assets',
);
const width = 640;
const height = 480;
const side = 100;
/** Robot, guitar, parcel, ball, lantern and teddy bear, by file name of their rendering. */
const emojis = ['1f916', '1f3b8', '1f4e6', '26bd', '1f3ee', '1f9f8'];

/** Left and top edge of an object in pixels. */
const cornerOf = (place: number): readonly [number, number] => [
  50 + (place % 3) * 200,
  60 + Math.floor(place / 3) * 220,
];

/** Boxes of the six objects of a {@link paintStillLife} picture, in pixels of the picture. */
export const stillLifeBoxes: readonly Box[] = emojis.map((_, place) => {
  const [left, top] = cornerOf(place);
  return [left, top, left + side, top + side];
});

/**
 * Paints a picture of six objects at known places into a new folder. Played in a loop, it is a
 * camera whose every frame shows each object in its box.
 */
export async function paintStillLife(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const random = seededRandom(1);
  const ground = Buffer.alloc(width * height * 3);
  for (let i = 0; i < ground.length; i++) ground[i] = 110 + 10 * random();
  const objects = emojis.map(async (emoji, place) => {
    const [left, top] = cornerOf(place);
    const fitted = sharp(join(assets, `${emoji}.webp`))
      .trim()
      .resize(side, side, { fit: 'fill' });
    return { input: await fitted.png().toBuffer(), left, top };
  });
  const picture = sharp(ground, { raw: { width, height, channels: 3 } });
  const painted = await picture
    .composite(await Promise.all(objects))
    .jpeg({ quality: 90 })
    .toBuffer();
  // The time of a frame comes from its place in the folder, so one picture would do; two show that
  // a loop goes on.
  for (const name of ['0.jpg', '1.jpg']) await sharp(painted).toFile(join(folder, name));
}
