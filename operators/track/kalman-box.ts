import type { Box } from '../foundation/geometry/box.ts';

/** Measurement noise: standard deviation of an observed centre, in mean sides of the box. */
const centreNoise = 0.05;
/** The same for an observed width or height: detected sizes vary more than positions. */
const sideNoise = 0.1;
/** Process noise: change of a centre's velocity, in mean sides per second and root second. */
const centreAgility = 1.5;
const sideAgility = 0.3;
/** Prior standard deviation of a new box's velocity, in mean sides per second. */
const firstVelocity = 2;

/** Position and velocity of one coordinate, with their covariance. */
class Coordinate {
  value: number;
  /** Per second. */
  velocity = 0;
  #valueVariance: number;
  #covariance = 0;
  #velocityVariance: number;

  constructor(value: number, deviation: number, velocityDeviation: number) {
    this.value = value;
    this.#valueVariance = deviation ** 2;
    this.#velocityVariance = velocityDeviation ** 2;
  }

  /** Advances by `seconds` under white-noise acceleration of spectral density `agility`². */
  predict(seconds: number, agility: number): void {
    const q = agility ** 2;
    this.value += this.velocity * seconds;
    this.#valueVariance +=
      seconds * (2 * this.#covariance + seconds * this.#velocityVariance) + (q * seconds ** 3) / 3;
    this.#covariance += seconds * this.#velocityVariance + (q * seconds ** 2) / 2;
    this.#velocityVariance += q * seconds;
  }

  correct(measured: number, deviation: number): void {
    const innovation = measured - this.value;
    const total = this.#valueVariance + deviation ** 2;
    const valueGain = this.#valueVariance / total;
    const velocityGain = this.#covariance / total;
    this.value += valueGain * innovation;
    this.velocity += velocityGain * innovation;
    this.#velocityVariance -= velocityGain * this.#covariance;
    this.#covariance *= 1 - valueGain;
    this.#valueVariance *= 1 - valueGain;
  }
}

/**
 * Kalman filter of a box that moves at constant velocity: the motion model of SORT (Bewley et al.
 * 2016) with noise in proportion to the box's size, as in ByteTrack.
 *
 * Centre and sides are four independent filters of two states each, which is equivalent to the
 * usual 8×8 matrices, since those are block-diagonal. Time is in seconds, so velocities stay right
 * when frames are dropped.
 */
export class KalmanBox {
  readonly #x: Coordinate;
  readonly #y: Coordinate;
  readonly #width: Coordinate;
  readonly #height: Coordinate;

  constructor(box: Box) {
    const [x, y, width, height] = centred(box);
    const size = (width + height) / 2;
    this.#x = new Coordinate(x, 2 * centreNoise * size, firstVelocity * size);
    this.#y = new Coordinate(y, 2 * centreNoise * size, firstVelocity * size);
    this.#width = new Coordinate(width, 2 * sideNoise * size, sideAgility * size);
    this.#height = new Coordinate(height, 2 * sideNoise * size, sideAgility * size);
  }

  /** The estimated box, in source pixels. */
  get box(): Box {
    const width = this.#width.value / 2;
    const height = this.#height.value / 2;
    const x = this.#x.value;
    const y = this.#y.value;
    return [x - width, y - height, x + width, y + height];
  }

  /** Pixels per second. */
  get velocity(): readonly [x: number, y: number] {
    return [this.#x.velocity, this.#y.velocity];
  }

  /** Advances the estimate by `seconds` (≥ 0). */
  predict(seconds: number): void {
    const size = this.#size();
    this.#x.predict(seconds, centreAgility * size);
    this.#y.predict(seconds, centreAgility * size);
    this.#width.predict(seconds, sideAgility * size);
    this.#height.predict(seconds, sideAgility * size);
    this.#keepSides();
  }

  /** Updates the estimate with an observed box. */
  correct(box: Box): void {
    const [x, y, width, height] = centred(box);
    const size = this.#size();
    this.#x.correct(x, centreNoise * size);
    this.#y.correct(y, centreNoise * size);
    this.#width.correct(width, sideNoise * size);
    this.#height.correct(height, sideNoise * size);
    this.#keepSides();
  }

  /** Stops growth and shrinkage: the predicted size of a missed object would drift. */
  freezeSize(): void {
    this.#width.velocity = 0;
    this.#height.velocity = 0;
  }

  #size(): number {
    return (this.#width.value + this.#height.value) / 2;
  }

  #keepSides(): void {
    this.#width.value = Math.max(1, this.#width.value);
    this.#height.value = Math.max(1, this.#height.value);
  }
}

/** Centre and sides; the sides are at least one pixel. */
function centred(box: Box): readonly [x: number, y: number, width: number, height: number] {
  return [
    (box[0] + box[2]) / 2,
    (box[1] + box[3]) / 2,
    Math.max(1, box[2] - box[0]),
    Math.max(1, box[3] - box[1]),
  ];
}
