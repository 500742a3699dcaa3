import { seededRandom } from '../../../foundation/numbers/seeded-random.ts';
import { paintClutter } from './clutter.ts';
import type { Scenario } from '../scenario.ts';
import { horizon } from '../simulation.ts';
import { floors, walls, type Colour } from './surfaces.ts';

/** A picture without objects, larger than the camera's by `margin` on each side. */
export interface Background {
  readonly width: number;
  readonly height: number;
  readonly margin: number;
  /** RGB, row-major. */
  readonly rgb: Uint8Array;
}

/** Camera height over the floor, in floor units: it only sets how large the texture looks. */
const cameraHeight = 1;

/** Paints a scenario's background: a wall, a floor in perspective, and clutter on both. */
export function paintBackground(scenario: Scenario): Background {
  const margin = Math.ceil(scenario.shakePx);
  const width = scenario.width + margin * 2;
  const height = scenario.height + margin * 2;
  const rgb = new Uint8Array(width * height * 3);
  const horizonY = margin + scenario.height * horizon;
  const seed = scenario.seed * 7919;
  const wall = walls[scenario.background];
  const floor = floors[scenario.background];
  const pixel = (x: number, y: number): Colour => {
    if (y < horizonY) return wall(x / scenario.height, (horizonY - y) / scenario.height, seed);
    const distance = (cameraHeight * scenario.height * 0.6) / (y - horizonY + 1);
    return floor(((x - width / 2) / scenario.height) * distance * 1.6, distance, seed);
  };
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) {
      // Two by two samples a pixel: the far end of the floor would flicker otherwise.
      const [a, b] = [pixel(x + 0.25, y + 0.25), pixel(x + 0.75, y + 0.25)];
      const [c, d] = [pixel(x + 0.25, y + 0.75), pixel(x + 0.75, y + 0.75)];
      for (let k = 0; k < 3; k++) {
        const mean = (a[k]! + b[k]! + c[k]! + d[k]!) / 4;
        rgb[at + k] = Math.min(255, Math.max(0, Math.round(mean)));
      }
    }
  }
  const random = seededRandom(scenario.seed + 0x5eed);
  paintClutter(rgb, width, height, horizonY, scenario.clutter, random);
  return { width, height, margin, rgb };
}
