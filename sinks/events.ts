import type { Observable } from 'rxjs';
import type { DurationTotals } from '../operators/foundation/numbers/duration-counts.ts';
import type { TimeBasis } from '../operators/foundation/time/time-basis.ts';
import type { Principal } from './principal.ts';

/** Left, top, right and bottom edge in source pixels. */
export type EventBox = readonly [number, number, number, number];

export interface DetectionEvent {
  readonly class: string;
  /** 0..1 */
  readonly score: number;
  readonly box: EventBox;
  readonly trackId: number;
  readonly headVersion: number;
  /** Whether the class came from the frozen model or from the learned head. */
  readonly by: 'base' | 'learned';
  /** Present where a tile at full resolution showed it last; the box is carried on by the track. */
  readonly seenBy?: 'tile';
}

export interface UnknownEvent {
  readonly trackId: number;
  readonly clusterId: string;
  readonly box: EventBox;
  /** 0..1 */
  readonly novelty: number;
}

/** Detections of one frame; published for every detected frame. */
export interface DetectionsMessage {
  readonly type: 'detections';
  readonly camera: string;
  readonly frame: number;
  readonly timestampMs: number;
  /** What `timestampMs` is the time of. */
  readonly timeBasis: TimeBasis;
  /** Name of the camera's coordinate frame, as in `frame_id` of ROS. */
  readonly frameId: string;
  readonly width: number;
  readonly height: number;
  /** The model that detected, as heads record it. */
  readonly detector: string;
  /** Width and height of its input for this frame, in pixels. */
  readonly view: readonly [number, number];
  readonly detections: readonly DetectionEvent[];
  readonly unknowns: readonly UnknownEvent[];
}

/** A sample of an unknown object; published when it is stored and when its label changes. */
export interface SampleMessage {
  readonly type: 'sample';
  readonly camera: string;
  readonly sampleId: string;
  readonly clusterId: string;
  readonly trackId: number;
  readonly timestampMs: number;
  /** What `timestampMs` is the time of. */
  readonly timeBasis: TimeBasis;
  /** Name of the camera's coordinate frame, as in `frame_id` of ROS. */
  readonly frameId: string;
  readonly novelty: number;
  /** Number of samples in the cluster. */
  readonly clusterSize: number;
  /** Whether to ask somebody about it by now: a sample is taken before that is known. */
  readonly asked: boolean;
  /** What an answer would bring, ≥ 0: the question of the largest comes first. */
  readonly worth: number;
  /** Base64 JPEG; empty where thumbnails are off. */
  readonly thumbnail: string;
  /** Null until labelled, then the class name, `not <class>` or `background`. */
  readonly label: string | null;
}

export interface PerClassVerdict {
  readonly class: string;
  /** Recall on held-out samples, 0..1; null where the head does not know the class. */
  readonly before: number | null;
  readonly after: number | null;
  readonly samples: number;
  /** Samples recalled by the active head, the new one, and the best head that the class has had. */
  readonly hits?: {
    readonly before: number | null;
    readonly after: number | null;
    readonly best: number | null;
  };
  readonly status?:
    | 'kept'
    | 'rose'
    | 'fell'
    | 'untested'
    | 'new'
    | 'unproven'
    | 'too-few'
    | 'withdrawn'
    | 'missing';
  /** Whether its loss or its false alarms are more than chance and tolerance explain. */
  readonly refused?: boolean;
  /** Held-out objects of other classes that are taken for it; `others`: how many there are. */
  readonly falseAlarms?: {
    readonly before: number | null;
    readonly after: number | null;
    readonly others: number;
  };
}

/** A change of the model, or an attempt at one. */
export interface ModelMessage {
  readonly type: 'model';
  readonly event: 'learning' | 'swapped' | 'refused' | 'rolled-back' | 'failed';
  readonly headVersion: number;
  readonly classes: readonly string[];
  readonly timestampMs: number;
  /** A summary in one line. */
  readonly detail: string;
  /** ms from the first label's arrival to the first frame detected with the head; on `swapped`. */
  readonly labelToLiveMs?: number;
  readonly updateMs?: number;
  readonly verdicts?: readonly PerClassVerdict[];
}

export interface CameraMetrics {
  readonly camera: string;
  readonly state: 'starting' | 'running' | 'lost' | 'paused' | 'ended' | 'failed';
  readonly captured: number;
  readonly detected: number;
  /** Frames by the reason they were dropped for. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly captureFps: number;
  readonly detectFps: number;
  /** Capture to detections, over the last window. */
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  readonly detectMs: { readonly p50: number; readonly p99: number };
  /** The same durations, of every frame since the start. */
  readonly durations: { readonly latency: DurationTotals; readonly detect: DurationTotals };
  readonly tracks: number;
  /**
   * Tiles since the start by what became of them, and objects that only they showed; absent
   * before the first one.
   */
  readonly tiles?: Readonly<Record<'looked' | 'withdrawn' | 'failed' | 'found', number>>;
}

