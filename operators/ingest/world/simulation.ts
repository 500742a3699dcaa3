import { seededRandom } from '../../foundation/numbers/seeded-random.ts';
import { randomMotion, poseAt, type Motion, type Pose } from './motion.ts';
import type { Scenario, WorldClass } from './scenario.ts';

/** An object in one frame. */
export interface WorldObject extends Pose {
  readonly objectId: string;
  readonly class: WorldClass;
  /** Longer side in pixels, before `scale`. */
  readonly size: number;
}

/** The state of the camera in one frame. */
export interface CameraState {
  /** Share of full daylight. */
  readonly light: number;
  /** Share of the scenario's maximum blur. */
  readonly blur: number;
  /** Displacement in whole pixels. */
  readonly shakeX: number;
  readonly shakeY: number;
  /** Different in every frame. */
  readonly noiseSeed: number;
}

export interface WorldState {
  /** In drawing order, farthest first. */
  readonly objects: readonly WorldObject[];
  readonly camera: CameraState;
}

/** An object on its way through the picture. */
interface MovingObject {
  readonly id: number;
  readonly class: WorldClass;
  readonly size: number;
  readonly motion: Motion;
  /** Frames since it appeared. */
  age: number;
}

/** Share of the picture's height at which the floor meets the wall. */
export const horizon = 0.42;
/** Scale of objects at the far end of the floor. */
const farScale = 0.72;
/** Range of the seconds between two objects; random, so that objects do not move in step. */
const spawnSeconds = [1.2, 2.6] as const;
const blurPeriodSeconds = 41;

/**
 * The state of the simulated world, without pixels: poses of all objects in each frame.
 *
 * Deterministic for the scenario's seed.
 */
export class Simulation {
  readonly #scenario: Scenario;
  readonly #random: () => number;
  readonly #shown = new Map<WorldClass, number>();
  #objects: MovingObject[] = [];
  #frame = 0;
  #nextSpawn = 0;
  #nextId = 0;
  #shakeX = 0;
  #shakeY = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#random = seededRandom(scenario.seed);
  }

  /** Advances by one frame. */
  next(): WorldState {
    this.#objects = this.#objects.filter(({ age, motion }) => age < motion.frames);
    this.#maybeSpawn();
    const objects = this.#objects.map((object) => this.#stateOf(object));
    for (const object of this.#objects) object.age++;
    const camera = this.#camera();
    this.#frame++;
    // Objects at the same depth are ordered by id, to be independent of the sort.
    objects.sort((a, b) => a.foot.y - b.foot.y || (a.objectId < b.objectId ? -1 : 1));
    return { objects, camera };
  }

  #maybeSpawn(): void {
    const { fps, objectsAtOnce } = this.#scenario;
    if (this.#objects.length >= objectsAtOnce || this.#frame < this.#nextSpawn) return;
    const chosen = this.#chooseClass();
    if (chosen === null) return;
    this.#objects.push(this.#spawn(chosen));
    this.#nextSpawn = this.#frame + Math.round(this.#between(...spawnSeconds) * fps);
  }

  /** Chooses the class shown least often, preferring classes not in the picture; ties at random. */
  #chooseClass(): WorldClass | null {
    const available = this.#scenario.classes.filter(
      ({ fromFrame, untilFrame }) =>
        this.#frame >= fromFrame && (untilFrame === null || this.#frame < untilFrame),
    );
    const present = new Set(this.#objects.map((object) => object.class));
    const absent = available.filter((candidate) => !present.has(candidate));
    const candidates = absent.length > 0 ? absent : available;
    if (candidates.length === 0) return null;
    // A new class starts near the lowest count, or it would be the only one shown for long.
    const counts = available
      .map((each) => this.#shown.get(each))
      .filter((count) => count !== undefined);
    const initialCount = counts.length === 0 ? 0 : Math.min(...counts) - 2;
    for (const each of available) if (!this.#shown.has(each)) this.#shown.set(each, initialCount);
    const fewest = Math.min(...candidates.map((each) => this.#shown.get(each) ?? 0));
    const equals = candidates.filter((each) => this.#shown.get(each) === fewest);
    const chosen = equals[Math.floor(this.#random() * equals.length)] ?? null;
    if (chosen !== null) this.#shown.set(chosen, fewest + 1);
    return chosen;
  }

  #spawn(chosen: WorldClass): MovingObject {
    const { width, height, fps, objectSize, speed } = this.#scenario;
    const size = this.#between(...objectSize);
    const motion = randomMotion(this.#random, {
      width,
      floorTop: height * (horizon + 0.14),
      floorBottom: height * 0.97,
      outside: size * 0.75,
      pixelsPerFrame: this.#between(...speed) / fps,
    });
    return { id: this.#nextId++, class: chosen, size, motion, age: 0 };
  }

  #stateOf(object: MovingObject): WorldObject {
    const pose = poseAt(object.motion, object.age);
    const nearness = (pose.foot.y / this.#scenario.height - horizon) / (1 - horizon);
    return {
      ...pose,
      objectId: `object-${String(object.id)}`,
      class: object.class,
      size: object.size * (farScale + (1 - farScale) * Math.min(1, Math.max(0, nearness))),
    };
  }

  #camera(): CameraState {
    const { fps, light, shakePx } = this.#scenario;
    const seconds = this.#frame / fps;
    // A spring pulls the camera back to the centre, or it would drift away.
    this.#shakeX = this.#shakeX * 0.8 + this.#between(-1, 1) * shakePx * 0.5;
    this.#shakeY = this.#shakeY * 0.8 + this.#between(-1, 1) * shakePx * 0.5;
    const bounded = (value: number): number =>
      Math.round(Math.min(shakePx, Math.max(-shakePx, value)));
    return {
      light: 1 - (1 - light.darkest) * wave(seconds / light.periodSeconds),
      blur: wave(seconds / blurPeriodSeconds),
      shakeX: bounded(this.#shakeX),
      shakeY: bounded(this.#shakeY),
      noiseSeed: Math.floor(this.#random() * 2 ** 32),
    };
  }

  #between(low: number, high: number): number {
    return low + (high - low) * this.#random();
  }
}

/** A cosine from 0 at whole turns to 1 half-way between. */
function wave(turns: number): number {
  return 0.5 - 0.5 * Math.cos(2 * Math.PI * turns);
}
