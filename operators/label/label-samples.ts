import { catchError, defer, map, mergeMap, of, type OperatorFunction } from 'rxjs';
import type { Clock } from '../foundation/time/clock.ts';
import { findSamples, type SampleLookup } from './find-samples.ts';
import type { LabelCommand, LabelRequest, LabelTarget } from './label-command.ts';
import type { LabelEvent } from './label-event.ts';
import type { LabelAbout, LabelStatement, SampleLabels } from './sample-labels.ts';

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
 * const labels = new SampleLabels({ memory, split: new HeldOutSplit(0.2) });
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
  const carryOut = async ({ command, by }: R): Promise<LabelEvent> => {
    const author = { by, atMs: clock.wallMs() };
    switch (command.command) {
      case 'undo':
        return labels.undo(command.labelId, author);
      case 'rename':
        return labels.rename(command.class, command.to, author);
      case 'merge':
        return labels.merge(command.class, command.into, author);
      case 'remove':
        return labels.remove(command.class, author);
      default: {
        const samples = await findSamples(command.target, lookup);
        const about = { samples, ...scopeOf(command.target, lookup) };
        return labels.label(about, statementOf(command), author);
      }
    }
  };
  return mergeMap((request: R) =>
    defer(() => carryOut(request)).pipe(
      map((event): LabelOutcome<R> => ({ request, event })),
      catchError((error: unknown) => of<LabelOutcome<R>>({ request, error })),
    ),
  );
}

/** The cluster or track that a command names. */
function scopeOf(target: LabelTarget, lookup: SampleLookup): Pick<LabelAbout, 'cluster' | 'track'> {
  if ('clusterId' in target) return { cluster: lookup.resolveCluster(target.clusterId) };
  if (!('trackId' in target)) return {};
  return { track: { camera: target.camera, trackId: target.trackId } };
}

function statementOf(
  command: Extract<LabelCommand, { readonly target: LabelTarget }>,
): LabelStatement {
  if (command.command === 'dismiss') return { kind: 'background' };
  return { kind: command.command === 'label' ? 'class' : 'notA', class: command.class };
}
