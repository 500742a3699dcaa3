import { firstValueFrom, NEVER, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { DetectionClaim } from '../../../operators/detect/detection-claim.ts';
import { DetectorPool, type PooledDetector } from '../../../operators/detect/detector-pool.ts';
import type { Detection } from '../../../operators/detect/detector-messages.ts';
import { EngineError } from '../../../operators/detect/engines/engine-error.ts';
import type { ObjectnessHead } from '../../../operators/detect/engines/engine.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import type {
  Restarted,
  SupervisedState,
} from '../../../operators/foundation/threads/supervisor.ts';
import { FakeDetector } from './fake-detector.ts';
import { makePeaks } from './make-peaks.ts';

const objectness: ObjectnessHead = { weights: new Float32Array(1), bias: 0 };
const frame = { view: new Uint8Array(0), viewSize: 32 };

/**
 * A worker that answers one call after another, each after as many turns as `turns` says. Two calls
 * are in it; a head goes ahead of those that wait outside, as in a detect worker.
 */
class SlowWorker implements PooledDetector {
  readonly describe = new FakeDetector().describe;
  readonly parallel = 1;
  state: SupervisedState = 'running';
  detail = 'runs';
  lost: Promise<Error> = new Promise(() => undefined);
  restarted$ = NEVER as PooledDetector['restarted$'];
  /** Versions that it refuses. */
  refused: readonly number[] = [];
  headVersion = 0;
  /** Most calls without an answer at once. */
  callsMax = 0;
  /** Calls that it was given. */
  received = 0;
  detected = 0;
  closed = false;
  readonly #turns: () => number;
  readonly #posted: (() => void)[] = [];
  readonly #waiting: (() => void)[] = [];
  #isBusy = false;

  constructor(turns: () => number = () => 1) {
    this.#turns = turns;
  }

