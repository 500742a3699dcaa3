const words = new Float32Array(1);
const bits = new Uint32Array(words.buffer);

const float16Overflow = (127 + 16) << 23;
const float16SmallestNormal = 113 << 23;
const float32Infinity = 255 << 23;
/** 0.5 as float32 bits: adding it moves a subnormal's mantissa to the lowest bits, rounded. */
const subnormalMagic = 126 << 23;
const rebias = (127 - 15) << 23;

/**
 * Converts a number to IEEE 754 binary16 bits, rounded to nearest, ties to even. Beyond 65,519 the
 * result is infinite; every NaN becomes the same quiet NaN.
 */
export function toFloat16(value: number): number {
  words[0] = value;
  let float = bits[0]!;
  const sign = (float >>> 16) & 0x8000;
  float &= 0x7fffffff;
  if (float >= float16Overflow) return sign | (float > float32Infinity ? 0x7e00 : 0x7c00);
  if (float < float16SmallestNormal) {
    bits[0] = float;
    words[0] = words[0] + 0.5;
    return sign | (bits[0] - subnormalMagic);
  }
  // 0xfff plus the lowest kept bit rounds up above a tie, and a tie to even.
  return sign | ((float - rebias + 0xfff + ((float >>> 13) & 1)) >>> 13);
}

/** The exact value of binary16 bits. */
export function fromFloat16(half: number): number {
  return float16Values[half]!;
}

/**
 * All 65,536 binary16 values (256 KiB): a lookup is faster than arithmetic in hot loops that read
 * packed vectors.
 */
export const float16Values = decodeAll();

/** Packs a vector to binary16: half the bytes, 11 significant bits. */
export function packFloat16(values: Float32Array): Uint16Array {
  const packed = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) packed[i] = toFloat16(values[i]!);
  return packed;
}

/** Unpacks a vector of {@link packFloat16}. */
export function unpackFloat16(packed: Uint16Array): Float32Array {
  const values = new Float32Array(packed.length);
  for (let i = 0; i < packed.length; i++) values[i] = float16Values[packed[i]!]!;
  return values;
}

function decodeAll(): Float32Array {
  const table = new Float32Array(1 << 16);
  for (let half = 0; half < table.length; half++) {
    const exponent = (half >>> 10) & 31;
    const mantissa = half & 1023;
    const magnitude =
      exponent === 0
        ? mantissa * 2 ** -24
        : exponent < 31
          ? (1024 + mantissa) * 2 ** (exponent - 25)
          : mantissa === 0
            ? Infinity
            : NaN;
    table[half] = half & 0x8000 ? -magnitude : magnitude;
  }
  return table;
}
