import type {
  Command,
  CommandResult,
  MetricsMessage,
  ModelMessage,
  SampleMessage,
} from '../../sinks/events.ts';
import type { HealthReport } from '../../sinks/health.ts';
import type { AccessToken } from '../../sinks/http/access-tokens.ts';
import { type HttpServer, startHttpServer } from '../../sinks/http/http-server.ts';
import { WebSocketSink } from '../../sinks/websocket/websocket.ts';
import { answerCommands } from '../sinks/answer-commands.ts';
import type { FakeWorld } from './fake-world.ts';

const [cameras, frameMs] = [['yard', 'gate'], 66];
const sight = { detector: 'centernet', encoder: 'backbone', view: [320, 320] } as const;

/** A lifelens without cameras and models: publishes synthetic events and answers commands. */
export class FakeLifelens {
  readonly commands: [Command, string][] = [];
  readonly samples = new Map<string, SampleMessage>();
  /** What `/healthz` tells. */
  health: HealthReport = { live: true, ready: true, parts: [] };
  /** Sent with the answer to the next command. */
  note: string | null = null;
  readonly #tokens: readonly AccessToken[];
  readonly #world: FakeWorld;
  readonly #learned = new Map<string, string>();
  #http: HttpServer | null = null;
  #sink: WebSocketSink | null = null;
  #timer: NodeJS.Timeout | null = null;
  #frame = 0;
  #headVersion = 3;
  #labels = 0;

  constructor(world: FakeWorld, tokens: readonly AccessToken[] = []) {
    this.#world = world;
    this.#tokens = tokens;
  }

  get url(): string {
    return this.#http?.url ?? '';
  }

  get port(): number {
    return this.#http?.port ?? 0;
  }

  get sink(): WebSocketSink {
    return this.#sink!;
  }

