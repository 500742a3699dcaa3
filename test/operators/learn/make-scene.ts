import type { Scene } from '../../../operators/learn/examples/scene.ts';

/**
 * A grey scene without boxes: a 640 × 480 source, a picture of half its size, and a view of 320.
 */
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
