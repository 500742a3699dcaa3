import type { TruthBox } from '../../../operators/ingest/frames/frame.ts';
import type { LoadedPicture } from '../../../operators/datasets/load-picture.ts';
import { viewOf, type ViewPlan } from '../../../operators/ingest/frames/view-plan.ts';
import { viewBytes, type ViewSize } from '../../../operators/ingest/frames/view-size.ts';
import type { Scenario } from '../../../operators/ingest/world/scenario.ts';
import { Simulation } from '../../../operators/ingest/world/simulation.ts';
import { SpriteCache } from '../../../operators/ingest/world/rendering/sprite-cache.ts';
import { WorldRenderer } from '../../../operators/ingest/world/rendering/world-renderer.ts';

/** Minimum visible share of an object that is labelled or expected to be detected. */
const visibleMin = 0.6;

/** One frame of the simulated world. Its pixels are valid until the next call. */
export interface StillFrame extends LoadedPicture {
  readonly index: number;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  /** Objects at least 60 % visible. */
  readonly clear: readonly TruthBox[];
  /** All other objects. */
  readonly hidden: readonly TruthBox[];
}

/** The simulated world without a camera: renders only the requested frames. */
export class StillWorld {
  readonly #scenario: Scenario;
  readonly #viewSize: ViewSize;
  readonly #simulation: Simulation;
  readonly #renderer: WorldRenderer;
  readonly #full: Uint8Array;
  readonly #view: Uint8Array;
  #next = 0;

  constructor(scenario: Scenario, plan: ViewPlan) {
    this.#scenario = scenario;
    this.#viewSize = viewOf(plan, scenario.width, scenario.height);
    this.#simulation = new Simulation(scenario);
    this.#renderer = new WorldRenderer(scenario, new SpriteCache());
    this.#full = new Uint8Array(scenario.width * scenario.height * 3);
    this.#view = new Uint8Array(viewBytes(this.#viewSize));
  }

  /**
   * Renders frame `index`; equal scenarios give equal bytes. Rejects with a RangeError for a frame
   * at or before the last one.
   */
  async skipTo(index: number): Promise<StillFrame> {
    if (index < this.#next) throw new RangeError(`frame ${index} has passed`);
    let state = this.#simulation.next();
    for (; this.#next < index; this.#next++) state = this.#simulation.next();
    this.#next++;
    const full = this.#full;
    const view = this.#view;
    const truth = await this.#renderer.render(state, { full, view }, this.#viewSize);
    const { width, height } = this.#scenario;
    return {
      index,
      full,
      view,
      viewSize: this.#viewSize,
      width,
      height,
      sourceWidth: width,
      sourceHeight: height,
      clear: truth.filter(({ visible }) => visible >= visibleMin),
      hidden: truth.filter(({ visible }) => visible < visibleMin),
    };
  }
}
