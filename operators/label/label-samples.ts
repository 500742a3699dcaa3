import {
  catchError,
  defer,
  from,
  map,
  mergeMap,
  of,
  type Observable,
  type OperatorFunction,
} from 'rxjs';
import type { Clock } from '../foundation/time/clock.ts';
import type { Label } from '../remember/sample.ts';
import { findSamples, type SampleLookup } from './find-samples.ts';
import type { LabelCommand, LabelRequest } from './label-command.ts';
import type { LabelEvent } from './label-event.ts';
import type { SampleLabels } from './sample-labels.ts';

/** What became of a label command; `request` is the very object that came in. */
export type LabelOutcome<R extends LabelRequest = LabelRequest> =
  | { readonly request: R; readonly event: LabelEvent }
  | { readonly request: R; readonly error: unknown };

/** What {@link labelSamples} works on. */
export interface LabelSamplesOptions {
  readonly labels: SampleLabels;
  readonly lookup: SampleLookup;
  readonly clock: Pick<Clock, 'wallMs'>;
}

/**
 * Carries out label commands: finds or takes the samples, labels them, or undoes a label.
 *
 * Commands run side by side, since taking a sample of a box waits for the learner; whoever sends
 * them bounds their number. A command that fails emits its error, a `LabelError` where the
 * target is at fault, and leaves the others alone. Unsubscribing stops those in progress.
 *
 * @example
 * import { createMemory, HeldOutSplit, labelSamples, SampleLabels } from 'lifelens';
 * import { of } from 'rxjs';
 *
 * const memory = createMemory('balanced', 16 * 1024 ** 2, Math.random);
 * const labels = new SampleLabels(memory, new HeldOutSplit(0.2));
 * const lookup = {
 *   memory,
 *   resolveCluster: (id: string) => id,
 *   sampleAt: () => Promise.reject(new Error('boxes cannot be labelled here')),
 *   boxOfTrack: () => {
 *     throw new Error('tracks cannot be labelled here');
 *   },
 * };
 * const target = { sampleId: 's1' };
 * of({ command: { command: 'label', class: 'cone', target }, by: 'program' } as const)
 *   .pipe(labelSamples({ labels, lookup, clock: { wallMs: Date.now } }))
 *   .subscribe(console.log);
 */
export function labelSamples<R extends LabelRequest>({
  labels,
  lookup,
  clock,
}: LabelSamplesOptions): OperatorFunction<R, LabelOutcome<R>> {
  const carryOut = ({ command, by }: R): Observable<LabelEvent> => {
    if (command.command === 'undo') return of(labels.undo(command.labelId));
    const label = labelOf(command, by, clock.wallMs());
    return from(findSamples(command.target, lookup)).pipe(
      map((samples) => {
        const clusterId =
          'clusterId' in command.target ? lookup.resolveCluster(command.target.clusterId) : null;
        return labels.label(samples, label, clusterId);
      }),
    );
  };
  return mergeMap((request: R) =>
    defer(() => carryOut(request)).pipe(
      map((event): LabelOutcome<R> => ({ request, event })),
      catchError((error: unknown) => of<LabelOutcome<R>>({ request, error })),
    ),
  );
}

const kinds = { label: 'class', notA: 'notA', dismiss: 'background' } as const;

function labelOf(
  command: Exclude<LabelCommand, { command: 'undo' }>,
  by: string,
  atMs: number,
): Label {
  const className = command.command === 'dismiss' ? null : command.class.trim();
  return { kind: kinds[command.command], class: className, by, atMs };
}
