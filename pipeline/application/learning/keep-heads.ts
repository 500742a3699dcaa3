import type { Clock } from '../../../operators/foundation/time/clock.ts';
import type { SampleLabels } from '../../../operators/label/sample-labels.ts';
import type { HeadBundle } from '../../../operators/swap/store/head-bundle.ts';
import type { HeadKeeper } from '../../../operators/swap/swap.ts';
import type { State } from '../../state/state.ts';
import type { PendingRollback } from './model-event.ts';
import type { UpdateCandidate } from './update-event.ts';

export interface KeepHeadsParts {
  readonly state: State;
  readonly labels: SampleLabels;
  readonly clock: Pick<Clock, 'wallMs'>;
  readonly strategy: string;
  /** Facts of the gate to save with a head, null where a candidate was refused. */
  readonly gate: (bundle: HeadBundle | null) => unknown;
}

type Request = UpdateCandidate | PendingRollback;

/** Stores what became of candidates and rollbacks, each with its journal entry. */
export function keepHeads(parts: KeepHeadsParts): HeadKeeper<Request> {
  const { state, labels, clock } = parts;
  return {
    saveActive: (bundle, request) => saveUpdate(parts, bundle, request),
    saveRefused: (request) => saveUpdate(parts, null, request),
    setActive: async (to, from, request) => {
      const { by, reason } = request as PendingRollback;
      const author = { by, atMs: clock.wallMs() };
      const fact = { type: 'rollback', from, to, ...(reason && { reason }) } as const;
      await labels.record(fact, author, (entry) => state.commitActive(entry));
    },
  };
}

async function saveUpdate(
  { state, labels, clock, strategy, gate }: KeepHeadsParts,
  bundle: HeadBundle | null,
  request: Request,
): Promise<void> {
  if (request.type !== 'candidate') return;
  const { learned, learning, counts, background, trainedOn } = request;
  const learner = await request.state;
  const rows = background.negatives.length + (background.background.length > 0 ? 1 : 0);
  const fact = { type: 'learned', ...counts, background: rows, trainedOn } as const;
  const author = { by: 'program', atMs: clock.wallMs() };
  await labels.record(fact, author, (entry) =>
    state.commitUpdate(entry, {
      learner,
      strategy,
      learned,
      learning: learning(),
      background,
      bundle,
      gate: gate(bundle),
    }),
  );
}
