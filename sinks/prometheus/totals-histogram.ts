import { Histogram, type Registry } from 'prom-client';
import {
  durationBoundsMs,
  type DurationTotals,
} from '../../operators/foundation/numbers/duration-counts.ts';

type Values = Awaited<ReturnType<Histogram<'camera'>['get']>>;

/**
 * A histogram in seconds by camera that is set to totals counted elsewhere: prom-client's own can
 * only observe one value after another.
 */
export class TotalsHistogram extends Histogram<'camera'> {
  readonly #totals = new Map<string, DurationTotals>();
  readonly #name: string;
  readonly #help: string;

  constructor(registry: Registry, name: string, help: string) {
    const buckets = durationBoundsMs.map((ms) => ms / 1000);
    super({ name, help, labelNames: ['camera'], buckets, registers: [registry] });
    this.#name = name;
    this.#help = help;
  }

  /** Replaces what is exported of one camera. Totals of another number of buckets are skipped. */
  set(camera: string, totals: DurationTotals): void {
    if (totals.upTo.length === durationBoundsMs.length + 1) this.#totals.set(camera, totals);
  }

  /** Ends the series of all cameras. */
  clear(): void {
    this.#totals.clear();
  }

  override get(): Promise<Values> {
    const values = [...this.#totals].flatMap(([camera, { upTo, sumMs }]) => {
      const bounds = [...durationBoundsMs.map((ms) => ms / 1000), '+Inf'];
      const buckets = upTo.map((value, i) => ({
        labels: { camera, le: bounds[i]! },
        value,
        metricName: `${this.#name}_bucket`,
      }));
      return [
        ...buckets,
        { labels: { camera }, value: sumMs / 1000, metricName: `${this.#name}_sum` },
        { labels: { camera }, value: upTo.at(-1)!, metricName: `${this.#name}_count` },
      ];
    });
    return Promise.resolve({
      name: this.#name,
      help: this.#help,
      type: 'histogram',
      aggregator: 'sum',
      values,
    } as unknown as Values);
  }

  /** What the registry calls instead of {@link get} where a metric has it, as its histograms do. */
  getForPromString(): Promise<Values> {
    return this.get();
  }
}
