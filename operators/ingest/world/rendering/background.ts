import { seededRandom } from '../../../foundation/numbers/seeded-random.ts';
import type { Scenario } from '../scenario.ts';
import { horizon } from '../simulation.ts';
import { floors, walls, type Colour } from './surfaces.ts';
import { smoothStep } from './value-noise.ts';

/** A picture without objects, larger than a frame by `margin` pixels on each side. */
export interface Background {
  readonly width: number;
  readonly height: number;
  readonly margin: number;
  /** RGB, row-major. */
  readonly rgb: Uint8Array;
}

/** Camera height above the floor, in floor units: sets the scale of the floor's texture. */
const cameraHeight = 1;
/** Points of a blob's outline with a random radius. */
const lobes = 5;

/** Paints the background of a scenario: a wall, a floor in perspective, and clutter on both. */
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
      // 2 × 2 samples per pixel keep the far end of the floor from flickering.
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

/**
 * Paints `count` distractors over a picture in place: soft patches of low contrast, flattened on
 * the floor. `horizonY` is the row at which the floor meets the wall.
 */
function paintClutter(
  rgb: Uint8Array,
  width: number,
  height: number,
  horizonY: number,
  count: number,
  random: () => number,
): void {
  for (let shape = 0; shape < count; shape++) {
    const centreX = random() * width;
    const centreY = random() * height;
    const onFloor = centreY > horizonY;
    // A sharp blob on a wall would look like an object.
    const core = onFloor ? 0.8 : 0.1;
    const nearness = onFloor ? 0.4 + (centreY - horizonY) / (height - horizonY) : 1;
    const radiusX = (0.015 + random() * 0.06) * width * nearness;
    const radiusY = radiusX * (onFloor ? 0.3 : 0.5 + random());
    const tone = 25 + random() * 205;
    const colour = [
      tone + random() * 40 - 20,
      tone + random() * 40 - 20,
      tone + random() * 40 - 20,
    ];
    const bends = Array.from({ length: lobes }, () => 0.75 + random() * 0.5);
    const opacity = 0.08 + random() * 0.2;
    const top = Math.max(0, Math.ceil(centreY - radiusY * 1.4), onFloor ? Math.ceil(horizonY) : 0);
    const bottom = Math.min(height, centreY + radiusY * 1.4, onFloor ? height : horizonY);
    for (let y = top; y < bottom; y++) {
      for (
        let x = Math.max(0, Math.ceil(centreX - radiusX * 1.4));
        x < Math.min(width, centreX + radiusX * 1.4);
        x++
      ) {
        const dx = (x - centreX) / radiusX;
        const dy = (y - centreY) / radiusY;
        const cover = smoothStep(1, core, Math.hypot(dx, dy) / outline(bends, Math.atan2(dy, dx)));
        const at = (y * width + x) * 3;
        for (let c = 0; c < 3; c++) {
          rgb[at + c]! += Math.round(
            (Math.min(255, Math.max(0, colour[c]!)) - rgb[at + c]!) * cover * opacity,
          );
        }
      }
    }
  }
}

/** Radius of a blob in a direction, interpolated smoothly between its bends. */
function outline(bends: readonly number[], angle: number): number {
  const turn = ((angle / (2 * Math.PI) + 1) % 1) * lobes;
  const from = Math.floor(turn) % lobes;
  const t = smoothStep(0, 1, turn - Math.floor(turn));
  return bends[from]! * (1 - t) + bends[(from + 1) % lobes]! * t;
}
