import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { FrameSlot } from '../../../../operators/ingest/frames/frame-pool.ts';
import type { ViewSize } from '../../../../operators/ingest/frames/view-size.ts';
import { ViewMaker } from '../../../../operators/ingest/pictures/view-maker.ts';
import type { Source } from '../../../../operators/ingest/source.ts';
import { emitFrame } from '../../../../operators/ingest/sources/acquire-slot.ts';
import { fromTask } from '../../../../operators/ingest/sources/from-task.ts';
import type { WideScene } from './wide-scene.ts';

export interface SceneCameraOptions {
  readonly fps: number;
  /** Frames of each scene. */
  readonly framesPerScene: number;
  /** Size of the camera's picture: that of the scenes, or a part of it that moves over them. */
  readonly width: number;
  readonly height: number;
  /** Called with the index of each frame as it is captured. */
  readonly onCapture: (index: number) => void;
}

/** Where a camera's picture is in a scene at a frame: it moves to the right end and back. */
export function leftAt(
  index: number,
  scene: WideScene,
  options: Pick<SceneCameraOptions, 'width' | 'framesPerScene'>,
): number {
  const span = scene.width - options.width;
  if (span <= 0) return 0;
  const position = ((index % options.framesPerScene) * 2 * span) / options.framesPerScene;
  return Math.round(position <= span ? position : 2 * span - position);
}

/** Fills a slot with a camera's picture of a scene at a frame. */
export function showScene(
  { full, view }: Pick<FrameSlot, 'full' | 'view'>,
  index: number,
  scene: WideScene,
  options: Omit<SceneCameraOptions, 'onCapture'> & {
    readonly views: ViewMaker;
    readonly viewSize: ViewSize;
  },
): void {
  const { width, height, views, viewSize } = options;
  const left = leftAt(index, scene, options);
  for (let y = 0; y < height; y++) {
    const from = (y * scene.width + left) * 3;
    full.set(scene.pixels.subarray(from, from + width * 3), y * width * 3);
  }
  views.run(full, width, height, viewSize, view);
}

/** A live camera that shows one scene after another. Ends after the last. */
export function sceneCamera(scenes: readonly WideScene[], options: SceneCameraOptions): Source {
  const { fps, framesPerScene, width, height, onCapture } = options;
  return {
    kind: 'custom',
    endless: true,
    open: (context) =>
      fromTask(async (emit, signal) => {
        context.onEvent({ type: 'opened', detail: 'wide scenes', width, height, fps });
        const views = new ViewMaker();
        const startMs = performance.now();
        for (let index = 0; index < scenes.length * framesPerScene; index++) {
          const scene = scenes[Math.floor(index / framesPerScene)]!;
          const timestampMs = (index * 1000) / fps;
          await delay(Math.max(0, startMs + timestampMs - performance.now()), null, { signal });
          await emitFrame(context, { width, height }, { emit, signal }, (slot) => {
            showScene(slot, index, scene, { ...options, views, viewSize: context.viewSize });
            onCapture(index);
            const size = { sourceWidth: width, sourceHeight: height };
            return { camera: context.camera, index, timestampMs, timeBasis: 'media', ...size };
          });
        }
      }),
  };
}
