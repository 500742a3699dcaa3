/** Measures resident memory and processor time of this process, worker threads included. */
export class ProcessMeter {
  readonly #startRss = process.memoryUsage.rss();
  #maxRss = this.#startRss;
  #cpu = process.cpuUsage();
  #atMs: number;

  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  /** Returns both; the processor share is since the last call, 100 for one whole core. */
  read(nowMs: number): { readonly rssBytes: number; readonly cpuPercent: number } {
    const rssBytes = process.memoryUsage.rss();
    this.#maxRss = Math.max(this.#maxRss, rssBytes);
    const { user, system } = process.cpuUsage(this.#cpu);
    const passedMs = Math.max(1, nowMs - this.#atMs);
    this.#cpu = process.cpuUsage();
    this.#atMs = nowMs;
    return { rssBytes, cpuPercent: (user + system) / 10 / passedMs };
  }

  /** Resident memory at the start, at its peak and now, in bytes. */
  summary(): { readonly start: number; readonly max: number; readonly end: number } {
    const end = process.memoryUsage.rss();
    this.#maxRss = Math.max(this.#maxRss, end);
    return { start: this.#startRss, max: this.#maxRss, end };
  }
}
