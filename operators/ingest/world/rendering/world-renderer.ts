import type { FrameSlot } from '../../frames/frame-pool.ts';
import type { TruthBox } from '../../frames/frame.ts';
import { RgbResizer } from '../../pictures/resize-rgb.ts';
import { paintBackground, type Background } from './background.ts';
import { boxBlur } from './box-blur.ts';
import { paintShadow, paintSprite, type Canvas } from './painter.ts';
import type { Scenario } from '../scenario.ts';
import { Sensor } from './sensor.ts';
import type { Actor, WorldState } from '../simulation.ts';
import type { Sprite, SpriteShelf } from './sprite.ts';

/** Objects of which less can be seen are left out of the truth. */
const visibleMin = 0.02;

/** Paints states of the simulated world into frame slots. Same state, same bytes. */
export class WorldRenderer {
  readonly #scenario: Scenario;
  readonly #shelf: SpriteShelf;
  readonly #background: Background;
  readonly #sensor: Sensor;
  readonly #canvas: Canvas;
  #resizer: { readonly viewSize: number; readonly resizer: RgbResizer } | null = null;

  constructor(scenario: Scenario, shelf: SpriteShelf) {
    const { width, height } = scenario;
    this.#scenario = scenario;
    this.#shelf = shelf;
    this.#background = paintBackground(scenario);
    this.#sensor = new Sensor(scenario.noise, scenario.seed);
    this.#canvas = {
      width,
      height,
      rgb: new Uint8Array(width * height * 3),
      owners: new Uint8Array(width * height),
    };
  }

  /** Fills `full` and `view` of a slot; resolves with what can be seen in it. */
  async render(
    state: WorldState,
    slot: Pick<FrameSlot, 'full' | 'view'>,
    viewSize: number,
  ): Promise<TruthBox[]> {
    const sprites = await Promise.all(
      state.actors.map((actor) => this.#shelf.get(actor.class.emoji)),
    );
    const { camera } = state;
    const { width, height, blurPx } = this.#scenario;
    this.#paintBackground(camera.shakeX, camera.shakeY);
    const truth = this.#paintActors(state, sprites);
    boxBlur(this.#canvas.rgb, width, height, camera.blur * blurPx);
    this.#sensor.read(this.#canvas.rgb, width, camera.light, camera.noiseSeed, slot.full);
    this.#resizerFor(viewSize).run(slot.full, slot.view);
    return truth;
  }

  /** The picture is a window of the larger background; moving it is the camera's shake. */
  #paintBackground(shakeX: number, shakeY: number): void {
    const { width, height, rgb, owners } = this.#canvas;
    const background = this.#background;
    const left = background.margin - shakeX;
    const top = background.margin - shakeY;
    for (let y = 0; y < height; y++) {
      const from = ((top + y) * background.width + left) * 3;
      rgb.set(background.rgb.subarray(from, from + width * 3), y * width * 3);
    }
    owners.fill(0);
  }

  #paintActors({ actors, camera }: WorldState, sprites: readonly Sprite[]): TruthBox[] {
    /** Solid pixels that each owner lost to those in front of it; owners count from 1. */
    const covered = new Uint32Array(actors.length + 1);
    const onCovered = (former: number): void => {
      covered[former]!++;
    };
    const painted = actors.map((actor, order) => {
      const sprite = sprites[order]!;
      const size = actor.size * actor.scale;
      const scale = size / Math.max(sprite.width, sprite.height);
      const x = actor.foot.x + camera.shakeX;
      const footY = actor.foot.y + camera.shakeY;
      this.#paintShadow(actor, x, footY, sprite.width * scale);
      const y = footY - (sprite.height * scale) / 2 - actor.lift * actor.size;
      const placement = { x, y, size, angle: actor.angle, mirrored: actor.mirrored };
      const result = paintSprite(this.#canvas, sprite, placement, order + 1, onCovered);
      return { ...result, area: sprite.area * scale * scale };
    });
    // Only now is it known what those in front cover.
    return actors.flatMap((actor, order) => {
      const { box, solid, area } = painted[order]!;
      const visible = Math.min(1, (solid - covered[order + 1]!) / area);
      if (box === null || visible < visibleMin) return [];
      return [{ objectId: actor.objectId, class: actor.class.name, box, visible }];
    });
  }

  /** Larger and fainter the higher an object hops. */
  #paintShadow(actor: Actor, x: number, footY: number, width: number): void {
    const spread = 1 + actor.lift;
    const radius = width * 0.5 * spread;
    paintShadow(
      this.#canvas,
      x,
      footY - radius * 0.06,
      radius,
      radius * 0.24,
      0.5 / (spread * spread),
    );
  }

  #resizerFor(viewSize: number): RgbResizer {
    if (this.#resizer?.viewSize !== viewSize) {
      const { width, height } = this.#scenario;
      this.#resizer = { viewSize, resizer: new RgbResizer(width, height, viewSize, viewSize) };
    }
    return this.#resizer.resizer;
  }
}
