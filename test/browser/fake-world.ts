import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import type { DetectionEvent, EventBox, UnknownEvent } from '../../sinks/events.ts';

const sceneWidth = 960;
const sceneHeight = 540;

interface Actor {
  readonly class: string;
  readonly emoji: string;
  readonly size: number;
  readonly y: number;
  /** Pixels per frame. */
  readonly speed: number;
  readonly from: number;
  readonly kind: 'base' | 'learned' | 'unknown';
  readonly trackId: number;
  readonly clusterId: string;
}

const actorSpecs: readonly Omit<Actor, 'trackId'>[] = [
  ...[
    { class: 'car', emoji: '1f697', size: 190, y: 150, speed: 3.1, from: 40 },
    { class: 'person', emoji: '1f6b6-1f3fd', size: 150, y: 210, speed: 1.3, from: 420 },
    { class: 'dog', emoji: '1f415', size: 105, y: 330, speed: -1.7, from: 700 },
  ].map((actor) => ({ ...actor, kind: 'base' as const, clusterId: '' })),
  {
    class: 'traffic cone',
    emoji: '1f6a7',
    size: 110,
    y: 380,
    speed: 0.2,
    from: 250,
    kind: 'learned',
    clusterId: '',
  },
  {
    class: 'hammer',
    emoji: '1f528',
    size: 100,
    y: 400,
    speed: 0.9,
    from: 520,
    kind: 'unknown',
    clusterId: 'cluster-1',
  },
  {
    class: 'parcel',
    emoji: '1f4e6',
    size: 120,
    y: 300,
    speed: -0.6,
    from: 860,
    kind: 'unknown',
    clusterId: 'cluster-2',
  },
];

const sceneSvg = `<svg xmlns="http://www.w3.org/2000/svg" width="${sceneWidth}" height="${sceneHeight}">
  <defs><linearGradient id="s" x2="0" y2="1"><stop stop-color="#9fc3df"/><stop offset="1" stop-color="#e6dccb"/></linearGradient>
  <linearGradient id="g" x2="0" y2="1"><stop stop-color="#8c8f8a"/><stop offset="1" stop-color="#5d605f"/></linearGradient></defs>
  <rect width="960" height="540" fill="url(#s)"/>
  <path d="M0 210 160 120 330 200 520 90 760 190 960 130V300H0z" fill="#7d9a86"/>
  <rect x="90" y="120" width="240" height="140" fill="#b98d6e"/><rect x="120" y="150" width="50" height="50" fill="#dfe9f0"/>
  <rect x="230" y="150" width="50" height="50" fill="#dfe9f0"/><rect x="640" y="90" width="210" height="170" fill="#a5786a"/>
  <rect x="680" y="130" width="44" height="54" fill="#e7eef3"/><rect x="760" y="130" width="44" height="54" fill="#e7eef3"/>
  <rect y="250" width="960" height="290" fill="url(#g)"/>
  <g fill="#d9d3b4"><rect x="40" y="350" width="90" height="8"/><rect x="240" y="350" width="90" height="8"/>
  <rect x="440" y="350" width="90" height="8"/><rect x="640" y="350" width="90" height="8"/><rect x="840" y="350" width="90" height="8"/></g>
</svg>`;

/** A synthetic yard with moving emoji: its pictures and their objects, by frame. */
export class FakeWorld {
  readonly width = sceneWidth;
  readonly height = sceneHeight;
  readonly #scene: Buffer;
  readonly #actors: readonly (Actor & { readonly image: Buffer })[];

  private constructor(scene: Buffer, actors: readonly (Actor & { readonly image: Buffer })[]) {
    this.#scene = scene;
    this.#actors = actors;
  }

  static async create(): Promise<FakeWorld> {
    const require = createRequire(import.meta.url);
    const folder = dirname(require.resolve('@lobehub/fluent-emoji-3d/package.json'));
    const actors = [];
    for (const [trackId, actor] of actorSpecs.entries()) {
      const bytes = await readFile(join(folder, 'assets', `${actor.emoji}.webp`));
      const image = await sharp(bytes).resize(actor.size, actor.size).png().toBuffer();
      actors.push({ ...actor, trackId, image });
    }
    return new FakeWorld(await sharp(Buffer.from(sceneSvg)).raw().toBuffer(), actors);
  }

  /** The objects of a frame; `learned` maps labelled clusters to their classes. */
  objects(frame: number, learned: ReadonlyMap<string, string>) {
    const detections: DetectionEvent[] = [];
    const unknowns: UnknownEvent[] = [];
    for (const actor of this.#actors) {
      const box = this.#boxOf(actor, frame);
      const { trackId, clusterId } = actor;
      const className = actor.kind === 'unknown' ? learned.get(clusterId) : actor.class;
      if (className === undefined) {
        unknowns.push({ trackId, clusterId, box, novelty: 0.83 });
        continue;
      }
      const by = actor.kind === 'base' ? 'base' : 'learned';
      const score = 0.72 + 0.2 * Math.sin(frame / 40 + trackId) ** 2;
      detections.push({ class: className, score, box, trackId, headVersion: 3, by });
    }
    return { detections, unknowns };
  }

  picture(frame: number): Promise<Buffer> {
    const layers = this.#actors.map((actor) => {
      const [left, top] = this.#boxOf(actor, frame);
      return { input: actor.image, left: Math.round(left), top: Math.round(top) };
    });
    const raw = { width: sceneWidth, height: sceneHeight, channels: 4 as const };
    return sharp(this.#scene, { raw }).composite(layers).jpeg({ quality: 80 }).toBuffer();
  }

  /** A thumbnail of an unknown as base64 JPEG; `variant` varies rotation and background. */
  async thumbnail(clusterId: string, variant: number): Promise<string> {
    const actor = this.#actors.find((candidate) => candidate.clusterId === clusterId);
    const background = { r: 120, g: 122 + variant * 8, b: 118, alpha: 1 };
    const image = sharp(actor?.image ?? this.#actors[0]!.image).rotate(variant * 9, {
      background: { ...background, alpha: 0 },
    });
    const jpeg = await image
      .resize(128, 128, { fit: 'contain', background })
      .flatten({ background })
      .jpeg({ quality: 75 })
      .toBuffer();
    return jpeg.toString('base64');
  }

  #boxOf({ size, y, speed, from }: Actor, frame: number): EventBox {
    const range = sceneWidth - size;
    // The object moves back and forth between the picture's edges.
    const offset = (((from + speed * frame) % (2 * range)) + 2 * range) % (2 * range);
    const x = offset < range ? offset : 2 * range - offset;
    return [x, y, x + size, y + size];
  }
}
