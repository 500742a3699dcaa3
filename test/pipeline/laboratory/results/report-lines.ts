import type { LearningReport } from '../../../../pipeline/laboratory/learning/learning-report.ts';
import { nothingMended } from '../../../operators/datasets/set-of.ts';

/** A report of the benchmark, with some values replaced. */
export function reportWith(values: Partial<LearningReport>): LearningReport {
  return {
    protocol: 'all',
    strategy: 'ridge',
    paper: 'A paper',
    train: 'voc:/data/birds/Annotations:/data/birds/JPEGImages:/data/birds/train.txt',
    test: 'voc:/data/birds/Annotations:/data/birds/JPEGImages:/data/birds/test.txt',
    trainImages: 8,
    testImages: 4,
    trainMended: nothingMended,
    trainSkipped: [],
    testSkipped: [],
    testMended: nothingMended,
    classes: 2,
    seed: 1,
    checkpoints: 8,
    size: 320,
    engine: 'engine onnx (cpu, 1 thread)',
    bytes: 1 << 20,
    bytesMax: 4 << 20,
    version: '0.1.0',
    commit: '0123456789abcdef0123',
    map50: 0.5,
    map: 0.25,
    omega: 0.99,
    forgetting: 0.004,
    bwt: -0.004,
    fwt: 0,
    perStep: [1, 2].map((step) => ({
      step,
      introduced: [],
      seen: step,
      map50: 0.6 - step / 20,
      map: 0.2,
      map50New: null,
      map50Old: null,
      jointMap50: null,
      bytes: 1000,
    })),
    perClass: {},
    updateMs: 80,
    cpuMs: 75,
    updates: [1, 2].map((classes) => ({
      step: classes,
      examples: 5,
      negatives: 1,
      classes,
      updateMs: 70 + classes,
      cpuMs: 500,
    })),
    peakRssBytes: 400 << 20,
    labelToLiveMs: 150,
    wallMs: 1000,
    hardware: {
      processor: 'A processor',
      cores: 2,
      memoryBytes: 8 << 20,
      system: 'linux',
      node: '20.0.0',
    },
    ...values,
  };
}

/** Formats reports as JSON lines. */
export function linesOf(reports: readonly LearningReport[]): string {
  return reports.map((report) => `${JSON.stringify(report)}\n`).join('');
}
