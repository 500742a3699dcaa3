import { smoothStep } from './value-noise.ts';

/** Points a blob's outline is bent at. */
const lobes = 5;

/**
 * Paints `count` shapes that are no objects over a picture: stains and patches of soft edge
 * and low contrast, flattened where they lie on the floor.
 *
 * @param rgb RGB, row-major; painted in place.
 * @param horizonY Row at which floor and wall meet.
 */
export function paintClutter(
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
    // What hangs on a wall as a sharp blob looks like an object to people, too.
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

/** Distance of a blob's edge from its centre in a direction: smooth through its bends. */
function outline(bends: readonly number[], angle: number): number {
  const turn = ((angle / (2 * Math.PI) + 1) % 1) * lobes;
  const from = Math.floor(turn) % lobes;
  const t = smoothStep(0, 1, turn - Math.floor(turn));
  return bends[from]! * (1 - t) + bends[(from + 1) % lobes]! * t;
}
