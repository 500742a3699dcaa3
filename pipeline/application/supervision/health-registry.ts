import type { HealthPart, HealthReport } from '../../../sinks/health.ts';

/** Collects the parts of the program that a health check tells of. */
export class HealthRegistry {
  readonly #sources: (() => readonly HealthPart[])[] = [];
  #endsBecause: string | null = null;

  /** Adds parts; `parts` is called for every check. */
  add(parts: () => readonly HealthPart[]): void {
    this.#sources.push(parts);
  }

  /** Notes that the program is about to end. */
  end(reason: string): void {
    this.#endsBecause ??= reason;
  }

  /** Why the program is about to end; null where it goes on. */
  get endsBecause(): string | null {
    return this.#endsBecause;
  }

  /**
   * A sink that is away leaves the program ready; a worker or a store that does not work, or that
   * no camera delivers, does not.
   */
  report(): HealthReport {
    const parts = this.#sources.flatMap((source) => source());
    const live = this.#endsBecause === null;
    const cameras = parts.filter(({ kind }) => kind === 'camera');
    const delivers = cameras.length === 0 || cameras.some(({ ok }) => ok);
    const needed = parts.filter(({ kind }) => kind === 'worker' || kind === 'store');
    return { live, ready: live && delivers && needed.every(({ ok }) => ok), parts };
  }
}
