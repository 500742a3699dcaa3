import type { Detection } from '../../../operators/detect/detector-messages.ts';
import type { Frame } from '../../../operators/ingest/frames/frame.ts';
import { makePeaks } from './make-peaks.ts';
import { builtInSight } from '../../../operators/detect/engines/engine.ts';

/** A frame without pixels that counts its releases. */
export interface TestFrame extends Frame {
  released: number;
}

export function makeFrame(index: number): TestFrame {
  const frame: TestFrame = {
    camera: 'door',
    index,
    timestampMs: index * 40,
    timeBasis: 'media',
    sourceWidth: 200,
    sourceHeight: 100,
    full: new Uint8Array(0),
    width: 0,
    height: 0,
    view: new Uint8Array(0),
    viewSize: 100,
    released: 0,
    retain: () => undefined,
    release: () => {
      frame.released++;
    },
  };
  return frame;
}

/** A detector that resolves its calls when the test tells it to, in any order. */
export class FakeDetector {
  readonly describe = {
    name: 'onnx' as const,
    provider: 'cpu',
    reason: '',
    baseClasses: ['person'],
    viewSize: 320,
    sight: builtInSight,
  };
  /** Indices of the frames passed to `detect`. */
  readonly received: number[] = [];
  readonly #calls = new Map<
    number,
    { resolve: (d: Detection) => void; reject: (e: unknown) => void }
  >();

  detect(frame: Pick<Frame, 'view' | 'viewSize'>): Promise<Detection> {
    const { index } = frame as Frame;
    this.received.push(index);
    return new Promise((resolve, reject) => this.#calls.set(index, { resolve, reject }));
  }

  async answer(index: number, headVersion = 0): Promise<void> {
    const peaks = makePeaks([{ box: [10, 10, 20, 20], objectness: 0.5, baseScore: 0.5 }]);
    this.#calls.get(index)?.resolve({ peaks, headVersion, detectMs: 3 });
    await settled();
  }

  async fail(index: number, error: unknown): Promise<void> {
    this.#calls.get(index)?.reject(error);
    await settled();
  }
}

/** Lets promise callbacks run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
