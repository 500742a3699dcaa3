import type {
  CameraMessage,
  DetectionsMessage,
  LifelensEvent,
  MetricsMessage,
  ModelMessage,
  SampleMessage,
} from '../../sinks/events.ts';
import type { HelloFacts } from '../../sinks/protocol.ts';

export const facts: HelloFacts = {
  version: '1.2.3',
  cameras: ['yard'],
  engine: 'onnx',
  detector: 'centernet',
  encoder: 'backbone',
  strategy: 'ridge',
  headVersion: 3,
  classes: ['traffic cone'],
  baseClasses: ['person', 'car'],
};

export function detections(frame: number, camera = 'yard'): DetectionsMessage {
  return {
    type: 'detections',
    camera,
    frame,
    timestampMs: frame * 40,
    timeBasis: 'media',
    frameId: `${camera}_optical_frame`,
    width: 640,
    height: 480,
    detector: 'centernet',
    view: [416, 416],
    detections: [
      {
        class: 'traffic cone',
        score: 0.75,
        box: [10, 20, 30, 60],
        trackId: 7,
        headVersion: 3,
        by: 'learned',
      },
    ],
    unknowns: [{ trackId: 9, clusterId: 'c1', box: [100, 100, 150, 150], novelty: 0.8 }],
  };
}

export function sample(sampleId: string, fields: Partial<SampleMessage> = {}): SampleMessage {
  return {
    type: 'sample',
    camera: 'yard',
    sampleId,
    clusterId: 'c1',
    trackId: 9,
    timestampMs: 1000,
    timeBasis: 'media',
    frameId: 'yard_optical_frame',
    novelty: 0.8,
    clusterSize: 3,
    asked: true,
    worth: 0.7,
    thumbnail: 'AAAA',
    label: null,
    ...fields,
  };
}

export function model(fields: Partial<ModelMessage> = {}): ModelMessage {
  return {
    type: 'model',
    event: 'swapped',
    headVersion: 4,
    classes: ['traffic cone'],
    timestampMs: 2000,
    detail: 'learned traffic cone',
    labelToLiveMs: 840,
    updateMs: 300,
    verdicts: [{ class: 'traffic cone', before: null, after: 0.9, samples: 20 }],
    ...fields,
  };
}

export function metrics(fields: Partial<MetricsMessage> = {}): MetricsMessage {
  return {
    type: 'metrics',
    timestampMs: 3000,
    uptimeMs: 61_500,
    cameras: [
      {
        camera: 'yard',
        state: 'running',
        captured: 110,
        detected: 100,
        dropped: { busy: 8, stale: 2 },
        captureFps: 25,
        detectFps: 22.5,
        latencyMs: { p50: 40, p99: 90 },
        detectMs: { p50: 30, p99: 55 },
        durations: {
          latency: { upTo: [0, 0, 5, 60, 100, 100, 100, 100, 100, 100, 100, 100], sumMs: 4000 },
          detect: { upTo: [0, 0, 20, 98, 99, 99, 99, 99, 99, 99, 99, 100], sumMs: 13_500 },
        },
        tracks: 4,
      },
    ],
    memory: { bytes: 5_000_000, bytesMax: 16_777_216, samples: 40, unlabelled: 12, evicted: 3 },
    questions: { asked: 9, withdrawn: 2 },
    model: {
      headVersion: 4,
      classes: ['traffic cone'],
      strategy: 'ridge',
      engine: 'onnx',
      detector: 'centernet',
      encoder: 'backbone',
      view: [416, 416],
      swaps: 4,
      refused: 1,
    },
    process: { rssBytes: 300_000_000, cpuPercent: 150 },
    perClass: [{ class: 'traffic cone', labelled: 20, heldOutRecall: 0.9, detections: 412 }],
    ...fields,
  };
}

export function cameraState(state: CameraMessage['state'] = 'running'): CameraMessage {
  return { type: 'camera', camera: 'yard', state, detail: 'connected', timestampMs: 500 };
}

export const oneOfEach: readonly LifelensEvent[] = [
  detections(1),
  sample('s1'),
  model(),
  metrics(),
  cameraState(),
];
