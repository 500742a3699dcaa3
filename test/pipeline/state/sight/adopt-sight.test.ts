import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { vectorLayout } from '../../../../operators/detect/engines/embedding-layout.ts';
import {
  builtInLayout,
  type EmbeddingLayout,
} from '../../../../operators/detect/engines/embedding-layout.ts';
import { builtInSight, cropEmbeddingLength } from '../../../../operators/detect/engines/engine.ts';
import type { Box } from '../../../../operators/foundation/geometry/box.ts';
import { packFloat16, unpackFloat16 } from '../../../../operators/foundation/numbers/float16.ts';
import { splitOfJournal } from '../../../../operators/label/journal/split-of-journal.ts';
import { SampleLabels } from '../../../../operators/label/sample-labels.ts';
import type { Scene } from '../../../../operators/learn/examples/scene.ts';
import { LearnedSet } from '../../../../operators/learn/learned-set.ts';
import { adoptSight } from '../../../../pipeline/state/sight/adopt-sight.ts';
import { memoryInSight } from '../../../../pipeline/state/sight/memory-in-sight.ts';
import { placeOfBox } from '../../../../pipeline/state/sight/scene-of-sample.ts';
import type { State } from '../../../../pipeline/state/state.ts';
import { memoryClass } from '../../../../operators/remember/eviction-policy.ts';
import type { MemoryPolicy } from '../../../../operators/remember/create-memory.ts';
import { sampleBytes } from '../../../../operators/remember/sample-bytes.ts';
import { makeSample } from '../../../operators/remember/make-sample.ts';
import { draft } from '../../../operators/swap/sample-head.ts';
import { openStateOn, TestStore } from '../state-on-store.ts';

const author = { by: 'person', atMs: 3 };
const box: Box = [100, 100, 180, 140];
const clip = { sight: { detector: 'centernet', encoder: 'clip' }, embedding: vectorLayout(16) };
const builtIn = { sight: builtInSight, embedding: builtInLayout };

let store: TestStore;
let state: State;
let lines: string[];
let scenes: Scene[];

/** A learner that looks at pictures with these models. */
function learnerWith({
  sight,
  embedding,
}: {
  sight: typeof clip.sight;
  embedding: EmbeddingLayout;
}) {
  return {
    sight,
    embedding,
    examine: async (scene: Scene) => {
      scenes.push(scene);
      const example = {
        id: scene.id,
        label: null,
        dense: new Float32Array(128).fill(7),
        denseTargets: Float32Array.of(1),
        embeddings: new Float32Array(4 * embedding.length).fill(0.5),
      };
      const nothing = { negatives: [], negativePeaks: [], negativePlaces: [] };
      const background = { background: new Float32Array(0), backgroundWeight: 1 };
      return { examples: [example], ...nothing, ...background };
    },
  };
}

async function openWith(models: typeof clip, policy: MemoryPolicy = 'balanced') {
  state = await openStateOn(store, { policy });
  const log = { info: () => undefined, warn: (line: string) => void lines.push(line) };
  return adoptSight(state, { learner: learnerWith(models), viewSize: 320, log });
}

const picture = (): Promise<Buffer> =>
  sharp({ create: { width: 104, height: 64, channels: 3, background: '#c04020' } })
    .jpeg()
    .toBuffer();

/** The plain embedding of a box in a picture of 640 pixels. */
function embeddingOfBox(): Uint16Array {
  const values = new Float32Array(cropEmbeddingLength).fill(1);
  values.set([Math.log(80 / 640), Math.log(40 / 640)], cropEmbeddingLength - 2);
  return packFloat16(values);
}

async function save(labels: SampleLabels, version: number): Promise<void> {
  const { journal } = state;
  const classIds = journal.classes.present.map(({ id }) => id);
  const names = classIds.map((id) => journal.classes.nameOf(id)!);
  const sight = state.models.sight.encoder === 'clip' ? { sight: state.models.sight } : {};
  const crop = sight.sight && {
    weights: new Float32Array(18),
    bias: new Float32Array(1),
    length: 18,
  };
  const head = state.heads.number({ ...draft(names), classIds, ...sight, ...(crop && { crop }) });
  const { parent } = state.heads.accept(head);
  const bundle = { head, parent, verdict: null, trainedOn: 'hash', createdMs: 1 };
  const fact = { type: 'learned', added: 1, removed: 0, background: 0, trainedOn: 'hash' } as const;
  const learned = new LearnedSet({ entries: [['s1', classIds[0]!]], sealed: [] });
  const update = { strategy: 'tally', learned, learning: null, background: null, bundle, gate: {} };
  await labels.record(fact, author, (entry) =>
    state.commitUpdate(entry, { ...update, learner: Uint8Array.of(version) }),
  );
}