/** Throughput, memory and learning figures; published once per second. */
export interface MetricsMessage {
  readonly type: 'metrics';
  readonly timestampMs: number;
  readonly uptimeMs: number;
  readonly cameras: readonly CameraMetrics[];
  readonly memory: {
    readonly bytes: number;
    readonly bytesMax: number;
    readonly samples: number;
    readonly unlabelled: number;
    readonly evicted: number;
  };
  /** Since the start: objects that were asked about, and those no longer, though unanswered. */
  readonly questions: { readonly asked: number; readonly withdrawn: number };
  readonly model: {
    readonly headVersion: number;
    readonly classes: readonly string[];
    readonly strategy: string;
    readonly engine: string;
    /** The models that see, as heads and samples record them. */
    readonly detector: string;
    readonly encoder: string;
    /**
     * Width and height of the detector's input, in pixels, of cameras that are opened now; of a
     * square of as many pixels where each camera has one of its own shape.
     */
    readonly view: readonly [number, number];
    readonly swaps: number;
    readonly refused: number;
  };
  readonly process: { readonly rssBytes: number; readonly cpuPercent: number };
  /** Labelled samples, held-out recall and detections per class. */
  readonly perClass: readonly {
    readonly class: string;
    readonly labelled: number;
    readonly heldOutRecall: number | null;
    readonly detections: number;
  }[];
}

/** A change of a camera's state; `detail` is one line. */
export interface CameraMessage {
  readonly type: 'camera';
  readonly camera: string;
  readonly state: CameraMetrics['state'];
  readonly detail: string;
  readonly timestampMs: number;
}

/** Any event that sinks receive; `type` discriminates. */
export type LifelensEvent =
  DetectionsMessage | SampleMessage | ModelMessage | MetricsMessage | CameraMessage;

/** A live picture for subscribed clients; never stored, never published to NATS. */
export interface PictureEvent {
  readonly camera: string;
  readonly frame: number;
  readonly timestampMs: number;
  readonly jpeg: Uint8Array;
}

/** A command to lifelens, from any sink that accepts them. */
export type Command =
  | { readonly command: 'label'; readonly class: string; readonly target: LabelTarget }
  | { readonly command: 'notA'; readonly class: string; readonly target: LabelTarget }
  | { readonly command: 'dismiss'; readonly target: LabelTarget }
  /** Reverts the newest label command, or the one with this id (its answer's `labelId`). */
  | { readonly command: 'undo'; readonly labelId?: string }
  /** Gives a class another name; nothing is learned anew. */
  | { readonly command: 'rename'; readonly class: string; readonly to: string }
  /** Makes the samples of a class samples of another one, and ends the class. */
  | { readonly command: 'merge'; readonly class: string; readonly into: string }
  /** Forgets a class with its samples, for good. */
  | { readonly command: 'remove'; readonly class: string }
  /** Activates the head before the active one, or this version. */
  | { readonly command: 'rollback'; readonly version?: number }
  | { readonly command: 'pause'; readonly camera?: string }
  | { readonly command: 'resume'; readonly camera?: string };

/** The object that a label applies to. Boxes are in source pixels; without `frame`: the newest. */
export type LabelTarget =
  | { readonly sampleId: string }
  | { readonly clusterId: string }
  | { readonly trackId: number; readonly camera: string }
  | { readonly box: EventBox; readonly camera: string; readonly frame?: number };

/** The answer to a command. Error codes: docs/errors.md. */
export type CommandResult =
  | {
      readonly ok: true;
      readonly labelId?: string;
      readonly samples?: number;
      readonly headVersion?: number;
      /** What the sender should know, in one line: "3 of 5 samples are gone and stay learned". */
      readonly note?: string;
    }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** A command as a sink received it, and the way to answer its sender. */
export interface CommandRequest {
  readonly command: Command;
  /** Who sent it, as stored with a label: `person` or `program`, with `:name` if it has one. */
  readonly by: string;
  /** Who sent it, and what they may do; `by` is derived from it. */
  readonly principal: Principal;
  /** Answers the sender; called exactly once. */
  readonly reply: (result: CommandResult) => void;
}

/** A destination of events and a source of commands. Publishing never blocks and never throws. */
export interface Sink {
  readonly name: string;
  /** Messages dropped instead of delivered, for example to a slow client or an absent broker. */
  readonly dropped: number;
  /** How it does, for a health check. Absent: it always works. */
  readonly health?: { readonly ok: boolean; readonly detail: string };
  /** Commands as they arrive; hot, never errors, completes on `close()`. Absent: takes none. */
  readonly commands$?: Observable<CommandRequest>;
  /** Called with every event. Returns soon; drops what it cannot deliver. */
  publish(event: LifelensEvent): void;
  /** Whether a client wants pictures of `camera` now; otherwise none is encoded. */
  wantsPictures?(camera: string): boolean;
  /** Called with a picture of a camera that {@link wantsPictures}. */
  publishPicture?(picture: PictureEvent): void;
  /** Delivers what it can and frees its resources. Called once, after the last event. */
  close(): Promise<void>;
}
