import type { FrameSlot } from '../../frames/frame-pool.ts';
import type { TruthBox } from '../../frames/frame.ts';
import type { ViewSize } from '../../frames/view-size.ts';
import { ViewMaker } from '../../pictures/view-maker.ts';
import { paintBackground, type Background } from './background.ts';
import { boxBlur } from './box-blur.ts';
import { paintShadow, paintSprite, type Canvas } from './painter.ts';
import type { Scenario } from '../scenario.ts';
import { Sensor } from './sensor.ts';
import type { WorldObject, WorldState } from '../simulation.ts';
import type { Sprite, SpriteCache } from './sprite-cache.ts';

/** Objects with a smaller visible share are left out of the ground truth. */
const visibleMin = 0.02;

/** Renders states of the simulated world into frame slots; deterministic. */
export class WorldRenderer {
  readonly #scenario: Scenario;
  readonly #spriteCache: SpriteCache;
  readonly #background: Background;
  readonly #sensor: Sensor;
  readonly #canvas: Canvas;
  readonly #views = new ViewMaker();

  constructor(scenario: Scenario, spriteCache: SpriteCache) {
    const { width, height } = scenario;
    this.#scenario = scenario;
    this.#spriteCache = spriteCache;
    this.#background = paintBackground(scenario);
    this.#sensor = new Sensor(scenario.noise, scenario.seed);
    this.#canvas = {
      width,
      height,
      rgb: new Uint8Array(width * height * 3),
      owners: new Uint8Array(width * height),
    };
  }

  /** Fills `full` and `view` of a slot; resolves with the ground truth. */
  async render(
    state: WorldState,
    slot: Pick<FrameSlot, 'full' | 'view'>,
    viewSize: ViewSize,
  ): Promise<TruthBox[]> {
    const sprites = await Promise.all(
      state.objects.map((object) => this.#spriteCache.get(object.class.emoji)),
    );
    const { camera } = state;
    const { width, height, blurPx } = this.#scenario;
    this.#paintBackground(camera.shakeX, camera.shakeY);
    const truth = this.#paintObjects(state, sprites);
    boxBlur(this.#canvas.rgb, width, height, camera.blur * blurPx);
    this.#sensor.read(this.#canvas.rgb, width, camera.light, camera.noiseSeed, slot.full);
    this.#views.run(slot.full, width, height, viewSize, slot.view);
    return truth;
  }

  /** Copies the frame's window of the background; camera shake moves the window. */
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

  #paintObjects({ objects, camera }: WorldState, sprites: readonly Sprite[]): TruthBox[] {
    /**
     * Solid pixels of each owner that are covered by objects in front of it; owners count from 1.
     */
    const covered = new Uint32Array(objects.length + 1);
    const onCovered = (former: number): void => {
      covered[former]!++;
    };
    const painted = objects.map((object, order) => {
      const sprite = sprites[order]!;
      const size = object.size * object.scale;
      const scale = size / Math.max(sprite.width, sprite.height);
      const x = object.foot.x + camera.shakeX;
      const footY = object.foot.y + camera.shakeY;
      this.#paintShadow(object, x, footY, sprite.width * scale);
      const y = footY - (sprite.height * scale) / 2 - object.lift * object.size;
      const placement = { x, y, size, angle: object.angle, mirrored: object.mirrored };
      const result = paintSprite(this.#canvas, sprite, placement, order + 1, onCovered);
      return { ...result, area: sprite.area * scale * scale };
    });
    // Visibility is only known after all objects are painted.
    return objects.flatMap((object, order) => {
      const { box, solid, area } = painted[order]!;
      const visible = Math.min(1, (solid - covered[order + 1]!) / area);
      if (box === null || visible < visibleMin) return [];
      return [{ objectId: object.objectId, class: object.class.name, box, visible }];
    });
  }

  /** Paints a shadow that grows and fades with the object's height above the floor. */
  #paintShadow(object: WorldObject, x: number, footY: number, width: number): void {
    const spread = 1 + object.lift;
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
}
