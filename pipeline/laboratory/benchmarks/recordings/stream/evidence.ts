import { emptyHead } from '../../../../../operators/detect/heads/score.ts';
import type { Head } from '../../../../../operators/detect/heads/head.ts';
import { joinRows } from '../../../../../operators/foundation/linear-algebra/join-rows.ts';
import type { Change, Example } from '../../../../../operators/learn/strategy.ts';
import type { CachedExamples } from '../../../learning/cache/examples-file.ts';
import type { StepPicture } from '../../../protocols/protocol.ts';
import type { Rig } from '../rig.ts';
import { type TrackedPicture, trackRecordings } from '../track-recordings.ts';
import type { Question, TrackedVisit, Visit } from './visits.ts';

/**
 * Follows the proposals of a visit with the live tracker, on the objectness of a head. Proposals on
 * no track are left out, the others have embeddings. Ids of tracks count from `firstId`.
 */
export async function watchVisit(
  { predictor, cache }: Pick<Rig, 'predictor' | 'cache'>,
  { recording, images }: Visit,
  { head, firstId }: { readonly head: Head; readonly firstId: number },
): Promise<TrackedVisit> {
  const { version, objectness } = head;
  // Names have no part in tracking: crops of proposals on no track need not be embedded.
  const unnamed = { ...emptyHead(), version, objectness };
  const tracked = await trackRecordings(predictor, images, unnamed, firstId);
  const pictures: TrackedPicture[] = [];
  for (const { image, prediction, tracks } of tracked) {
    const proposals = prediction.proposals.filter((_, k) => tracks[k] !== null);
    const boxes = proposals.map(({ box }) => box);
    const embeddings = await cache.embeddings(image, boxes);
    pictures.push({
      image,
      prediction: { base: [], learned: [], proposals, embeddings },
      tracks: tracks.filter((id) => id !== null),
    });
  }
  return { recording, pictures };
}

/** What a visit gives to learn from, whatever its tracks are called. */
export interface VisitEvidence {
  /** Of each track that is asked about, several, at the tracker's boxes. */
  readonly examples: readonly { readonly track: number; readonly example: Example }[];
  /** Of the frames that show such a track. */
  readonly negatives: readonly Example[];
  readonly background: Float32Array;
  readonly backgroundWeight: number;
}

/** What evidence is made from. */
export interface EvidenceParts {
  /** Those about the tracks of the visit. */
  readonly questions: readonly Pick<Question, 'track'>[];
  /** Frames of a track that are learned, spread evenly over those that show it. At least 1. */
  readonly samples: number;
  readonly examplesOf: (picture: StepPicture) => Promise<CachedExamples>;
}

/** The evidence of a visit. A frame that is learned for one track is learned for all in it. */
export async function evidenceOf(
  { pictures }: TrackedVisit,
  { questions, samples, examplesOf }: EvidenceParts,
): Promise<VisitEvidence> {
  const asked = new Set(questions.map(({ track }) => track));
  const learned = new Set(
    [...asked].flatMap((track) =>
      spread(
        pictures.filter(({ tracks }) => tracks.includes(track)),
        samples,
      ),
    ),
  );
  const examples: { track: number; example: Example }[] = [];
  const negatives: Example[] = [];
  const backgrounds: Float32Array[] = [];
  let weight = 1;
  for (const { image, prediction, tracks } of pictures.filter((each) => learned.has(each))) {
    const places = tracks.flatMap((track, k) =>
      track !== null && asked.has(track) ? [{ track, box: prediction.proposals[k]!.box }] : [],
    );
    const boxes = places.map(({ track, box }) => ({ box, label: String(track) }));
    const found = await examplesOf({ image, boxes, ignore: [] });
    found.examples.forEach((example, i) => examples.push({ track: places[i]!.track, example }));
    negatives.push(...found.negatives);
    backgrounds.push(found.background);
    weight = found.backgroundWeight;
  }
  return { examples, negatives, background: joinRows(backgrounds), backgroundWeight: weight };
}

/** At most `count` items, spread evenly from the first to the last. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  const step = count === 1 ? 0 : (items.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, i) => items[Math.round(i * step)]!);
}

/** The names of tracks by their ids. */
export type NamesOfTracks = ReadonlyMap<number, string>;

/** What visits add: the objects whose tracks have a name, and everything else in their frames. */
export function learnChange(
  visits: readonly VisitEvidence[],
  names: NamesOfTracks,
): Omit<Change, 'replay'> {
  return {
    added: visits.flatMap(({ examples, negatives }) => [
      ...labelled(examples, (track) => names.get(track)),
      ...negatives,
    ]),
    removed: [],
    background: joinRows(visits.map(({ background }) => background)),
    backgroundWeight: visits[0]?.backgroundWeight ?? 1,
  };
}

/** What turns some names of learned tracks into others; a track without one is taken back. */
export function renameChange(
  visits: readonly VisitEvidence[],
  from: NamesOfTracks,
  to: NamesOfTracks,
): Omit<Change, 'replay'> {
  const examples = visits.flatMap((visit) => visit.examples);
  const changed = examples.filter(({ track }) => from.get(track) !== to.get(track));
  return {
    added: labelled(changed, (track) => to.get(track)),
    removed: labelled(changed, (track) => from.get(track)),
    background: new Float32Array(0),
    backgroundWeight: 1,
  };
}

function labelled(
  examples: VisitEvidence['examples'],
  nameOf: (track: number) => string | undefined,
): Example[] {
  return examples.flatMap(({ track, example }) => {
    const label = nameOf(track);
    return label === undefined ? [] : [{ ...example, label }];
  });
}
