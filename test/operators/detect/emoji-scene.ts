import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

const assets = join(
  dirname(createRequire(import.meta.url).resolve('@lobehub/fluent-emoji-3d/package.json')),
  'assets',
);

/** A teddy bear, a car and a wrench; left, top and side as shares of the picture's side. */
const pasted = [
  { file: '1f9f8.webp', place: [0.06, 0.1, 0.4] },
  { file: '1f697.webp', place: [0.55, 0.08, 0.36] },
  { file: '1f527.webp', place: [0.42, 0.58, 0.34] },
] as const;

/** The teddy bear's box in a picture of this side. */
export function teddyBox(side: number): Box {
  const [left, top, length] = pasted[0].place;
  return [left * side, top * side, (left + length) * side, (top + length) * side];
}

/** Draws three cut-out renderings on a gradient: RGB, side × side × 3 bytes. */
export async function drawEmojiScene(side: number): Promise<Uint8Array> {
  const ground = Buffer.alloc(side * side * 3);
  for (let i = 0; i < side * side; i++) {
    const row = Math.floor(i / side) / side;
    ground[3 * i] = 120 + 60 * row;
    ground[3 * i + 1] = 130 + 40 * ((i % side) / side);
    ground[3 * i + 2] = 140 - 50 * row;
  }
  const layers = await Promise.all(
    pasted.map(async ({ file, place: [left, top, length] }) => ({
      input: await sharp(join(assets, file))
        .resize(Math.round(length * side))
        .png()
        .toBuffer(),
      left: Math.round(left * side),
      top: Math.round(top * side),
    })),
  );
  const scene = sharp(ground, { raw: { width: side, height: side, channels: 3 } }).composite(
    layers,
  );
  return new Uint8Array(await scene.removeAlpha().raw().toBuffer());
}
