import {
  cropEmbeddingLength,
  denseLatentLength,
} from '../../../../operators/detect/engines/engine.ts';
import { unpackFloat16 } from '../../../../operators/foundation/numbers/float16.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { openRecordStore } from '../../../../operators/foundation/store/open-record-store.ts';
import { classIdOf } from '../../../../operators/label/journal/class-table.ts';
import type {
  Fact,
  JournalEntry,
  LabelledSample,
} from '../../../../operators/label/journal/journal-entry.ts';
import { lookOf } from '../../../../operators/label/look-signature.ts';
import { sampleOf } from '../../../../operators/learn/examples/example-of-sample.ts';
import { encodeSample } from '../../../../operators/remember/sample-record.ts';
import type { Sample } from '../../../../operators/remember/sample.ts';
import { storePath } from '../../../state/store-path.ts';
import { numberKey, put, putJson } from '../../../state/record-kinds.ts';

const cells = 25;
const embeddings = 4;
const thumbnailBytes = 2000;
/** Samples of one commit. */
const perCommit = 500;

const random = seededRandom(1);
/** Drawn once, 4 MB; each row is a slice of it. A third are zero, as after a ReLU. */
const noise = Float32Array.from({ length: 1_000_003 }, () => Math.max(0, 1.5 * random() - 0.5));

function rowsOf(count: number, length: number): Float32Array {
  const start = Math.floor(random() * (noise.length - length));
  return Float32Array.from(
    { length: count * length },
    (_, i) => noise[(start + i) % noise.length]!,
  );
}

/** A sample with the sizes of a real one; those of a class have a part in common. */
function drawSample(
  id: string,
  track: number,
  common: { dense: Float32Array; crop: Float32Array },
) {
  const draw = (rows: number, shared: Float32Array): Float32Array =>
    rowsOf(rows, shared.length).map((value, i) => 0.5 * (value + shared[i % shared.length]!));
  const vectors = {
    dense: draw(cells, common.dense),
    denseTargets: Float32Array.from({ length: cells }, (_, cell) => 1 / (1 + cell)),
    embeddings: draw(embeddings, common.crop),
  };
  return sampleOf(vectors, {
    id,
    camera: 'yard',
    trackId: -track,
    clusterId: `box${track}`,
    timestampMs: 1000 * track,
    box: [0, 0, 100, 100],
    novelty: 0,
    thumbnail: Uint8Array.from({ length: thumbnailBytes }, () => 256 * random()),
    label: null,
    heldOut: false,
  });
}

/** A sample as the entry of its first label has it: an object of its own. */
function labelledSample(sample: Sample): LabelledSample {
  const { id, camera, trackId, box, timestampMs } = sample;
  const plainCrop = sample.embeddings.subarray(0, cropEmbeddingLength);
  const look = Buffer.from(lookOf(unpackFloat16(plainCrop))!).toString('base64');
  const seen = { id, camera, trackId, box, timestampMs, merged: [], look };
  return { id, object: `o${-trackId}`, heldOut: false, seen };
}

/**
 * Writes a state with samples of labelled objects into a new folder, as a run would have left it
 * that was killed before it could learn them. Resolves with the names of the classes.
 */
export async function writeLargeState(
  folder: string,
  samples: number,
  classes: number,
): Promise<readonly string[]> {
  const store = await openRecordStore(storePath(folder));
  const names = Array.from({ length: classes }, (_, k) => `class ${k}`);
  const entries: JournalEntry[] = [];
  const append = (fact: Fact): number => {
    const position = entries.length + 1;
    entries.push({ position, atMs: position, by: 'program', fact });
    return position;
  };
  try {
    let made = 0;
    for (const [k, name] of names.entries()) {
      const common = { dense: rowsOf(1, denseLatentLength), crop: rowsOf(1, cropEmbeddingLength) };
      const own: Sample[] = [];
      while (made < Math.round(((k + 1) * samples) / classes)) {
        made++;
        own.push(drawSample(`s${made}`, made, common));
      }
      const id = classIdOf(append({ type: 'class', name }));
      for (const sample of own) {
        append({ type: 'label', class: id, samples: [labelledSample(sample)] });
      }
      for (let at = 0; at < own.length; at += perCommit) {
        await store.commit(
          own
            .slice(at, at + perCommit)
            .map((sample) => put('sample', sample.id, encodeSample({ sample, key: random() }))),
        );
      }
    }
    const marks = { track: 1, cluster: 1, sample: made + 1, box: made + 1 };
    await store.commit([
      ...entries.map((entry) => putJson('journal', numberKey(entry.position), entry)),
      putJson('state', 'journal', { position: entries.length }),
      putJson('state', 'ids', marks),
    ]);
  } finally {
    await store.close();
  }
  return names;
}
