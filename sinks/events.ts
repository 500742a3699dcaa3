import type { Observable } from 'rxjs';

/** Left, top, right, bottom in source pixels. */
export type EventBox = readonly [number, number, number, number];

export interface DetectionEvent {
  readonly class: string;
  /** 0..1 */
  readonly score: number;
  readonly box: EventBox;
  readonly trackId: number;
  readonly headVersion: number;
  readonly by: 'base' | 'learned';
}

export interface UnknownEvent {
  readonly trackId: number;
  readonly clusterId: string;
  readonly box: EventBox;
  /** 0..1 */
  readonly novelty: number;
}

/** Detections of one frame; sent for every detected frame. */
export interface DetectionsMessage {
  readonly type: 'detections';
  readonly camera: string;
  readonly frame: number;
  readonly timestampMs: number;
  readonly width: number;
  readonly height: number;
  readonly detections: readonly DetectionEvent[];
  readonly unknowns: readonly UnknownEvent[];
}

/** A cluster of unknowns that waits for a name; sent when it is new or grew, and for each on connecting. */
export interface SampleMessage {
  readonly type: 'sample';
  readonly camera: string;
  readonly sampleId: string;
  readonly clusterId: string;
  readonly trackId: number;
  readonly timestampMs: number;
  readonly novelty: number;
  /** Samples that share the cluster. */
  readonly clusterSize: number;
  /** Base64 JPEG; empty where thumbnails are off. */
  readonly thumbnail: string;
  /** Set once it was labelled: the class name, or `not <class>`, or `background`. */
  readonly label: string | null;
}

export interface PerClassVerdict {
  readonly class: string;
  /** Recall on held-out samples, 0..1; null where the head does not know the class. */
  readonly before: number | null;
  readonly after: number | null;
  readonly samples: number;
}

/** Something happened to the model. */
export interface ModelMessage {
  readonly type: 'model';
  readonly event: 'learning' | 'swapped' | 'refused' | 'rolled-back' | 'failed';
  readonly headVersion: number;
  readonly classes: readonly string[];
  readonly timestampMs: number;
  /** One line for a person. */
  readonly detail: string;
  /** ms from the first label's arrival to the first frame detected with the new head; on `swapped`. */
  readonly labelToLiveMs?: number;
  readonly updateMs?: number;
  readonly verdicts?: readonly PerClassVerdict[];
}

export interface CameraMetrics {
  readonly camera: string;
  readonly state: 'starting' | 'running' | 'lost' | 'paused' | 'ended' | 'failed';
  readonly captured: number;
  readonly detected: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly captureFps: number;
  readonly detectFps: number;
  /** capture → detected, over the last window. */
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  readonly detectMs: { readonly p50: number; readonly p99: number };
  readonly tracks: number;
}

/** How well it does; sent once a second. */
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
  readonly model: {
    readonly headVersion: number;
    readonly classes: readonly string[];
    readonly strategy: string;
    readonly engine: string;
    readonly swaps: number;
    readonly refused: number;
  };
  readonly process: { readonly rssBytes: number; readonly cpuPercent: number };
  /** A class: labelled samples, held-out recall, false positives. */
  readonly perClass: readonly {
    readonly class: string;
    readonly labelled: number;
    readonly heldOutRecall: number | null;
    readonly detections: number;
  }[];
}

export interface CameraMessage {
  readonly type: 'camera';
  readonly camera: string;
  readonly state: CameraMetrics['state'];
  readonly detail: string;
  readonly timestampMs: number;
}

export type LifelensEvent =
  DetectionsMessage | SampleMessage | ModelMessage | MetricsMessage | CameraMessage;

/** A picture for those who watch; never stored, never sent to NATS. */
export interface PictureEvent {
  readonly camera: string;
  readonly frame: number;
  readonly timestampMs: number;
  readonly jpeg: Uint8Array;
}

/** What can be said to lifelens, by whatever sink. */
export type Command =
  | { readonly command: 'label'; readonly class: string; readonly target: LabelTarget }
  | { readonly command: 'notA'; readonly class: string; readonly target: LabelTarget }
  | { readonly command: 'dismiss'; readonly target: LabelTarget }
  /** Takes back the newest label command, or the one with this id (its answer's `labelId`). */
  | { readonly command: 'undo'; readonly labelId?: string }
  /** To the head before the active one, or to this version. */
  | { readonly command: 'rollback'; readonly version?: number }
  | { readonly command: 'pause'; readonly camera?: string }
  | { readonly command: 'resume'; readonly camera?: string };

/** What a label is about: exactly one of these. Boxes are in source pixels of the named frame, or of the newest one. */
export type LabelTarget =
  | { readonly sampleId: string }
  | { readonly clusterId: string }
  | { readonly trackId: number; readonly camera: string }
  | { readonly box: EventBox; readonly camera: string; readonly frame?: number };

export type CommandResult =
  | {
      readonly ok: true;
      readonly labelId?: string;
      readonly samples?: number;
      readonly headVersion?: number;
    }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** A command as a sink received it, and the way to answer its sender. */
export interface CommandRequest {
  readonly command: Command;
  /** Who sent it: `person` or `program`, with `:name` where the sender gave one. */
  readonly by: string;
  /** Answers the sender; called exactly once. */
  readonly reply: (result: CommandResult) => void;
}

/** A destination of events and a source of commands. Publishing never blocks and never throws. */
export interface Sink {
  readonly name: string;
  /** Messages that were dropped instead of being delivered (a slow client, a lost broker). */
  readonly dropped: number;
  /** Commands as they arrive; hot, never errors, completes on `close()`. Absent: takes none. */
  readonly commands$?: Observable<CommandRequest>;
  publish(event: LifelensEvent): void;
  /** Whether somebody wants pictures now: nothing is encoded for nobody. */
  wantsPictures?(camera: string): boolean;
  publishPicture?(picture: PictureEvent): void;
  close(): Promise<void>;
}
