import type { Scenario } from '../scenario.ts';
import { hash2, layeredNoise, mix, smoothStep, valueNoise } from './value-noise.ts';

export type Colour = readonly [red: number, green: number, blue: number];

/**
 * Colour of a wall at `x` picture heights from the left and `up` picture heights above the floor.
 */
export type Wall = (x: number, up: number, seed: number) => Colour;
/** Colour of a floor at `x` to the right and `away` from the camera, both in floor units. */
export type Floor = (x: number, away: number, seed: number) => Colour;

type Kind = Scenario['background'];

export const walls: Readonly<Record<Kind, Wall>> = {
  room: (x, up, seed) => {
    if (up < 0.028) return shade([236, 232, 224], up < 0.004 ? 0.55 : 1 - (0.028 - up) * 4);
    const plaster = layeredNoise(x * 9, up * 9, 3, seed) - 0.5;
    const lamp = Math.exp(-((x - 0.4) ** 2 + (up - 0.45) ** 2) * 3);
    return shade(
      [171, 190, 187],
      0.86 + lamp * 0.22 + plaster * 0.05 - smoothStep(0.08, 0, up) * 0.08,
    );
  },
  street: (x, up, seed) => {
    if (up < 0.045)
      return shade([150, 148, 144], 0.8 + up * 3 + valueNoise(x * 60, up * 60, seed) * 0.1);
    const row = Math.floor(up * 26);
    const along = x * 11 + (row % 2) * 0.5;
    const joint = Math.min(distanceToWhole(along) * 2.4, distanceToWhole(up * 26));
    const tone =
      hash2(Math.floor(along), row, seed) * 0.22 + layeredNoise(x * 40, up * 40, 2, seed) * 0.1;
    return blend([176, 164, 150], shade([150, 96, 78], 0.82 + tone), smoothStep(0.03, 0.09, joint));
  },
  garden: (x, up, seed) => {
    const hedge = 0.1 + layeredNoise(x * 5, 3, 3, seed) * 0.09;
    const sky = blend([205, 224, 238], [120, 170, 222], Math.min(1, up * 2.4));
    const cloud = smoothStep(0.52, 0.75, layeredNoise(x * 2.2, up * 5, 4, seed + 9));
    const leaves = shade([62, 98, 52], 0.65 + layeredNoise(x * 34, up * 34, 3, seed + 5) * 0.7);
    return blend(
      leaves,
      blend(sky, [246, 248, 250], cloud * 0.8),
      smoothStep(hedge, hedge + 0.012, up),
    );
  },
  hall: (x, up, seed) => {
    if (up < 0.03) return [92, 98, 108];
    const panel = smoothStep(0, 0.012, distanceToWhole(x * 2.4) / 2.4);
    const tone = 0.93 + layeredNoise(x * 4, up * 4, 2, seed) * 0.06 + up * 0.08;
    return shade([206, 202, 194], tone * mix(0.9, 1, panel));
  },
};

export const floors: Readonly<Record<Kind, Floor>> = {
  room: (x, away, seed) => {
    const plank = Math.floor(x * 3.2);
    const board = Math.floor(away * 0.55 + hash2(plank, 7, seed) * 5);
    const grain = layeredNoise(x * 34, away * 2.2 + plank * 17, 3, seed) - 0.5;
    const tone = 0.86 + hash2(plank, board, seed) * 0.2 + grain * 0.24;
    const wood = shade([183, 136, 92], tone);
    const gap =
      smoothStep(0, 0.035, distanceToWhole(x * 3.2)) *
      smoothStep(0, 0.02, distanceToWhole(away * 0.55 + hash2(plank, 7, seed) * 5));
    return haze(shade(wood, mix(0.66, 1, gap)), [172, 134, 98], away);
  },
  street: (x, away, seed) => {
    const grit =
      valueNoise(x * 90, away * 90, seed) * 0.16 + layeredNoise(x * 3, away * 3, 3, seed) * 0.22;
    // No road markings: the base detector reports them as objects.
    return haze(shade([104, 105, 109], 0.8 + grit), [112, 112, 114], away);
  },
  garden: (x, away, seed) => {
    const blades =
      valueNoise(x * 70, away * 26, seed) * 0.4 + layeredNoise(x * 2, away * 2, 3, seed + 3) * 0.5;
    return haze(
      blend(shade([84, 128, 52], 0.6 + blades), [150, 160, 80], blades * 0.18),
      [104, 140, 72],
      away,
    );
  },
  hall: (x, away, seed) => {
    const column = Math.floor(x * 1.8);
    const row = Math.floor(away * 1.8);
    const light = (column + row) % 2 === 0;
    const marble = layeredNoise(x * 4 + column * 9, away * 4 + row * 5, 4, seed) - 0.5;
    const tile = shade(light ? [214, 208, 198] : [158, 152, 146], 1 + marble * 0.14);
    const joint = Math.min(distanceToWhole(x * 1.8), distanceToWhole(away * 1.8));
    return haze(shade(tile, mix(0.75, 1, smoothStep(0.008, 0.024, joint))), [184, 178, 170], away);
  },
};

/** Fades detail with the distance, as a real lens does. */
function haze(colour: Colour, far: Colour, away: number): Colour {
  return blend(colour, far, smoothStep(2, 14, away));
}

function shade([red, green, blue]: Colour, light: number): Colour {
  return [red * light, green * light, blue * light];
}

function blend(a: Colour, b: Colour, t: number): Colour {
  return [mix(a[0], b[0], t), mix(a[1], b[1], t), mix(a[2], b[2], t)];
}

function distanceToWhole(value: number): number {
  return Math.abs(value - Math.round(value));
}
