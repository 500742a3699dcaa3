import type { Box } from '../../../operators/foundation/geometry/box.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import type { Scene } from '../../../operators/learn/examples/scene.ts';

/** A live frame as a scene to learn from. It is not exhaustive: objects in it may lack a box. */
export function sceneOfFrame(
  frame: Frame,
  facts: Pick<Scene, 'id' | 'boxes' | 'boxesOnly' | 'proposed' | 'untrained'> & {
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
    ...facts,
  };
}
