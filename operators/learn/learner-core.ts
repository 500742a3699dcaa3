import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CandidateMaps } from '../detect/engines/candidate-maps.ts';
import type { DenseMaps, Engine } from '../detect/engines/engine.ts';
import { describeSight, isSameSight, storedSight, vectorSight } from '../detect/engines/sight.ts';
import type { VectorSight } from '../detect/engines/sight.ts';
import { freeBuffer } from '../foundation/threads/free-buffer.ts';
import { runInSteps } from '../foundation/threads/run-in-steps.ts';
import { seededRandom } from '../foundation/numbers/seeded-random.ts';
import { openFile, sealFile } from '../foundation/files/sealed-file.ts';
import { evaluateInSteps, type GateInput } from '../gate/gate.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { PostedChange } from './learner-messages.ts';
import { type Embedder, type Evidence, examineMaps, type Scene } from './examples/scene.ts';
import type { StrategyFactory } from './strategies/load-strategy.ts';
import { currentStrategyName } from './strategies/renamed-strategies.ts';
import { createStrategy, type StrategyName } from './strategies/strategy-registry.ts';
import type { HeadDraft, Strategy } from './strategy.ts';
import type { Courtesy } from './courtesy.ts';
import { EngineQueue } from './engine-queue.ts';

const kind = { name: 'learner state', magic: 'LLLEARN_', version: 1 };

/** Crop calls and scenes that may run between two steps of an update, at first and at last. */
const jobsPerPause = { most: 8, least: 1 };

/** A draft head, and the digest of all changes it was trained on. */
export interface Drafted {
  readonly draft: HeadDraft;
  readonly trainedOn: string;
}

/**
 * The learner without its thread: schedules calls on one engine and one strategy.
 *
 * Drawn labels run first, then crop calls, even between the engine runs of a scene that nobody
 * waits for, then such scenes. All of them run before the next step of an update, of which fewer
 * and fewer are let pass as the update gets older. Updates, saves and restores run one after
 * another.
 */
export class LearnerCore {
  readonly #engine: Engine;
  /** The engine for scenes, which embed many crops: waiting crop calls run in between. */
  readonly #interruptible: Embedder;
  /** Maps of the last scene, reused for further labels in the same picture. */
  #maps: { readonly picture: string | undefined; readonly maps: DenseMaps | CandidateMaps } | null =
    null;
  readonly #seed: number;
  readonly #strategy: Strategy;
  readonly #queue: EngineQueue;
  readonly #courtesy: Courtesy | null;
  /** Lets waiting calls run between two steps of an update or an evaluation. */
  readonly #pause: () => Promise<void>;
  #last: Promise<unknown> = Promise.resolve();
  #trainedOn = createHash('sha256').digest('hex');

