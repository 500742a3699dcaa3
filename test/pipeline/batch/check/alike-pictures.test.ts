import sharp from 'sharp';
import { expect, it } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { AlikePictures } from '../../../../pipeline/batch/check/alike-pictures.ts';

const side = 32;

/** A view of a random picture; `quality` encodes it as a JPEG first. */
async function view(seed: number, quality?: number): Promise<Uint8Array> {
  const random = seededRandom(seed);
  const small = Uint8Array.from({ length: 6 * 6 * 3 }, () => Math.floor(256 * random()));
  let picture = sharp(small, { raw: { width: 6, height: 6, channels: 3 } }).resize(200, 150, {
    fit: 'fill',
  });
  if (quality !== undefined) picture = sharp(await picture.jpeg({ quality }).toBuffer());
  return sharp(await picture.png().toBuffer())
    .resize(side, side, { fit: 'fill' })
    .removeAlpha()
    .raw()
    .toBuffer();
}

it('finds a copy of a picture in another quality, and no others', async () => {
  const alike = new AlikePictures();
  for (let seed = 1; seed <= 40; seed++) {
    expect(await alike.findEarlier(`p${seed}`, await view(seed), side)).toBe(null);
  }
  expect(await alike.findEarlier('copy', await view(7, 40), side)).toBe('p7');
});
