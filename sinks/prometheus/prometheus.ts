import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { LifelensEvent, MetricsMessage, ModelMessage, Sink } from '../events.ts';
import type { HttpCounts } from '../http/http-server.ts';
import { TotalsHistogram } from './totals-histogram.ts';

export interface PrometheusSinkOptions {
  /** Label of `lifelens_info`. */
  readonly version: string;
  /** The sinks whose dropped messages are exported. Default: none. */
  readonly sinks?: () => readonly Pick<Sink, 'name' | 'dropped'>[];
  /** What the HTTP server refused so far; undefined while there is none. Default: none. */
  readonly http?: () => HttpCounts | undefined;
}

/** Seconds; an update takes from tens of milliseconds to a minute. */
const learningBuckets = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60];

/**
 * Exports metrics and model events to Prometheus, in a registry of its own and in base units.
 *
 * Counters are set to the totals of each metrics message, so a series that ends in the pipeline
 * ends here, and label values never accumulate.
 *
 * @example
 * import { watch } from 'lifelens';
 * import { PrometheusSink } from 'lifelens/sinks';
 *
 * const prometheus = new PrometheusSink({ version: '1' });
 * await watch({ dashboard: { enabled: false } }, { sinks: [prometheus] });
 * console.log((await prometheus.render()).body);
 */
export class PrometheusSink implements Sink {
  readonly name = 'prometheus';
  readonly dropped = 0;
  readonly #registry = new Registry();
  readonly #gauges: Gauges;
  readonly #counters: Counters;
  readonly #detect: TotalsHistogram;
  readonly #latency: TotalsHistogram;
  readonly #labelToLive: Histogram;
  readonly #update: Histogram;
  readonly #version: string;
  readonly #http: () => HttpCounts | undefined;
  readonly #sinks: () => readonly Pick<Sink, 'name' | 'dropped'>[];
  #closed = false;

  constructor(options: PrometheusSinkOptions) {
    this.#version = options.version;
    this.#sinks = options.sinks ?? (() => []);
    this.#http = options.http ?? (() => undefined);
    this.#gauges = createGauges(this.#registry);
    this.#counters = createCounters(this.#registry);
    this.#detect = new TotalsHistogram(
      this.#registry,
      'lifelens_detect_seconds',
      'Duration of one detection.',
    );
    this.#latency = new TotalsHistogram(
      this.#registry,
      'lifelens_frame_latency_seconds',
      'From the arrival of a frame to its detections.',
    );
    this.#labelToLive = createHistogram(
      this.#registry,
      'lifelens_label_to_live_seconds',
      'From the first label to the first frame detected with the head that learned it.',
    );
    this.#update = createHistogram(
      this.#registry,
      'lifelens_update_seconds',
      'Duration of one learning update.',
    );
  }

  /** Sets the metrics that the event is about. */
  publish(event: LifelensEvent): void {
    if (this.#closed) return;
    if (event.type === 'metrics') this.#updateMetrics(event);
    if (event.type === 'model') this.#updateModel(event);
  }

  /** Renders the body of `/metrics`. */
  async render(): Promise<{ readonly contentType: string; readonly body: string }> {
    this.#counters.sinkDropped.reset();
    for (const { name, dropped } of this.#sinks()) {
      count(this.#counters.sinkDropped, dropped, { sink: name });
    }
    this.#countRefusals();
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }

  /** Ends updates; {@link render} keeps the last values. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#registry.clear();
  }

  #countRefusals(): void {
    const { wrongTokens, limitedRequests, evictedConnections } = this.#counters;
    const counts = this.#http();
    for (const counter of [wrongTokens, limitedRequests, evictedConnections]) counter.reset();
    count(wrongTokens, counts?.wrongTokens ?? 0);
    count(limitedRequests, counts?.limitedRequests ?? 0);
    count(evictedConnections, counts?.evictedConnections ?? 0);
  }

  #updateMetrics(message: MetricsMessage): void {
    for (const metric of Object.values(this.#gauges)) metric.reset();
    for (const metric of this.#counters.fromTotals) metric.reset();
    for (const metric of [this.#detect, this.#latency]) metric.clear();
    const { memory, questions, model, process } = message;
    const gauges = this.#gauges;
    gauges.info.set({ version: this.#version, engine: model.engine, strategy: model.strategy }, 1);
    set(gauges.uptime, message.uptimeMs / 1000);
    set(gauges.memory, memory.bytes);
    set(gauges.memoryMax, memory.bytesMax);
    set(gauges.samples, memory.samples);
    set(gauges.unlabelled, memory.unlabelled);
    set(gauges.headVersion, model.headVersion);
    set(gauges.headClasses, model.classes.length);
    set(gauges.rss, process.rssBytes);
    set(gauges.cpu, process.cpuPercent / 100);
    count(this.#counters.evicted, memory.evicted);
    count(this.#counters.asked, questions.asked);
    count(this.#counters.withdrawn, questions.withdrawn);
    count(this.#counters.swaps, model.swaps);
    count(this.#counters.refused, model.refused);
    this.#updateCameras(message);
    for (const { class: name, labelled, heldOutRecall, detections } of message.perClass) {
      set(gauges.classLabelled, labelled, { class: name });
      if (heldOutRecall !== null) set(gauges.classRecall, heldOutRecall, { class: name });
      count(this.#counters.classDetections, detections, { class: name });
    }
  }

  #updateCameras(message: MetricsMessage): void {
    const gauges = this.#gauges;
    for (const figures of message.cameras) {
      const { camera } = figures;
      set(gauges.cameraUp, figures.state === 'running' ? 1 : 0, { camera });
      set(gauges.tracks, figures.tracks, { camera });
      this.#detect.set(camera, figures.durations.detect);
      this.#latency.set(camera, figures.durations.latency);
      count(this.#counters.captured, figures.captured, { camera });
      count(this.#counters.detected, figures.detected, { camera });
      for (const [reason, frames] of Object.entries(figures.dropped)) {
        count(this.#counters.frameDropped, frames, { camera, reason });
      }
      for (const [result, tiles] of Object.entries(figures.tiles ?? {})) {
        if (result === 'found') count(this.#counters.tileObjects, tiles, { camera });
        else count(this.#counters.tiles, tiles, { camera, result });
      }
    }
  }

  #updateModel(event: ModelMessage): void {
    if (event.event === 'rolled-back') this.#counters.rolledBack.inc();
    if (event.event === 'failed') this.#counters.failed.inc();
    if (event.labelToLiveMs !== undefined) observe(this.#labelToLive, event.labelToLiveMs);
    if (event.updateMs !== undefined) observe(this.#update, event.updateMs);
  }
}

/** Skips values that are not finite: one bad value must not break the whole page. */
function set(gauge: Gauge, value: number, labels: Record<string, string> = {}): void {
  if (Number.isFinite(value)) gauge.set(labels, value);
}

function count(counter: Counter, value: number, labels: Record<string, string> = {}): void {
  if (Number.isFinite(value) && value >= 0) counter.inc(labels, value);
}

function observe(histogram: Histogram, ms: number): void {
  if (Number.isFinite(ms) && ms >= 0) histogram.observe(ms / 1000);
}

function createHistogram(registry: Registry, name: string, help: string): Histogram {
  return new Histogram({ name, help, buckets: learningBuckets, registers: [registry] });
}

type Gauges = ReturnType<typeof createGauges>;
type Counters = ReturnType<typeof createCounters>;

function createGauges(registry: Registry) {
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name: `lifelens_${name}`, help, labelNames, registers: [registry] });
  return {
    info: gauge('info', 'Version, engine and strategy; always 1.', [
      'version',
      'engine',
      'strategy',
    ]),
    uptime: gauge('uptime_seconds', 'Time since the start.'),
    cameraUp: gauge('camera_up', '1 while the camera delivers frames.', ['camera']),
    tracks: gauge('tracks', 'Active tracks.', ['camera']),
    memory: gauge('memory_bytes', 'Memory used by the stored samples.'),
    memoryMax: gauge('memory_bytes_max', 'Cap on the memory of the stored samples.'),
    samples: gauge('memory_samples', 'Stored samples.'),
    unlabelled: gauge('memory_unlabelled_samples', 'Stored samples without a label.'),
    headVersion: gauge('head_version', 'Version of the active head.'),
    headClasses: gauge('head_classes', 'Classes that the active head has learned.'),
    classLabelled: gauge('class_labelled_samples', 'Labelled samples of a class.', ['class']),
    classRecall: gauge('class_held_out_recall', 'Recall on held-out samples, 0 to 1.', ['class']),
    rss: gauge('process_resident_memory_bytes', 'Resident memory of the process.'),
    cpu: gauge('process_cpu_ratio', 'Processor time per second; 1 is one core.'),
  };
}

