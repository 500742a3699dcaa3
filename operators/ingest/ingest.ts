import { defer, tap, type Observable } from 'rxjs';
import type { Frame } from './frames/frame.ts';
import type { DropReason, Source, SourceContext } from './source.ts';

/** What became of a camera's frames so far: `captured` is always `delivered` plus all `dropped`. */
export class IngestCounts {
  #delivered = 0;
  readonly #dropped = new Map<DropReason, number>();

  get delivered(): number {
    return this.#delivered;
  }

  get captured(): number {
    let captured = this.#delivered;
    for (const count of this.#dropped.values()) captured += count;
    return captured;
  }

  /** Frames lost so far, by reason; reasons without a loss are left out. */
  get dropped(): Readonly<Partial<Record<DropReason, number>>> {
    return Object.fromEntries(this.#dropped);
  }

  deliver(): void {
    this.#delivered++;
  }

  drop(reason: DropReason, count: number): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
  }
}

/**
 * Opens a source and counts what comes of it in `counts`, over resubscriptions too.
 *
 * Each frame belongs to the subscriber, who releases it. Live cameras reconnect by
 * themselves; what is told through `context.onEvent` includes each attempt.
 */
export function ingest(
  source: Source,
  context: SourceContext,
  counts: IngestCounts = new IngestCounts(),
): Observable<Frame> {
  return defer(() =>
    source.open({
      ...context,
      onEvent: (event) => {
        if (event.type === 'dropped') counts.drop(event.reason, event.count);
        context.onEvent(event);
      },
    }),
  ).pipe(tap(() => counts.deliver()));
}
