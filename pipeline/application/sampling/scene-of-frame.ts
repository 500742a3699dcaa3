import type { Box } from '../../../operators/foundation/geometry/box.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import type { Scene } from '../../../operators/learn/examples/scene.ts';

/** A live frame as a scene to learn from: not everything in it has a box. */
export function sceneOfFrame(
  frame: Frame,
  about: Pick<Scene, 'id' | 'boxes' | 'boxesOnly' | 'proposed'> & {
    readonly ignore?: readonly Box[];
  },
): Scene {
  const { camera, index, full, width, height, view, viewSize, sourceWidth, sourceHeight } = frame;
  return {
    picture: `${camera}/${index}`,
    full,
    width,
    height,
    view,
    viewSize,
    sourceWidth,
    sourceHeight,
    ignore: [],
    exhaustive: false,
    ...about,
  };
}
