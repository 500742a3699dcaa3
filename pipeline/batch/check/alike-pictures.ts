import sharp from 'sharp';

/** Side of the grey picture that is compared, and of the hash. */
const side = 8;
/** Bits of 64 in which the hashes of pictures that look the same may differ. */
const bitsMax = 3;
/** Mean difference of grey levels, of 255, up to which such pictures look the same. */
const greyMax = 6;
const bands = 4;
/** Pictures of one band that are compared: bounds the work where all look the same. */
const comparedMax = 64;

interface Seen {
  readonly hash: readonly number[];
  readonly grey: Uint8Array;
  readonly id: string;
}

/**
 * Finds pictures that look the same as an earlier one, such as copies in another size or quality,
 * by difference hashes of 64 bits. Hashes that differ in at most three bits have at least one of
 * four bands in common, in which they are looked up. Keeps some 150 bytes per picture.
 */
export class AlikePictures {
  readonly #byBand = new Map<number, Seen[]>();

  /**
   * The id of an earlier picture that looks the same; null if there is none. `view`: RGB of the
   * picture stretched to a square of `viewSide`.
   */
  async findEarlier(id: string, view: Uint8Array, viewSide: number): Promise<string | null> {
    const grey = await greyOf(view, viewSide);
    const seen: Seen = { id, hash: hashOf(grey), grey: grey.slice(0, side * side) };
    let earlier: string | null = null;
    for (const [band, bits] of seen.hash.entries()) {
      const key = band * 2 ** 16 + bits;
      const others = this.#byBand.get(key) ?? [];
      earlier ??= others.find((other) => isAlike(seen, other))?.id ?? null;
      // The first are kept, of which later ones are copies.
      if (others.length < comparedMax) this.#byBand.set(key, [...others, seen]);
    }
    return earlier;
  }
}

/** Grey levels, (side + 1) × side. */
async function greyOf(view: Uint8Array, viewSide: number): Promise<Uint8Array> {
  return sharp(view, { raw: { width: viewSide, height: viewSide, channels: 3 } })
    .greyscale()
    .resize(side + 1, side, { fit: 'fill' })
    .raw()
    .toBuffer();
}

/** Whether each pixel is darker than its right neighbour, two rows per band of 16 bits. */
function hashOf(grey: Uint8Array): readonly number[] {
  const hash = new Array<number>(bands).fill(0);
  for (let at = 0; at < side * side; at++) {
    const row = Math.floor(at / side);
    const left = row * (side + 1) + (at % side);
    const bit = grey[left]! < grey[left + 1]! ? 1 : 0;
    const band = Math.floor((at * bands) / (side * side));
    hash[band] = hash[band]! * 2 + bit;
  }
  return hash;
}

function isAlike(a: Seen, b: Seen): boolean {
  let bits = 0;
  for (let band = 0; band < bands; band++) bits += ones(a.hash[band]! ^ b.hash[band]!);
  if (bits > bitsMax) return false;
  let difference = 0;
  for (let at = 0; at < a.grey.length; at++) difference += Math.abs(a.grey[at]! - b.grey[at]!);
  return difference <= greyMax * a.grey.length;
}

function ones(value: number): number {
  let count = 0;
  for (let rest = value; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
