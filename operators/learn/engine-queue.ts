/** Kinds of work that share the engine, which runs one job at a time. */
export type EngineJob = 'label' | 'crops' | 'scene';

interface Job {
  readonly run: () => Promise<void>;
}

/**
 * Runs one job at a time: scenes of labels that someone waits for, then waiting crop jobs, then
 * other scenes, each in order of arrival. The caller bounds the number of waiting jobs.
 */
export class EngineQueue {
  readonly #waiting: Record<EngineJob, Job[]> = { label: [], crops: [], scene: [] };
  #onJobDone: (() => void)[] = [];
  #running = false;
  readonly #afterJob: () => Promise<void>;

  /** `afterJob` is awaited between two jobs. Default: they follow at once. */
  constructor(afterJob: () => Promise<void> = () => Promise.resolve()) {
    this.#afterJob = afterJob;
  }

  /** Runs the job when its turn comes, and settles as the job does. */
  run<Result>(kind: EngineJob, job: () => Promise<Result>): Promise<Result> {
    const result = new Promise<Result>((resolve, reject) => {
      this.#waiting[kind].push({
        run: () => job().then(resolve, (error: unknown) => reject(error as Error)),
      });
    });
    if (!this.#running) void this.#runAll();
    return result;
  }

  /**
   * Resolves once no job runs or waits, and after `jobsMax` jobs at the latest: a caller that
   * yields like this slows down under load but does not starve.
   */
  async giveWay(jobsMax: number): Promise<void> {
    for (let jobs = 0; jobs < jobsMax && this.#running; jobs++) {
      await new Promise<void>((resolve) => this.#onJobDone.push(resolve));
    }
  }

  /** Runs the crop jobs that wait now; for a running job to call between two of its steps. */
  async runWaitingCrops(): Promise<void> {
    for (const job of this.#waiting.crops.splice(0)) await job.run();
  }

  async #runAll(): Promise<void> {
    this.#running = true;
    for (;;) {
      const { label, crops, scene } = this.#waiting;
      const job = label.shift() ?? crops.shift() ?? scene.shift();
      if (job === undefined) break;
      await job.run();
      const callbacks = this.#onJobDone;
      this.#onJobDone = [];
      if (label.length + crops.length + scene.length === 0) this.#running = false;
      for (const resolve of callbacks) resolve();
      if (this.#running) await this.#afterJob();
    }
    this.#running = false;
  }
}
