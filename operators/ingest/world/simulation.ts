import { seededRandom } from '../../foundation/numbers/seeded-random.ts';
import { inventMotion, poseAt, type Motion, type Pose } from './motion.ts';
import type { Scenario, WorldClass } from './scenario.ts';

/** An object as it stands in one frame. */
export interface Actor extends Pose {
  readonly objectId: string;
  readonly class: WorldClass;
  /** Longer side in pixels, before `scale`. */
  readonly size: number;
}

/** What the camera itself does in one frame. */
export interface CameraState {
  /** Share of full daylight. */
  readonly light: number;
  /** Share of the scenario's worst blur. */
  readonly blur: number;
  /** Whole pixels. */
  readonly shakeX: number;
  readonly shakeY: number;
  /** Fresh for every frame. */
  readonly noiseSeed: number;
}

export interface WorldState {
  /** Farthest first: the order to draw them in. */
  readonly actors: readonly Actor[];
  readonly camera: CameraState;
}

interface Performer {
  readonly id: number;
  readonly class: WorldClass;
  readonly size: number;
  readonly motion: Motion;
  age: number;
}

/** Share of the picture's height at which floor and wall meet. */
export const horizon = 0.42;
/** How much smaller things look where the floor begins. */
const farScale = 0.72;
/** Seconds between two entrances, so that objects do not come in step. */
const entranceSeconds = [1.2, 2.6] as const;
const blurPeriodSeconds = 41;

/**
 * The simulated world without its pixels: who is where in each frame.
 *
 * Its randomness comes from the scenario's seed alone. Each `next()` is one frame.
 */
export class Simulation {
  readonly #scenario: Scenario;
  readonly #random: () => number;
  readonly #shown = new Map<WorldClass, number>();
  #performers: Performer[] = [];
  #frame = 0;
  #nextEntrance = 0;
  #objects = 0;
  #shakeX = 0;
  #shakeY = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#random = seededRandom(scenario.seed);
  }

  next(): WorldState {
    this.#performers = this.#performers.filter(
      (performer) => performer.age < performer.motion.frames,
    );
    this.#maybeEnter();
    const actors = this.#performers.map((performer) => this.#actor(performer));
    for (const performer of this.#performers) performer.age++;
    const camera = this.#camera();
    this.#frame++;
    // Two at the same height keep the order of their ids, whatever the sort does.
    const actorsByDepth = actors.sort(
      (a, b) => a.foot.y - b.foot.y || (a.objectId < b.objectId ? -1 : 1),
    );
    return { actors: actorsByDepth, camera };
  }

  #maybeEnter(): void {
    const { fps, objectsAtOnce } = this.#scenario;
    if (this.#performers.length >= objectsAtOnce || this.#frame < this.#nextEntrance) return;
    const chosen = this.#chooseClass();
    if (chosen === null) return;
    this.#performers.push(this.#perform(chosen));
    this.#nextEntrance = this.#frame + Math.round(this.#between(...entranceSeconds) * fps);
  }

  /** The class seen least often, others before a second one of its kind; chance decides between equals. */
  #chooseClass(): WorldClass | null {
    const open = this.#scenario.classes.filter(
      ({ fromFrame, untilFrame }) =>
        this.#frame >= fromFrame && (untilFrame === null || this.#frame < untilFrame),
    );
    const present = new Set(this.#performers.map((performer) => performer.class));
    const absent = open.filter((candidate) => !present.has(candidate));
    const candidates = absent.length > 0 ? absent : open;
    if (candidates.length === 0) return null;
    // One that comes later does not have to catch up with all that was shown before.
    const counts = open.map((each) => this.#shown.get(each)).filter((count) => count !== undefined);
    const newcomer = counts.length === 0 ? 0 : Math.min(...counts) - 2;
    for (const each of open) if (!this.#shown.has(each)) this.#shown.set(each, newcomer);
    const fewest = Math.min(...candidates.map((each) => this.#shown.get(each) ?? 0));
    const equals = candidates.filter((each) => this.#shown.get(each) === fewest);
    const chosen = equals[Math.floor(this.#random() * equals.length)] ?? null;
    if (chosen !== null) this.#shown.set(chosen, fewest + 1);
    return chosen;
  }

  #perform(chosen: WorldClass): Performer {
    const { width, height, fps, objectSize, speed } = this.#scenario;
    const size = this.#between(...objectSize);
    const motion = inventMotion(this.#random, {
      width,
      floorTop: height * (horizon + 0.14),
      floorBottom: height * 0.97,
      outside: size * 0.75,
      pace: this.#between(...speed) / fps,
    });
    return { id: this.#objects++, class: chosen, size, motion, age: 0 };
  }

  #actor(performer: Performer): Actor {
    const pose = poseAt(performer.motion, performer.age);
    const nearness = (pose.foot.y / this.#scenario.height - horizon) / (1 - horizon);
    return {
      ...pose,
      objectId: `object-${String(performer.id)}`,
      class: performer.class,
      size: performer.size * (farScale + (1 - farScale) * Math.min(1, Math.max(0, nearness))),
    };
  }

  #camera(): CameraState {
    const { fps, light, shakePx } = this.#scenario;
    const seconds = this.#frame / fps;
    // A spring pulls the camera back to its place, or shaking would carry it away.
    this.#shakeX = this.#shakeX * 0.8 + this.#between(-1, 1) * shakePx * 0.5;
    this.#shakeY = this.#shakeY * 0.8 + this.#between(-1, 1) * shakePx * 0.5;
    const held = (value: number): number =>
      Math.round(Math.min(shakePx, Math.max(-shakePx, value)));
    return {
      light: 1 - (1 - light.darkest) * wave(seconds / light.periodSeconds),
      blur: wave(seconds / blurPeriodSeconds),
      shakeX: held(this.#shakeX),
      shakeY: held(this.#shakeY),
      noiseSeed: Math.floor(this.#random() * 2 ** 32),
    };
  }

  #between(low: number, high: number): number {
    return low + (high - low) * this.#random();
  }
}

/** 0 at whole turns, 1 half-way between. */
function wave(turns: number): number {
  return 0.5 - 0.5 * Math.cos(2 * Math.PI * turns);
}