  detect(): Promise<Detection> {
    return this.#answer(() => {
      this.detected++;
      return { peaks: makePeaks([]), headVersion: this.headVersion, detectMs: 1 };
    });
  }

  embedCrops(): Promise<Float32Array> {
    return this.#answer(() => new Float32Array(1));
  }

  dense(): Promise<never> {
    return Promise.reject(new Error('not asked for'));
  }

  setHead(version: number): Promise<void> {
    return this.#answer(() => {
      if (this.refused.includes(version)) throw new EngineError('failed', `no ${version}`);
      this.headVersion = version;
    }, true);
  }

  bench(): Promise<{ frames: number; fps: number }> {
    return this.#answer(() => ({ frames: 10, fps: 40 }));
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  #answer<Result>(work: () => Result, isUrgent = false): Promise<Result> {
    this.received++;
    return new Promise((resolve, reject) => {
      const call = (): void => {
        try {
          resolve(work());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const isPosted = isUrgent || this.#posted.length < 2;
      (isPosted ? this.#posted : this.#waiting).push(call);
      this.callsMax = Math.max(this.callsMax, this.#posted.length + this.#waiting.length);
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let call = this.#posted[0]; call !== undefined; call = this.#posted[0]) {
      for (let turn = this.#turns(); turn > 0; turn--) await Promise.resolve();
      call();
      this.#posted.shift();
      this.#posted.push(...this.#waiting.splice(0, Math.max(0, 2 - this.#posted.length)));
    }
    this.#isBusy = false;
  }
}

function pool(count: number, turns?: () => number) {
  const workers = Array.from({ length: count }, () => new SlowWorker(turns));
  return { workers, detectors: new DetectorPool(workers) };
}

describe('a pool of detectors', () => {
  it('detects as many frames at once as it has workers, each with as many', async () => {
    const { workers, detectors } = pool(3);
    expect(detectors.parallel).toBe(3);
    await Promise.all(Array.from({ length: 30 }, () => detectors.detect(frame)));
    expect(workers.map(({ detected }) => detected)).toEqual([10, 10, 10]);
  });

  it('gives a frame that follows to the worker that began first', async () => {
    const { workers, detectors } = pool(2);
    const two = [detectors.detect(frame), detectors.detect(frame)];
    const third = detectors.detect(frame);
    expect(workers.map(({ callsMax }) => callsMax)).toEqual([2, 1]);
    await Promise.all([...two, third]);
  });

  it('counts no frame that was withdrawn', () => {
    const { workers, detectors } = pool(2);
    const claim = new DetectionClaim();
    void detectors.detect(frame);
    void detectors.detect(frame);
    void detectors.detect(frame, claim);
    expect(workers.map(({ received }) => received)).toEqual([2, 1]);
    claim.withdraw();
    // The first worker still begins its next frame first.
    void detectors.detect(frame);
    expect(workers.map(({ received }) => received)).toEqual([3, 1]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'detects no frame under an older head than a frame before it (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const { detectors } = pool(2 + (seed % 3), () => Math.floor(40 * random()));
      const versions: number[] = [];
      const inFlight = new Set<Promise<void>>();
      const heads: Promise<void>[] = [];
      for (let i = 0; i < 200; i++) {
        // As many frames as take turns.
        while (inFlight.size > detectors.parallel) await Promise.race(inFlight);
        const detected = detectors.detect(frame).then(({ headVersion }) => {
          versions[i] = headVersion;
          inFlight.delete(detected);
        });
        inFlight.add(detected);
        if (random() < 0.1) heads.push(detectors.setHead(i + 1, objectness));
      }
      await Promise.all([...inFlight, ...heads]);
      expect(versions).toHaveLength(200);
      expect(versions).toEqual(versions.toSorted((a, b) => a - b));
      expect(new Set(versions).size).toBeGreaterThan(5);
    },
  );

  it('has a head in effect in all workers once it is set', async () => {
    const { workers, detectors } = pool(3);
    await detectors.setHead(4, objectness);
    expect(workers.map(({ headVersion }) => headVersion)).toEqual([4, 4, 4]);
    const next = await Promise.all([1, 2, 3].map(() => detectors.detect(frame)));
    expect(next.map(({ headVersion }) => headVersion)).toEqual([4, 4, 4]);
  });

  it('keeps the head before where one worker refuses a new one, and detects on', async () => {
    const { workers, detectors } = pool(2);
    await detectors.setHead(1, objectness);
    workers[1]!.refused = [2];
    await expect(detectors.setHead(2, objectness)).rejects.toThrow('no 2');
    expect(workers.map(({ headVersion }) => headVersion)).toEqual([1, 1]);
    await detectors.setHead(3, objectness);
    expect(workers.map(({ headVersion }) => headVersion)).toEqual([3, 3]);
  });

  it('gives nothing to a worker that is being restarted, and says so', async () => {
    const { workers, detectors } = pool(2);
    workers[0]!.state = 'restarting';
    workers[0]!.detail = 'restarts';
    await Promise.all([1, 2, 3].map(() => detectors.detect(frame)));
    expect(workers.map(({ detected }) => detected)).toEqual([0, 3]);
    expect([detectors.state, detectors.detail]).toEqual(['restarting', 'restarts; runs']);
    workers[1]!.state = 'restarting';
    await detectors.detect(frame);
    expect(workers[0]!.detected).toBe(1);
    workers[1]!.state = 'failed';
    expect(detectors.state).toBe('failed');
  });

  it('says how many workers it has, and the rest as its first one', () => {
    const { workers, detectors } = pool(2);
    const { describe: own } = workers[0]!;
    expect(detectors.describe).toEqual({ ...own, reason: `${own.reason}; 2 workers` });
    expect(detectors.describe).toBe(detectors.describe);
  });

  it('says that a worker is lost or back, whichever it is', async () => {
    const { workers } = pool(2);
    const back = new Subject<Restarted>();
    workers[1]!.restarted$ = back;
    workers[1]!.lost = Promise.resolve(new EngineError('died', 'given up'));
    const detectors = new DetectorPool(workers);
    const restarted = firstValueFrom(detectors.restarted$);
    back.next({ restored: true });
    expect(await restarted).toEqual({ restored: true });
    expect(await detectors.lost).toMatchObject({ code: 'died' });
  });

  it('adds up the rates of its workers, embeds crops, and closes all', async () => {
    const { workers, detectors } = pool(2);
    expect(await detectors.bench([], 1)).toEqual({ frames: 20, fps: 80 });
    expect(await detectors.embedCrops(new Uint8Array(0), new Float32Array(2), 1)).toHaveLength(1);
    await detectors.close();
    expect(workers.map(({ closed }) => closed)).toEqual([true, true]);
  });

  it('refuses to be empty', () => {
    expect(() => new DetectorPool([])).toThrow('needs at least one');
  });
});
