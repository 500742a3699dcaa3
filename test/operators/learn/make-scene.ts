import type { Scene } from '../../../operators/learn/examples/scene.ts';

/** A 640 × 480 source seen in a full picture of half its size and a view of 320; grey, without boxes. */
export function makeScene(overrides: Partial<Scene> = {}): Scene {
  return {
    id: 'scene',
    full: new Uint8Array(320 * 240 * 3).fill(100),
    width: 320,
    height: 240,
    view: new Uint8Array(320 * 320 * 3).fill(100),
    viewSize: 320,
    sourceWidth: 640,
    sourceHeight: 480,
    boxes: [],
    ignore: [],
    exhaustive: true,
    ...overrides,
  };
}
