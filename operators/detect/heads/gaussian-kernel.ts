/** Centres of a Gaussian kernel, of which there may be any number. */
export interface GaussianCentres {
  /** centres × values of a row. */
  readonly centres: Float32Array;
  /** One over twice the squared bandwidth. Above 0. */
  readonly gamma: number;
}

/**
 * The kernel values exp(−gamma·‖x − c‖²) of rows of `length` values: rows × centres, written to
 * `into` from index 0.
 *
 * Every value is summed in float64 in the order of the row's values, so that it has the same bits
 * whichever rows and centres it is computed with.
 */
export function gaussianKernel<Into extends Float32Array | Float64Array>(
  { centres, gamma }: GaussianCentres,
  rows: Float32Array,
  length: number,
  into: Into,
): Into {
  const count = centres.length / length;
  const four = new Float64Array(4);
  for (let row = 0, at = 0; row < rows.length / length; row++) {
    const x = rows.subarray(row * length, (row + 1) * length);
    let centre = 0;
    for (; centre + 4 <= count; centre += 4, at += 4) {
      squaresOfFour(x, centres, centre * length, four);
      for (let i = 0; i < 4; i++) into[at + i] = Math.exp(-gamma * four[i]!);
    }
    for (; centre < count; centre++, at++) {
      const square = squareOf(x, centres, centre * length);
      into[at] = Math.exp(-gamma * square);
    }
  }
  return into;
}

function squareOf(x: Float32Array, centres: Float32Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const difference = x[i]! - centres[from + i]!;
    sum += difference * difference;
  }
  return sum;
}

/** Squared distances to four neighbouring centres, which share each read of the row. */
function squaresOfFour(
  x: Float32Array,
  centres: Float32Array,
  from: number,
  into: Float64Array,
): void {
  const { length } = x;
  const [second, third, fourth] = [from + length, from + 2 * length, from + 3 * length];
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < length; i++) {
    const value = x[i]!;
    const p = value - centres[from + i]!;
    const q = value - centres[second + i]!;
    const r = value - centres[third + i]!;
    const s = value - centres[fourth + i]!;
    a += p * p;
    b += q * q;
    c += r * r;
    d += s * s;
  }
  into[0] = a;
  into[1] = b;
  into[2] = c;
  into[3] = d;
}
