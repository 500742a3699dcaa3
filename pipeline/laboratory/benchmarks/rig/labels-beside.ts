import { setTimeout as delay } from 'node:timers/promises';
import type { CameraMetrics, DetectionsMessage, ModelMessage } from '../../../../sinks/events.ts';
import { quantile } from './benchmark.ts';
import { BusyProcesses } from './busy-processes.ts';
import { Client } from './client.ts';
import type { LabelledPlace } from './labelled-place.ts';
import { startRun } from './measured-run.ts';

export interface LabelsBesideOptions {
  /** Arguments of `lifelens run`. */
  readonly args: readonly string[];
  readonly camera: string;
  readonly place: LabelledPlace;
  /** Busy processes of ordinary priority. */
  readonly busy: number;
  /** Labels beside them; a quarter of that without them. */
  readonly labels: number;
  /** Time in which the frame rate without learning is measured, in ms. */
  readonly watchMs: number;
}

/** A label that is not live after this long counts as lost, in ms. */
const labelMaxMs = 300_000;
/** Time between a head that went live and the next label, in ms. */
const betweenMs = 500;

/** One running lifelens: what its camera delivers, and single labels sent to it. */
class LabelledRun {
  readonly #options: LabelsBesideOptions;
  readonly #client: Client;
  readonly #detectedMs: number[] = [];
  readonly #onModel = new Set<(message: ModelMessage) => void>();
  dropped: CameraMetrics['dropped'] = {};
  #newest = -1;

  constructor(options: LabelsBesideOptions, client: Client) {
    this.#options = options;
    this.#client = client;
    client.onEvent = (message, atMs) => {
      if (message.type === 'detections') this.#note(message, atMs);
      if (message.type === 'model') for (const notify of this.#onModel) notify(message);
      if (message.type === 'metrics') {
        const own = message.cameras.find(({ camera }) => camera === this.#options.camera);
        this.dropped = own?.dropped ?? {};
      }
    };
  }

  /** Detected frames per second between two times. */
  fps(fromMs: number, untilMs: number): number {
    const frames = this.#detectedMs.filter((atMs) => atMs >= fromMs && atMs < untilMs).length;
    return (1000 * frames) / (untilMs - fromMs);
  }

  /** Frames per second without learning, measured now. */
  async idleFps(): Promise<number> {
    const fromMs = performance.now();
    await delay(this.#options.watchMs);
    return this.fps(fromMs, performance.now());
  }

  /** Sends labels one by one; returns the time of each until its head detected a frame. */
  async sendLabels(count: number) {
    const times: number[] = [];
    const refused: string[] = [];
    const startedMs = performance.now();
    let learningMs = 0;
    let learningFrames = 0;
    for (let i = 0; times.length + refused.length < count; i++) {
      const sentMs = performance.now();
      const problem = await this.#sendLabel(i);
      const tookMs = performance.now() - sentMs;
      if (problem === null) times.push(tookMs);
      else refused.push(problem);
      learningMs += tookMs;
      learningFrames += (this.fps(sentMs, sentMs + tookMs) * tookMs) / 1000;
      process.stderr.write(`label ${i + 1}: ${problem ?? `${Math.round(tookMs)} ms`}\n`);
      await delay(betweenMs);
    }
    return {
      p50Ms: Math.round(quantile(times, 0.5)),
      p95Ms: Math.round(quantile(times, 0.95)),
      maxMs: Math.round(Math.max(...times)),
      fps: this.fps(startedMs, performance.now()),
      fpsWhileLearning: (1000 * learningFrames) / learningMs,
      refused,
      timesMs: times.map(Math.round),
    };
  }

  /** Resolves with null once the label's head is live, or with what went wrong. */
  async #sendLabel(index: number): Promise<string | null> {
    const { camera, place } = this.#options;
    const boxes = await this.#visibleBoxes();
    const shift = ((index % 3) - 1) / 2;
    const [x0, y0, x1, y1] = boxes[index % boxes.length]!;
    const box = [x0 + shift, y0, x1 + shift, y1] as const;
    const outcome = this.#outcome();
    const target = { box, camera };
    const answer = await this.#client.send({ command: 'label', class: place.class, target });
    return answer.ok ? outcome : `rejected: ${answer.message}`;
  }

  #outcome(): Promise<string | null> {
    return new Promise((resolve) => {
      const done = (result: string | null): void => {
        this.#onModel.delete(notify);
        clearTimeout(timer);
        resolve(result);
      };
      const notify = ({ event, labelToLiveMs, detail }: ModelMessage): void => {
        // A head without this time learned background only.
        if (event === 'swapped' && labelToLiveMs !== undefined) done(null);
        if (event === 'refused' || event === 'failed') done(detail);
      };
      const timer = setTimeout(() => done('not live in time'), labelMaxMs);
      this.#onModel.add(notify);
    });
  }

  async #visibleBoxes() {
    const { place } = this.#options;
    for (;;) {
      const boxes = this.#newest < place.firstFrame ? [] : (place.boxesIn(this.#newest) ?? []);
      if (boxes.length > 0) return boxes;
      await delay(20);
    }
  }

  #note({ frame }: DetectionsMessage, atMs: number): void {
    this.#newest = frame;
    this.#detectedMs.push(atMs);
  }
}

/**
 * Sends single labels to one run, first with the machine to itself and then beside busy processes,
 * and compares times and frame rates.
 */
export async function labelsBeside(options: LabelsBesideOptions) {
  const { args, busy, labels } = options;
  const run = startRun([...args, '--port', '0']);
  const client = await Client.connect(await run.lifelens.url());
  const live = new LabelledRun(options, client);
  await delay(Math.min(5000, options.watchMs));
  const alone = {
    idleFps: await live.idleFps(),
    ...(await live.sendLabels(Math.ceil(labels / 4))),
  };
  const busyProcesses = new BusyProcesses(busy);
  await delay(1000);
  const beside = { idleFps: await live.idleFps(), ...(await live.sendLabels(labels)) };
  busyProcesses.end();
  client.close();
  run.stop();
  await run.report;
  return {
    busy,
    alone,
    beside,
    ratios: {
      p95: beside.p95Ms / alone.p95Ms,
      idleFps: beside.idleFps / alone.idleFps,
      fpsWhileLearningAlone: alone.fpsWhileLearning / alone.idleFps,
      fpsWhileLearningBeside: beside.fpsWhileLearning / beside.idleFps,
    },
    dropped: live.dropped,
  };
}
