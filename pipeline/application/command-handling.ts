import { HeadHistoryError } from '../../operators/swap/head-history.ts';
import type { Command, CommandResult, EventBox } from '../../sinks/events.ts';
import type { Camera } from './camera.ts';
import { LabelDesk, LabelError, type LabelDeskParts } from '../../operators/label/label-desk.ts';
import type { Learning } from './learning.ts';
import type { SampleMaker } from './sampling/sample-maker.ts';
import type { Sample } from '../../operators/remember/sample.ts';
import type { HeadHistory } from '../../operators/swap/head-history.ts';

export interface CommandHandlingParts extends Omit<LabelDeskParts, 'sampleBox' | 'boxOfTrack'> {
  readonly cameras: ReadonlyMap<string, Camera>;
  readonly maker: SampleMaker;
  readonly learning: Pick<Learning, 'rollback'>;
  readonly line: HeadHistory;
}

/** Carries out commands, whoever sent them; never rejects. */
export class CommandHandling {
  readonly #parts: CommandHandlingParts;
  readonly #desk: LabelDesk;
  readonly #whenQuiet: (() => void)[] = [];
  #underWay = 0;
  #boxes = 0;

  constructor(parts: CommandHandlingParts) {
    this.#parts = parts;
    this.#desk = new LabelDesk({
      ...parts,
      sampleBox: (target) => this.#sampleBox(target),
      boxOfTrack: (camera, trackId) => this.#boxOfTrack(camera, trackId),
    });
  }

  /** Resolves when no command is under way, or after `maxMs`: labels that come together are learned together. */
  async quiet(maxMs: number): Promise<void> {
    if (this.#underWay === 0) return;
    let timeout: NodeJS.Timeout | undefined;
    await Promise.race([
      new Promise<void>((resolve) => this.#whenQuiet.push(resolve)),
      new Promise<void>((resolve) => {
        timeout = setTimeout(resolve, maxMs);
      }),
    ]);
    clearTimeout(timeout);
  }

  async handle(command: Command, by: string): Promise<CommandResult> {
    this.#underWay++;
    try {
      return await this.#carryOut(command, by);
    } finally {
      this.#underWay--;
      if (this.#underWay === 0) for (const resolve of this.#whenQuiet.splice(0)) resolve();
    }
  }

  async #carryOut(command: Command, by: string): Promise<CommandResult> {
    try {
      switch (command.command) {
        case 'pause':
        case 'resume':
          for (const camera of this.#named(command.camera)) camera[command.command]();
          return { ok: true };
        case 'rollback': {
          const { line, learning } = this.#parts;
          // Asked first: the answer then names what is wrong with the version.
          line.target(command.version);
          await learning.rollback(command.version);
          return { ok: true, headVersion: line.active.version };
        }
        default:
          return await this.#desk.handle(command, by);
      }
    } catch (error) {
      if (error instanceof LabelError || error instanceof HeadHistoryError) {
        return { ok: false, code: error.code, message: error.message };
      }
      const message = error instanceof Error ? error.message : String(error);
      return { ok: false, code: 'failed', message };
    }
  }

  #named(name: string | undefined): Iterable<Camera> {
    if (name === undefined) return this.#parts.cameras.values();
    return [this.#camera(name)];
  }

  #camera(name: string): Camera {
    const camera = this.#parts.cameras.get(name);
    if (camera !== undefined) return camera;
    const known = [...this.#parts.cameras.keys()].join(', ');
    throw new LabelError('unknown-target', `there is no camera ${name}; there are ${known}`);
  }

  #boxOfTrack(cameraName: string, trackId: number): EventBox {
    const track = this.#camera(cameraName).tracks.find(({ id }) => id === trackId);
    if (track !== undefined) return track.box;
    throw new LabelError('unknown-target', `track ${trackId} is not in sight of ${cameraName}`);
  }

  async #sampleBox(target: {
    readonly camera: string;
    readonly box: EventBox;
    readonly frame?: number;
    readonly proposed?: boolean;
  }): Promise<Sample> {
    const { recent } = this.#camera(target.camera);
    const frame = recent.find(target.frame);
    if (frame === null) {
      const held =
        recent.range === null
          ? 'none is held yet'
          : `held are ${recent.range[0]} to ${recent.range[1]}; leave "frame" out for the newest`;
      throw new LabelError(
        'frame-gone',
        target.frame === undefined
          ? `${target.camera} has shown no frame yet`
          : `frame ${target.frame} is not held: ${held}`,
      );
    }
    const [x0, y0, x1, y1] = target.box;
    const box: EventBox = [
      Math.max(0, x0),
      Math.max(0, y0),
      Math.min(frame.sourceWidth, x1),
      Math.min(frame.sourceHeight, y1),
    ];
    if (box[2] - box[0] < 2 || box[3] - box[1] < 2) {
      const size = `${frame.sourceWidth} × ${frame.sourceHeight}`;
      throw new LabelError('unknown-target', `the box has no area inside the ${size} picture`);
    }
    this.#boxes++;
    // No track: numbered below zero, so that each box counts as an object of its own.
    const facts = { trackId: -this.#boxes, clusterId: `box${this.#boxes}` };
    const origin = target.proposed === true ? 'proposed' : 'drawn';
    return this.#parts.maker.make(frame, { box, novelty: 0, ...facts }, origin);
  }
}
