import { seededRandom } from '../../../foundation/numbers/seeded-random.ts';

/** A power of two, so that masking wraps an index. */
const noiseLength = 65_536;

/**
 * Simulates a camera sensor: brightness and tint for the time of day, and noise that is equal in
 * all three channels of a pixel.
 */
export class Sensor {
  readonly #noise: Int8Array;
  readonly #tones = new Uint8Array(3 * 256);

  /** @param noise Standard deviation in levels of 0 to 255. */
  constructor(noise: number, seed: number) {
    const random = seededRandom(seed);
    // The sum of four uniform values is close to normal, with a deviation of 1/√3.
    const deviation = (): number => (random() + random() + random() + random() - 2) * Math.sqrt(3);
    this.#noise = Int8Array.from({ length: noiseLength }, () => {
      return Math.min(127, Math.max(-128, Math.round(deviation() * noise)));
    });
  }

  /**
   * Writes the sensor's picture of `scene`, RGB rows of `width` pixels, to `target`.
   *
   * @param light Share of full daylight; dimmer light is bluer.
   */
  read(
    scene: Uint8Array,
    width: number,
    light: number,
    noiseSeed: number,
    target: Uint8Array,
  ): void {
    this.#setTones(light);
    const tones = this.#tones;
    const noise = this.#noise;
    const mask = noiseLength - 1;
    // A clamped array is the cheapest way to limit values to 0 to 255.
    const out = new Uint8ClampedArray(target.buffer, target.byteOffset, target.length);
    const random = seededRandom(noiseSeed);
    const rowValues = width * 3;
    for (let row = 0; row < scene.length; row += rowValues) {
      // Each row starts at a random index of the table, or its repetition would show as stripes.
      let grain = Math.floor(random() * noiseLength);
      for (let at = row; at < row + rowValues; at += 3, grain++) {
        const deviation = noise[grain & mask]!;
        out[at] = tones[scene[at]!]! + deviation;
        out[at + 1] = tones[256 + scene[at + 1]!]! + deviation;
        out[at + 2] = tones[512 + scene[at + 2]!]! + deviation;
      }
    }
  }

  #setTones(light: number): void {
    const dusk = 1 - light;
    const gains = [light * (1 - 0.1 * dusk), light, light * (1 + 0.22 * dusk)];
    for (let level = 0; level < 256; level++) {
      for (let c = 0; c < 3; c++)
        this.#tones[c * 256 + level] = Math.min(255, Math.round(level * gains[c]!));
    }
  }
}
