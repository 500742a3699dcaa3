/** A kind of work that shares something which only one can use at a time. */
export type EngineJob = 'look' | 'scene';

interface Job {
  readonly run: () => Promise<void>;
}

/**
 * Lets one job run at a time, waiting looks before waiting scenes, in order of arrival within each.
 * What calls it bounds the number that wait.
 */
export class EngineQueue {
  readonly #waiting: Record<EngineJob, Job[]> = { look: [], scene: [] };
  #served: (() => void)[] = [];
  #running = false;

  /** Runs the job when it is its turn, and gives what it gives. */
  take<Result>(turn: EngineJob, job: () => Promise<Result>): Promise<Result> {
    const result = new Promise<Result>((resolve, reject) => {
      this.#waiting[turn].push({
        run: () => job().then(resolve, (error: unknown) => reject(error as Error)),
      });
    });
    if (!this.#running) void this.#serve();
    return result;
  }

  /**
   * Resolves once nothing runs or waits, and at the latest after `jobsMax` jobs: one who gives way in this manner
   * slows down under load, but does not starve.
   */
  async giveWay(jobsMax: number): Promise<void> {
    for (let jobs = 0; jobs < jobsMax && this.#running; jobs++) {
      await new Promise<void>((resolve) => this.#served.push(resolve));
    }
  }

  /** For the job that runs, at a point where it can wait: runs the looks that wait now. */
  async runWaitingCrops(): Promise<void> {
    for (const job of this.#waiting.look.splice(0)) await job.run();
  }

  async #serve(): Promise<void> {
    this.#running = true;
    for (;;) {
      const job = this.#waiting.look.shift() ?? this.#waiting.scene.shift();
      if (job === undefined) break;
      await job.run();
      const served = this.#served;
      this.#served = [];
      if (this.#waiting.look.length + this.#waiting.scene.length === 0) this.#running = false;
      for (const resolve of served) resolve();
    }
    this.#running = false;
  }
}