function createCounters(registry: Registry) {
  const counter = (name: string, help: string, labelNames: string[] = []): Counter =>
    new Counter({ name: `lifelens_${name}_total`, help, labelNames, registers: [registry] });
  const totals = {
    captured: counter('frames_captured', 'Frames captured from the camera.', ['camera']),
    detected: counter('frames_detected', 'Frames that were detected.', ['camera']),
    frameDropped: counter('frames_dropped', 'Frames captured but not detected.', [
      'camera',
      'reason',
    ]),
    tiles: counter('tiles', 'Parts of pictures that were detected at full resolution.', [
      'camera',
      'result',
    ]),
    tileObjects: counter('tile_objects', 'Objects that only such parts showed.', ['camera']),
    evicted: counter('samples_evicted', 'Samples evicted to keep the memory under its cap.'),
    asked: counter('questions', 'Objects that were asked about.'),
    withdrawn: counter('questions_withdrawn', 'Of these, objects that turned out to be known.'),
    swaps: counter('swaps', 'Heads that were activated.'),
    refused: counter('refused', 'Candidate heads that the gate refused.'),
    classDetections: counter('class_detections', 'Detections of a class.', ['class']),
  };
  return {
    ...totals,
    /** Counters that are set from the totals of each metrics message. */
    fromTotals: Object.values(totals),
    rolledBack: counter('rolled_back', 'Rollbacks to an older head.'),
    failed: counter('failed_updates', 'Learning updates that failed.'),
    wrongTokens: counter('http_wrong_tokens', 'Wrong tokens that were presented.'),
    limitedRequests: counter(
      'http_limited_requests',
      'Requests refused because of wrong tokens before them.',
    ),
    evictedConnections: counter(
      'http_evicted_connections',
      'Connections closed to make room for newer ones.',
    ),
    sinkDropped: counter('sink_messages_dropped', 'Messages that a sink dropped.', ['sink']),
  };
}
