import { filter, tap } from 'rxjs';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import type { TruthBox } from '../../../../operators/ingest/frames/frame.ts';
import type { Source } from '../../../../operators/ingest/source.ts';
import type { DetectionsMessage, SampleMessage } from '../../../../sinks/events.ts';
import { watch } from '../../../application/watch.ts';
import type { ConfigInput } from '../../../configuration/config.ts';

/** A sample that an operator was shown. */
export interface ShownSample {
  readonly sampleId: string;
  readonly trackId: number;
  readonly timestampMs: number;
  readonly box: Box;
  readonly novelty: number;
  /** When a card first showed it; null where none did. */
  readonly askedMs: number | null;
  readonly jpeg: Buffer;
}

/** A card in the queue of the dashboard: one cluster of unlabelled samples. */
export interface Question {
  readonly clusterId: string;
  readonly samples: readonly ShownSample[];
  /** Whether the card was still there at the end: it goes where its samples join another one. */
  readonly isOpen: boolean;
}

/** What a run showed to an operator who answered nothing. */
export interface Asked {
  /** Every card that was ever shown, oldest first. */
  readonly questions: readonly Question[];
  /** Every sample that was taken, asked about or not, oldest first. */
  readonly samples: readonly ShownSample[];
  readonly detections: readonly Pick<DetectionsMessage, 'timestampMs' | 'detections'>[];
  /** Ground truth of simulated frames by timestamp. */
  readonly truths: ReadonlyMap<number, readonly TruthBox[]>;
}

/** Time after which the simulated annotator answers: after the end of any run. */
const never = 3_600_000;

/**
 * Runs the product's live graph over a source in lockstep and collects the cards that its dashboard
 * would show. `framesMax` ends an endless source; of a source of more than `fps` frames per second,
 * frames are left out.
 */
export async function collectQuestions(
  source: Source,
  config: ConfigInput,
  { framesMax, fps = Infinity }: { readonly framesMax?: number; readonly fps?: number } = {},
): Promise<Asked> {
  const truths = new Map<number, readonly TruthBox[]>();
  const cards = new Map<string, Map<string, SampleMessage>>();
  const cardOfSample = new Map<string, string | null>();
  const taken = new Map<string, SampleMessage>();
  const askedMs = new Map<string, number>();
  let nowMs = 0;
  const detections: DetectionsMessage[] = [];
  const watching = await watch(
    {
      ...config,
      cameras: { watched: { source: 'custom:watched', pace: 'demand' } },
      dashboard: { enabled: false },
      world: { labelDelayMs: never },
      log: { level: 'error' },
    },
    { sources: { watched: inLockstep(source, fps, truths) }, ...(framesMax ? { framesMax } : {}) },
  );
  watching.events$.subscribe({
    next: (event) => {
      if (event.type === 'detections') {
        detections.push(event);
        nowMs = event.timestampMs;
      }
      if (event.type !== 'sample' || event.label !== null) return;
      if (!taken.has(event.sampleId)) taken.set(event.sampleId, event);
      cardOfSample.set(event.sampleId, event.asked ? event.clusterId : null);
      if (!event.asked) return;
      const { sampleId, timestampMs } = event;
      if (!askedMs.has(sampleId)) askedMs.set(sampleId, Math.max(nowMs, timestampMs));
      const card = cards.get(event.clusterId) ?? new Map<string, SampleMessage>();
      cards.set(event.clusterId, card.set(event.sampleId, event));
    },
    // The report rejects with it.
    error: () => undefined,
  });
  await watching.report;
  const boxes = new Map(
    detections.flatMap(({ timestampMs, unknowns }) =>
      unknowns.map(({ trackId, box }) => [`${timestampMs} ${trackId}`, box] as const),
    ),
  );
  const questions = [...cards].map(([clusterId, samples]) => ({
    clusterId,
    samples: [...samples.values()].map((sample) => shown(sample, boxes, askedMs)),
    isOpen: [...samples.keys()].some((id) => cardOfSample.get(id) === clusterId),
  }));
  const samples = [...taken.values()].map((sample) => shown(sample, boxes, askedMs));
  return { questions, samples, detections, truths };
}

function shown(
  sample: SampleMessage,
  boxes: ReadonlyMap<string, Box>,
  askedMs: ReadonlyMap<string, number>,
): ShownSample {
  const { sampleId, trackId, timestampMs, novelty, thumbnail } = sample;
  const box = boxes.get(`${timestampMs} ${trackId}`);
  if (box === undefined) throw new Error(`no unknown object for sample ${sampleId}`);
  return {
    ...{ sampleId, trackId, timestampMs, novelty, box },
    askedMs: askedMs.get(sampleId) ?? null,
    jpeg: Buffer.from(thumbnail, 'base64'),
  };
}

/** The source as one that runs in lockstep, which simulations do; notes its ground truth. */
function inLockstep(source: Source, fps: number, truths: Map<number, readonly TruthBox[]>): Source {
  let nextMs = -Infinity;
  return {
    ...source,
    kind: 'world',
    open: (context) =>
      source.open(context).pipe(
        filter((frame) => {
          // Half a millisecond, since timestamps are rounded.
          const isDue = frame.timestampMs >= nextMs - 0.5;
          if (isDue) nextMs = Math.max(nextMs, frame.timestampMs) + 1000 / fps;
          else frame.release();
          return isDue;
        }),
        tap(({ timestampMs, truth }) => truths.set(timestampMs, truth ?? [])),
      ),
  };
}