  /**
   * Owns the engine. `strategy` is the name of a method or creates one. `seed` determines jitter,
   * background cells and the strategy's draws. `courtesy` rests between two pieces of work;
   * null: never.
   */
  constructor(
    engine: Engine,
    strategy: StrategyName | StrategyFactory,
    seed: number,
    courtesy: Courtesy | null = null,
  ) {
    this.#engine = engine;
    this.#courtesy = courtesy;
    this.#queue = new EngineQueue(() => courtesy?.rest() ?? Promise.resolve());
    this.#interruptible = {
      cropSize: engine.cropSize,
      embedding: engine.embedding,
      embedCrops: async (...crops) => {
        await this.#queue.runWaitingCrops();
        return engine.embedCrops(...crops);
      },
    };
    this.#seed = seed;
    this.#pause = async () => {
      await nextTurn();
      const { most, least } = jobsPerPause;
      await this.#queue.giveWay(Math.max(least, Math.round(most * (courtesy?.politeness ?? 1))));
      await courtesy?.rest();
    };
    const setup = { seed, pause: this.#pause, embedding: engine.embedding };
    this.#strategy =
      typeof strategy === 'string' ? createStrategy(strategy, setup) : strategy(setup);
  }

  /** Name of the strategy. */
  get strategy(): string {
    return this.#strategy.name;
  }

  /** See {@link Engine.embedCrops}. */
  embedCrops(crops: Uint8Array, logSizes: Float32Array, count: number): Promise<Float32Array> {
    return this.#queue.run('crops', () => this.#engine.embedCrops(crops, logSizes, count));
  }

  /**
   * Computes training evidence from a scene; see {@link examineMaps}. Depends on the scene and the
   * seed only.
   */
  examine(scene: Scene): Promise<Evidence> {
    const isDrawn = scene.boxes.length > 0 && scene.proposed !== true;
    const engine = isDrawn ? this.#engine : this.#interruptible;
    const examined = this.#queue.run(isDrawn ? 'label' : 'scene', async () =>
      examineMaps(await this.#mapsOf(scene), engine, scene, {
        random: seededRandom(hashText(scene.id) + (this.#seed % 2 ** 21) * 2 ** 32),
      }),
    );
    return isDrawn ? this.#hurry(examined) : examined;
  }

  /** Applies a change and drafts a head. A failed or aborted update changes nothing. */
  update(change: PostedChange, signal?: AbortSignal): Promise<Drafted> {
    const isLabelled =
      change.removed.length > 0 || change.added.some(({ label }) => label !== null);
    const updated = this.#afterOthers(async () => {
      const { replay, ...rest } = change;
      const learned = await this.#strategy.update({ ...rest, replay: () => replay }, signal);
      const draft = { ...learned, ...storedSight(vectorSight(this.#engine)) };
      this.#trainedOn = digest(this.#trainedOn, change);
      return { draft, trainedOn: this.#trainedOn };
    });
    return isLabelled ? this.#hurry(updated) : updated;
  }

  /** Compares a candidate with the active head; crop calls and scenes go first. */
  evaluate(input: GateInput, signal?: AbortSignal): Promise<Verdict> {
    return this.#afterOthers(() => runInSteps(evaluateInSteps(input), this.#pause, signal));
  }

  /** The learner's state as bytes. */
  save(): Promise<Uint8Array> {
    return this.#afterOthers(async () => {
      const bytes = this.#strategy.save();
      const header: Header = {
        strategy: this.#strategy.name,
        trainedOn: this.#trainedOn,
        bytes: bytes.length,
        ...storedSight(vectorSight(this.#engine)),
      };
      return sealFile(kind, header, [bytes]);
    });
  }

  /**
   * Restores a saved state. Rejects, and changes nothing, for unusable bytes and for the state of
   * another strategy.
   */
  restore(bytes: Uint8Array): Promise<void> {
    return this.#afterOthers(async () => {
      const { header, take } = openFile(kind, bytes);
      // The checksum shows that `save` wrote it, so its shape is known.
      const { strategy, trainedOn, bytes: length, sight } = header as Header;
      if (!isSameSight(sight, vectorSight(this.#engine))) {
        const [learned, own] = [sight, this.#engine.sight].map(describeSight);
        throw new Error(`It was learned with ${learned}, not with ${own}`);
      }
      if (currentStrategyName(strategy) !== this.#strategy.name) {
        throw new Error(`It is the state of strategy ${strategy}, not of ${this.#strategy.name}`);
      }
      this.#strategy.restore(new Uint8Array(take(length)));
      this.#trainedOn = trainedOn;
    });
  }

  /** Waits for the running update and closes the engine. */
  close(): Promise<void> {
    return this.#afterOthers(() => this.#queue.run('scene', () => this.#engine.close()));
  }

  async #mapsOf({ picture, view, viewSize }: Scene): Promise<DenseMaps | CandidateMaps> {
    if (this.#maps !== null) {
      if (picture !== undefined && this.#maps.picture === picture) return this.#maps.maps;
      freeBuffer(this.#maps.maps.latents);
      this.#maps = null;
    }
    const maps = await this.#engine.dense(view, viewSize);
    this.#maps = { picture, maps };
    return maps;
  }

  /** Notes that someone waits for this work. */
  #hurry<Result>(work: Promise<Result>): Promise<Result> {
    const end = this.#courtesy?.begin();
    void work.then(end, end);
    return work;
  }

  #afterOthers<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

interface Header {
  readonly strategy: string;
  readonly trainedOn: string;
  readonly bytes: number;
  /** What it saw with. Absent: the built-in models. */
  readonly sight?: VectorSight;
}

/** Extends the digest of earlier changes by one. */
function digest(previous: string, change: PostedChange): string {
  const { added, removed, moved, background, backgroundWeight } = change;
  const hash = createHash('sha256').update(previous);
  for (const [sign, examples] of [
    ['+', added],
    ['-', removed],
  ] as const) {
    for (const { id, label, dense, denseTargets, embeddings, offsets = [], noneOf } of examples) {
      const lengths = [dense.length, embeddings.length];
      hash.update(JSON.stringify([sign, id, label, ...lengths, offsets, noneOf ?? null]));
      for (const vector of [dense, denseTargets, embeddings]) hash.update(vector);
    }
  }
  if (moved.length > 0) hash.update(JSON.stringify(moved));
  if (background.length > 0) hash.update(String(backgroundWeight));
  return hash.update(background).digest('hex');
}

/** FNV-1a over UTF-16 code units, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash;
}
