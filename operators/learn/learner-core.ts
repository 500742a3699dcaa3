import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DenseMaps, Engine } from '../detect/engines/engine.ts';
import { freeBuffer } from '../foundation/threads/free-buffer.ts';
import { seededRandom } from '../foundation/numbers/seeded-random.ts';
import { openFile, sealFile } from '../foundation/files/sealed-file.ts';
import type { PostedChange } from './learner-messages.ts';
import { type Evidence, examineMaps, type Scene } from './examples/scene.ts';
import { createStrategy, type StrategyName } from './strategies/strategy-registry.ts';
import type { HeadDraft, Strategy } from './strategy.ts';
import { EngineQueue } from './engine-queue.ts';

const kind = { name: 'learner state', magic: 'LLLEARN_', version: 1 };

/** Looks and scenes that an update lets pass between two of its steps. */
const jobsPerPause = 8;

/** A new head, and the digest of all that it learned from. */
export interface Drafted {
  readonly draft: HeadDraft;
  readonly trainedOn: string;
}

/**
 * What the learner does, without its thread: one engine and one strategy, shared out fairly.
 *
 * Looks go before scenes, even before the rest of one that is being examined, and both before the next step of an
 * update: a look waits for one run of the engine, or for one step. Updates, saves and restores run one after another.
 */
export class LearnerCore {
  readonly #engine: Engine;
  /** The engine for scenes, which look many times: looks of tracks go in between. */
  readonly #interruptible: Pick<Engine, 'embedCrops'>;
  /** The trunk's maps of the last scene: of several labels in one picture only the first runs it. */
  #maps: { readonly picture: string | undefined; readonly maps: DenseMaps } | null = null;
  readonly #seed: number;
  readonly #strategy: Strategy;
  readonly #turns = new EngineQueue();
  #last: Promise<unknown> = Promise.resolve();
  #trainedOn = createHash('sha256').digest('hex');

  /** `seed` decides on crops, background cells and whatever the strategy draws. Owns the engine from now on. */
  constructor(engine: Engine, strategy: StrategyName, seed: number) {
    this.#engine = engine;
    this.#interruptible = {
      embedCrops: async (...crops) => {
        await this.#turns.runWaitingCrops();
        return engine.embedCrops(...crops);
      },
    };
    this.#seed = seed;
    const pause = async () => {
      await nextTurn();
      await this.#turns.giveWay(jobsPerPause);
    };
    this.#strategy = createStrategy(strategy, { seed, pause });
  }

  /** See {@link Engine.embedCrops}. */
  embedCrops(crops: Uint8Array, logSizes: Float32Array, count: number): Promise<Float32Array> {
    return this.#turns.take('look', () => this.#engine.embedCrops(crops, logSizes, count));
  }

  /** What a scene teaches; see {@link examineMaps}. The same scene gives the same evidence whenever it comes. */
  examine(scene: Scene): Promise<Evidence> {
    return this.#turns.take('scene', async () =>
      examineMaps(await this.#mapsOf(scene), this.#interruptible, scene, {
        random: seededRandom(hashText(scene.id) + (this.#seed % 2 ** 21) * 2 ** 32),
      }),
    );
  }

  /** Takes a change in. An update that fails or is aborted changes nothing. */
  update(change: PostedChange, signal?: AbortSignal): Promise<Drafted> {
    return this.#afterOthers(async () => {
      const { replay, ...rest } = change;
      const draft = await this.#strategy.update({ ...rest, replay: () => replay }, signal);
      this.#trainedOn = digest(this.#trainedOn, change);
      return { draft, trainedOn: this.#trainedOn };
    });
  }

  /** The learner's state as bytes. */
  save(): Promise<Uint8Array> {
    return this.#afterOthers(async () => {
      const bytes = this.#strategy.save();
      const header: Header = {
        strategy: this.#strategy.name,
        trainedOn: this.#trainedOn,
        bytes: bytes.length,
      };
      return sealFile(kind, header, [bytes]);
    });
  }

  /** Takes back what `save` gave. Throws, and changes nothing, for other bytes and other strategies. */
  restore(bytes: Uint8Array): Promise<void> {
    return this.#afterOthers(async () => {
      const { header, take } = openFile(kind, bytes);
      // The checksum vouches for the shape: only save wrote it.
      const { strategy, trainedOn, bytes: length } = header as Header;
      if (strategy !== this.#strategy.name) {
        throw new Error(`It is the state of strategy ${strategy}, not of ${this.#strategy.name}`);
      }
      this.#strategy.restore(new Uint8Array(take(length)));
      this.#trainedOn = trainedOn;
    });
  }

  /** Waits for the update in work and closes the engine. */
  close(): Promise<void> {
    return this.#afterOthers(() => this.#turns.take('scene', () => this.#engine.close()));
  }

  async #mapsOf({ picture, view, viewSize }: Scene): Promise<DenseMaps> {
    if (this.#maps !== null) {
      if (picture !== undefined && this.#maps.picture === picture) return this.#maps.maps;
      freeBuffer(this.#maps.maps.latents);
      this.#maps = null;
    }
    const maps = await this.#engine.dense(view, viewSize);
    this.#maps = { picture, maps };
    return maps;
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
}

/** Chains a change to all that came before it. */
function digest(before: string, { added, removed, background }: PostedChange): string {
  const hash = createHash('sha256').update(before);
  for (const [sign, examples] of [
    ['+', added],
    ['-', removed],
  ] as const) {
    for (const { id, label, dense, denseTargets, embeddings, offsets = [] } of examples) {
      hash.update(JSON.stringify([sign, id, label, dense.length, embeddings.length, offsets]));
      for (const vector of [dense, denseTargets, embeddings]) hash.update(vector);
    }
  }
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
