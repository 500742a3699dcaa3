import { NEVER } from 'rxjs';
import { expect } from 'vitest';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';
import { LabelError } from '../../../../operators/label/label-error.ts';
import type { LabelEvent } from '../../../../operators/label/label-event.ts';
import type { SampleLabels } from '../../../../operators/label/sample-labels.ts';
import { exampleOf, sampleOf } from '../../../../operators/learn/examples/example-of-sample.ts';
import type { StrategyName } from '../../../../operators/learn/strategies/strategy-registry.ts';
import type { Example } from '../../../../operators/learn/strategy.ts';
import type { Sample } from '../../../../operators/remember/sample.ts';
import { wantedLabel } from '../../../../pipeline/application/learning/wanted-labels.ts';
import { makeBackground, makeExample } from '../../../operators/learn/make-example.ts';
import { makeSample } from '../../../operators/remember/make-sample.ts';
import { TestStore } from '../../state/state-on-store.ts';
import { InProcessLearner } from './in-process-learner.ts';
import { LearningRig } from './learning-rig.ts';

const names = ['cone', 'Vase', 'post', 'Xylophone', 'zebra'];
const author = { by: 'person', atMs: 1 };

/** Background that the learner has learned before all labels. */
export const background = {
  background: makeBackground(300),
  backgroundWeight: 4,
  negatives: Array.from({ length: 40 }, (_, i) =>
    makeExample(`background/${i}`, null, { crops: 2 }),
  ),
};

/** Runs of the program on one store, with commands, failures and restarts at random. */
export class RandomRun {
  readonly store = new TestStore();
  #rig: LearningRig<InProcessLearner> | null = null;
  readonly removedNames = new Set<string>();
  /** Samples that were erased, with the thumbnails that they had. */
  readonly erased = new Map<string, Sample>();
  readonly #random: () => number;
  #samples = 0;
  #nowMs = 0;

  readonly #strategy: StrategyName;

  constructor(seed: number, strategy: StrategyName) {
    this.#strategy = strategy;
    this.#random = seededRandom(seed);
  }