async function goBackTo(version: number): Promise<void> {
  const from = state.heads.active.version;
  state.heads.rollback(version);
  const fact = { type: 'rollback', to: version, from } as const;
  await labelsOf().record(fact, author, (entry) => state.commitActive(entry));
}

const labelsOf = () =>
  new SampleLabels({
    ...{ memory: state.memory, split: splitOfJournal(state.journal, 0), journal: state.journal },
    commit: (entries, samples) => state.commitEntries(entries, samples),
  });

beforeEach(async () => {
  store = new TestStore();
  lines = [];
  scenes = [];
  await openWith(builtIn);
  const facts = { box, embeddings: embeddingOfBox() };
  state.memory.insert(makeSample('s1', { ...facts, thumbnail: await picture() }));
  state.memory.insert(makeSample('s2', { ...facts, thumbnail: new Uint8Array(0) }));
  const samples = [state.memory.get('s1')!, state.memory.get('s2')!];
  const labels = labelsOf();
  await labels.label({ samples }, { kind: 'class', class: 'cone' }, author);
  await save(labels, 1);
  await state.close();
});

describe('another encoder', () => {
  it('embeds samples anew from their pictures, sets others aside, and says so in one line', async () => {
    expect(await openWith(clip)).toEqual({ remade: 1, known: 0, aside: 1, full: 0 });
    const { memory, models, heads, learner } = state;
    const remade = memory.get('s1')!;
    expect(remade.sight).toEqual({ ...clip.sight, embeddingLength: 18 });
    expect(remade.label?.class).toBe('cone');
    expect(unpackFloat16(remade.embeddings)).toEqual(new Float32Array(4 * 18).fill(0.5));
    // The detector is the same, so the cells of the whole picture stay.
    expect(remade.dense).toEqual(makeSample('s1').dense);
    expect(memory.get('s2')?.label?.class).toBe('cone');
    expect([...memoryInSight(memory, models.sight).values()].map(({ id }) => id)).toEqual(['s1']);
    expect(learner).toBeNull();
    expect(heads.active.classes).toEqual([]);
    expect(lines).toEqual([
      'the state was made with detector centernet and encoder backbone, and is now used with ' +
        'detector centernet and encoder clip; 1 samples embedded anew from their pictures; ' +
        '1 without a picture set aside until the models before are back; ' +
        'head 1 does not fit and is not used',
    ]);
  });

  it('evicts nothing for larger vectors: what has no room is set aside', async () => {
    const large = {
      sight: { detector: 'centernet', encoder: 'large' },
      embedding: vectorLayout(4000),
    };
    await openWith(builtIn);
    const { memory } = state;
    const filler = makeSample('s3', { box, embeddings: embeddingOfBox() });
    const thumbnail = new Uint8Array(memory.bytesMax - memory.bytes - sampleBytes(filler) - 2000);
    memory.insert({ ...filler, thumbnail });
    expect(memory.get('s3')).toBeDefined();
    await state.close();
    expect(await openWith(large)).toEqual({ remade: 0, known: 0, aside: 3, full: 1 });
    expect([...state.memory.values()].map(({ id }) => id).sort()).toEqual(['s1', 's2', 's3']);
    expect(lines.at(-1)).toContain('1 more, for which remember.bytesMax has no room');
    await state.close();
    await openWith(builtIn);
    expect([...state.memory.values()].map(({ id }) => id).sort()).toEqual(['s1', 's2', 's3']);
  });

  it('looks at the object in its size in the picture', async () => {
    await openWith(clip);
    const [scene] = scenes;
    expect(scene).toMatchObject({ width: 640, height: 640, boxesOnly: true });
    const [x0, y0, x1, y1] = scene!.boxes[0]!.box;
    expect([x1 - x0, y1 - y0]).toEqual([80, 40]);
    const centre = (Math.round((y0 + y1) / 2) * 640 + Math.round((x0 + x1) / 2)) * 3;
    expect(scene!.full[centre]).toBeGreaterThan(150);
    expect(scene!.full[0]).toBe(114);
  });

  it('is refused heads of the models before, with a word', async () => {
    await openWith(clip);
    expect(() => state.heads.target(1)).toThrow(
      'head 1 was learned with detector centernet and encoder backbone, which are not in use',
    );
    expect(state.heads.previous).toBeNull();
  });

  it('finds what it embedded before, and looks at nothing twice', async () => {
    await openWith(clip);
    await state.close();
    expect(await openWith(clip)).toEqual({ remade: 0, known: 1, aside: 1, full: 0 });
    expect(scenes).toHaveLength(1);
    expect(state.memory.get('s1')?.embeddings).toHaveLength(4 * 18);
  });

  it('loses nothing: the models before get back vectors, learner and head', async () => {
    await openWith(clip);
    await save(labelsOf(), 2);
    await save(labelsOf(), 3);
    expect([...state.learner!.bytes]).toEqual([3]);
    await state.close();
    expect(await openWith(builtIn)).toEqual({ remade: 0, known: 0, aside: 0, full: 0 });
    expect(state.memory.get('s1')?.embeddings).toEqual(embeddingOfBox());
    expect(state.memory.get('s1')?.sight).toBeUndefined();
    expect([...state.learner!.bytes]).toEqual([1]);
    expect(state.heads.active).toMatchObject({ version: 1, classes: ['cone'] });
    await save(labelsOf(), 4);
    await state.close();
    await openWith(clip);
    expect([...state.learner!.bytes]).toEqual([3]);
    expect(state.heads.active.sight?.encoder).toBe('clip');
  });

  it('keeps a rollback of the models before, and one of its own, until each is back', async () => {
    await openWith(builtIn);
    await save(labelsOf(), 2);
    await goBackTo(1);
    expect(state.rolledBack).toBe(true);
    await state.close();
    await openWith(clip);
    expect([state.rolledBack, state.heads.active.version]).toEqual([false, 0]);
    await save(labelsOf(), 3);
    await save(labelsOf(), 4);
    await state.close();
    await openWith(builtIn);
    expect([state.rolledBack, state.heads.active.version]).toEqual([true, 1]);
    await state.close();
    await openWith(clip);
    expect([state.rolledBack, state.heads.active.version]).toEqual([false, 4]);
    // To no head at all, which suits any models.
    await goBackTo(0);
    await state.close();
    await openWith(builtIn);
    expect([state.rolledBack, state.heads.active.version]).toEqual([true, 1]);
    await save(labelsOf(), 5);
    await state.close();
    await openWith(clip);
    expect([state.rolledBack, state.heads.active.version]).toEqual([true, 0]);
    await state.close();
    await openWith(builtIn);
    expect([state.rolledBack, state.heads.active.version]).toEqual([false, 5]);
  });

  it('is unlearned with what the learner in use has learned, also after a restart', async () => {
    await openWith(clip);
    await labelsOf().remove('cone', author);
    await state.close();
    await openWith(clip);
    const erased = state.erasing.get('s1');
    expect(erased?.sight?.encoder).toBe('clip');
    expect(unpackFloat16(erased!.embeddings)).toEqual(new Float32Array(4 * 18).fill(0.5));
  });

  it('holds no vectors of others where all samples are of the models in use', async () => {
    await openWith(clip);
    await state.close();
    await openWith(builtIn);
    expect(state.models.remade.get('s1')).toBeUndefined();
    // They are in the store for when the others are back.
    expect(await store.list('remade')).toHaveLength(1);
  });

  it('takes what it embedded along when a sample is removed', async () => {
    await openWith(clip);
    state.memory.remove('s1');
    await state.flush();
    expect(await store.list('remade')).toEqual([]);
  });
});

describe('the place of a box in its thumbnail', () => {
  it('is within the margin, also where the edge of the picture cut it', () => {
    expect(placeOfBox([100, 100, 180, 140], 104, 64)).toEqual({ box: [12, 12, 92, 52], scale: 1 });
    // At the left edge there is no margin on the left.
    expect(placeOfBox([0, 100, 80, 140], 92, 64)).toEqual({ box: [0, 12, 80, 52], scale: 1 });
    // At the right edge the thumbnail is narrower than box and margins.
    expect(placeOfBox([100, 100, 180, 140], 92, 64)).toEqual({ box: [12, 12, 92, 52], scale: 1 });
  });
});

it('herding keeps the means of the encoder in use', async () => {
  await openWith(clip, 'herding');
  const samples = [...state.memory.values()];
  const payload = samples.reduce((sum, sample) => sum + sampleBytes(sample), 0);
  const classes = new Set(samples.map((sample) => memoryClass(sample))).size;
  expect(classes).toBeGreaterThan(0);
  expect(state.memory.bytes).toBe(payload + classes * (18 * 4 + 512));
});