  async start(port = 0): Promise<void> {
    this.#http = await startHttpServer({
      port,
      tokens: this.#tokens,
      health: () => this.health,
    });
    this.#sink = new WebSocketSink({
      http: this.#http,
      hello: () => ({
        version: '0.1.0',
        cameras,
        engine: 'onnx (CPU)',
        ...sight,
        strategy: 'ridge',
        headVersion: this.#headVersion,
        classes: this.#classes,
        baseClasses: ['person', 'car', 'dog', 'bicycle', 'traffic light'],
      }),
      samples: () => [...this.samples.values()].filter(({ label }) => label === null).reverse(),
    });
    answerCommands(this.#sink, async (command, by) => {
      const answer = await this.#handle(command, by);
      const note = this.note;
      this.note = null;
      return answer.ok && note !== null ? { ...answer, note } : answer;
    });
    this.#publishHistory();
    this.#timer = setInterval(() => void this.#tick(), frameMs);
  }

  async stop(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#sink?.close();
    await this.#http?.close();
  }

  /** Adds and publishes a sample of an unknown. */
  async addSample(clusterId: string, fields: Partial<SampleMessage> = {}): Promise<void> {
    const size = [...this.samples.values()].filter((s) => s.clusterId === clusterId).length + 1;
    const sample: SampleMessage = {
      type: 'sample',
      camera: 'yard',
      sampleId: `${clusterId}-${size}`,
      clusterId,
      trackId: 4,
      timestampMs: Date.now(),
      timeBasis: 'arrival',
      frameId: 'yard',
      novelty: 0.76 + size / 50,
      clusterSize: size,
      ...{ asked: true, worth: 0.5 + size / 50 },
      thumbnail: await this.#world.thumbnail(clusterId, size),
      label: null,
      ...fields,
    };
    this.samples.set(sample.sampleId, sample);
    this.#sink?.publish(sample);
  }

  get #classes(): string[] {
    return [...new Set(['traffic cone', ...this.#learned.values()])];
  }

  async #handle(command: Command, by: string): Promise<CommandResult> {
    this.commands.push([command, by]);
    if (command.command === 'undo') {
      this.#relabel((label) => label !== null, null);
      this.#learned.clear();
      return { ok: true };
    }
    if (command.command === 'rename' || command.command === 'merge') {
      const to = command.command === 'rename' ? command.to : command.into;
      for (const [cluster, name] of this.#learned) {
        if (name === command.class) this.#learned.set(cluster, to);
      }
      return { ok: true };
    }
    if (command.command === 'remove') {
      for (const [cluster, name] of this.#learned) {
        if (name === command.class) this.#learned.delete(cluster);
      }
      return { ok: true };
    }
    if (command.command === 'rollback') return { ok: true, headVersion: --this.#headVersion };
    if (!('target' in command) || !('clusterId' in command.target)) return { ok: true };
    const { clusterId } = command.target;
    const samples = [...this.samples.values()].filter((s) => s.clusterId === clusterId);
    if (samples.length === 0) {
      return { ok: false, code: 'unknown-target', message: `no samples of ${clusterId} are kept` };
    }
    if (command.command === 'label') {
      this.#relabel((_label, sample) => sample.clusterId === clusterId, command.class);
      this.#learned.set(clusterId, command.class);
      this.#swap(command.class, samples.length);
    }
    const named = { notA: 'class' in command ? `not ${command.class}` : '', dismiss: 'background' };
    const label = named[command.command as keyof typeof named];
    if (label) this.#relabel((_label, sample) => sample.clusterId === clusterId, label);
    return { ok: true, labelId: `l${++this.#labels}`, samples: samples.length };
  }

  #relabel(which: (label: string | null, sample: SampleMessage) => boolean, label: string | null) {
    for (const sample of this.samples.values()) {
      if (!which(sample.label, sample)) continue;
      const changed = { ...sample, label };
      this.samples.set(sample.sampleId, changed);
      this.#sink?.publish(changed);
    }
  }

  #swap(name: string, samples: number): void {
    this.#headVersion += 1;
    this.#sink?.publish({
      type: 'model',
      event: 'swapped',
      headVersion: this.#headVersion,
      classes: this.#classes,
      timestampMs: Date.now(),
      detail: `learned ${name} from ${samples} samples`,
      labelToLiveMs: 840,
      updateMs: 212,
      verdicts: [
        { class: 'traffic cone', before: 0.93, after: 0.94, samples: 16 },
        { class: name, before: null, after: 0.88, samples },
      ],
    });
  }

  #publishHistory(): void {
    const base = {
      type: 'model',
      classes: this.#classes,
      timestampMs: Date.now() - 90_000,
    } as const;
    const history: Pick<
      ModelMessage,
      'event' | 'headVersion' | 'detail' | 'verdicts' | 'labelToLiveMs' | 'updateMs'
    >[] = [
      { event: 'learning', headVersion: 2, detail: 'traffic cone: 14 new labels' },
      {
        event: 'swapped',
        headVersion: 3,
        detail: 'learned traffic cone from 14 samples',
        labelToLiveMs: 1240,
        updateMs: 380,
        verdicts: [{ class: 'traffic cone', before: null, after: 0.93, samples: 14 }],
      },
      {
        event: 'refused',
        headVersion: 3,
        detail:
          'traffic cone 15 of 16 → 13 of 16, fell too far; hammer: 1 of 2 held-out recalled, unproven',
        verdicts: [
          {
            class: 'traffic cone',
            before: 0.94,
            after: 0.81,
            samples: 16,
            hits: { before: 15, after: 13, best: 15 },
            status: 'fell',
            refused: true,
          },
          {
            class: 'hammer',
            before: null,
            after: 0.5,
            samples: 2,
            hits: { before: null, after: 1, best: null },
            status: 'unproven',
          },
        ],
      },
    ];
    for (const event of history) this.#sink?.publish({ ...base, ...event });
  }

  async #tick(): Promise<void> {
    const sink = this.#sink!;
    const frame = ++this.#frame;
    for (const camera of cameras) {
      const shift = camera === 'gate' ? frame + 400 : frame;
      const objects = this.#world.objects(shift, this.#learned);
      const { width, height } = this.#world;
      const timestampMs = frame * frameMs;
      const time = { camera, frame, timestampMs, timeBasis: 'media', frameId: camera } as const;
      if (sink.wantsPictures(camera)) {
        const jpeg = await this.#world.picture(shift);
        sink.publishPicture({ camera, frame, timestampMs, jpeg });
      }
      sink.publish({ type: 'detections', ...time, width, height, ...sight, ...objects });
    }
    if (frame % 5 === 0) sink.publish(this.#metrics(frame));
  }

  #metrics(frame: number): MetricsMessage {
    const wave = Math.sin(frame / 30);
    return {
      type: 'metrics',
      timestampMs: Date.now(),
      uptimeMs: frame * frameMs,
      cameras: cameras.map((camera) => ({
        camera,
        state: 'running',
        captured: frame + 12_000,
        detected: frame + 11_874,
        dropped: { busy: 118, late: 8 },
        captureFps: 25,
        detectFps: 23.4 + wave,
        latencyMs: { p50: 41 + 4 * wave, p99: 88 },
        detectMs: { p50: 31, p99: 52 },
        durations: {
          latency: { upTo: [0, 0, 9, 8000, 11_000, 11_874], sumMs: 500_000 },
          detect: { upTo: [0, 0, 900, 11_000, 11_874], sumMs: 380_000 },
        },
        tracks: 6,
      })),
      memory: {
        bytes: 9_700_000 + 40_000 * wave,
        bytesMax: 16_777_216,
        ...{ samples: 312, unlabelled: 96, evicted: 41 },
      },
      questions: { asked: 23, withdrawn: 4 },
      model: {
        headVersion: this.#headVersion,
        classes: this.#classes,
        strategy: 'ridge',
        engine: 'onnx (CPU)',
        ...sight,
        swaps: this.#headVersion,
        refused: 1,
      },
      process: { rssBytes: 412_000_000, cpuPercent: 131 },
      perClass: [
        { class: 'traffic cone', labelled: 20, heldOutRecall: 0.93, detections: 1_842 + frame },
        ...[...this.#learned.values()].map((name) => ({
          class: name,
          labelled: 8,
          heldOutRecall: 0.88,
          detections: frame,
        })),
        { class: 'person', labelled: 0, heldOutRecall: null, detections: 20_418 },
        { class: 'car', labelled: 0, heldOutRecall: null, detections: 9_120 },
        { class: 'dog', labelled: 0, heldOutRecall: null, detections: 377 },
      ],
    };
  }
}