  async live(commands: number): Promise<void> {
    await this.#learnBackground();
    await this.restart();
    for (let i = 0; i < commands; i++) {
      while (this.rig.memory.size < 24) this.#insert();
      this.store.failing = this.#random() < 0.06;
      this.rig.learner.failing = this.#random() < 0.1;
      await this.#command();
      if (this.#random() < 0.3) await this.learn();
      this.store.failing = false;
      if (this.#random() < 0.05) await this.restart();
    }
    this.rig.learner.failing = false;
    // A last label, so that there is an update whatever failed before.
    for (let i = 0; i < 2; i++) {
      this.#insert();
      const last = this.rig.memory.get(`s${this.#samples}`)!;
      const finish = (labels: SampleLabels) =>
        labels.label({ samples: [last] }, { kind: 'class', class: 'last' }, author);
      this.rig.do(finish);
      await this.learn();
    }
  }

  /** A first run that learns background, as every run with a camera does. */
  async #learnBackground(): Promise<void> {
    let taken = false;
    const none = { ...background, background: new Float32Array(0), negatives: [] };
    const take = (): typeof background => {
      const given = taken ? none : background;
      taken = true;
      return given;
    };
    const collector = { take, heldOut: [], grown$: NEVER };
    const learner = new InProcessLearner(this.#strategy);
    this.#rig = await LearningRig.open(this.store, { background: collector }, learner);
    this.#insert();
    const sample = this.rig.memory.get(`s${this.#samples}`)!;
    this.rig.do((labels) =>
      labels.label({ samples: [sample] }, { kind: 'class', class: 'first' }, author),
    );
    await this.learn();
  }

  /** The present run. */
  get rig(): LearningRig<InProcessLearner> {
    return this.#rig!;
  }

  /** What the learner should know by now: the samples with the labels that survive. */
  get surviving(): readonly Example[] {
    const { journal, memory } = this.rig;
    return [...memory.values()].flatMap((sample) => {
      const label = wantedLabel(journal, sample.id);
      return label === undefined ? [] : [exampleOf(sample, label)];
    });
  }

  /** Gives time for an update and waits for it. */
  async learn(): Promise<void> {
    this.#nowMs += 5000;
    await this.rig.advanceTo(this.#nowMs);
    await this.rig.settled();
    for (const name of this.removedNames) {
      const isBack = this.rig.journal.classes.present.some((each) => each.name === name);
      if (isBack) this.removedNames.delete(name);
    }
  }

  /** The program ends, sometimes without a last flush, and starts again. */
  async restart(): Promise<void> {
    if (this.#rig !== null) {
      this.#rig.ended.next();
      if (this.#random() < 0.5) await this.#rig.state.close();
    }
    const parts = { heldOutShare: 0.2 };
    this.#rig = await LearningRig.open(this.store, parts, new InProcessLearner(this.#strategy));
    this.#nowMs = 0;
    await this.rig.settled();
  }

  async #command(): Promise<void> {
    const before = new Map([...this.rig.memory.values()].map((sample) => [sample.id, sample]));
    const commands = [
      ...Array.from({ length: 6 }, () => this.#label),
      ...[this.#undo, this.#undo, this.#undo, this.#rename, this.#merge],
    ];
    const isRare = this.#random() < 0.02;
    const command = isRare ? this.#remove : this.#pick(commands);
    this.rig.do((labels) => command(labels));
    await this.rig.commanded().catch((error: unknown) => {
      if (!(error instanceof LabelError) && !this.store.failing) throw error;
    });
    for (const [id, sample] of before) {
      if (this.rig.memory.get(id) === undefined) this.erased.set(id, sample);
    }
  }

  #label = (labels: SampleLabels): Promise<LabelEvent> => {
    const all = [...this.rig.memory.values()];
    const samples = [this.#pick(all), this.#pick(all)].filter(
      (sample, at, list) => list.indexOf(sample) === at,
    );
    const roll = this.#random();
    const name = this.#pick(names);
    if (roll < 0.1) return labels.label({ samples }, { kind: 'background' }, author);
    const kind = roll < 0.25 ? 'notA' : 'class';
    return labels.label({ samples }, { kind, class: name }, author);
  };

  #undo = (labels: SampleLabels): Promise<LabelEvent> => {
    const position = 1 + Math.floor(this.#random() * this.rig.journal.position);
    return labels.undo(this.#random() < 0.3 ? undefined : `l${position}`, author);
  };

  #rename = (labels: SampleLabels): Promise<LabelEvent> =>
    labels.rename(this.#pick(names), this.#pick(names), author);

  #merge = (labels: SampleLabels): Promise<LabelEvent> =>
    labels.merge(this.#pick(names), this.#pick(names), author);

  #remove = async (labels: SampleLabels): Promise<LabelEvent> => {
    const name = this.#pick(names);
    const event = await labels.remove(name, author);
    for (const { before, after } of event.classes) {
      if (before !== null && after === null) this.removedNames.add(before);
    }
    return event;
  };

  #insert(): void {
    const id = `s${++this.#samples}`;
    const n = this.#samples;
    const {
      dense: _d,
      denseTargets: _t,
      embeddings: _e,
      ...facts
    } = makeSample(id, {
      ...{ trackId: n, camera: `camera${n % 9}`, clusterId: `c${n}`, timestampMs: 9000 * n },
      thumbnail: Buffer.from(`thumbnail of sample ${n};`),
    });
    const example = makeExample(id, this.#pick(['a', 'b', 'c']), { crops: 1 });
    this.rig.memory.insert(sampleOf(example, facts));
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!;
  }

  /** No record contains a removed name, or the thumbnail or vectors of an erased sample. */
  async checkErased(): Promise<void> {
    for (const kind of ['journal', 'sample', 'head', 'learner', 'background', 'state']) {
      for (const { key, bytes } of await this.store.list(kind)) {
        const record = Buffer.from(bytes);
        for (const name of this.removedNames) {
          expect(record.includes(name), `${name} in ${kind} ${key}`).toBe(false);
        }
        for (const [id, { thumbnail, dense }] of this.erased) {
          const vectors = Buffer.from(dense.buffer, dense.byteOffset, dense.byteLength);
          expect(record.includes(Buffer.from(thumbnail)), `${id} in ${kind} ${key}`).toBe(false);
          expect(record.includes(vectors), `${id} in ${kind} ${key}`).toBe(false);
        }
      }
    }
  }
}
