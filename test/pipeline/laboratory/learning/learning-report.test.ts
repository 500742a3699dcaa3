import { expect, it } from 'vitest';
import {
  type LearningReport,
  machineKeys,
  withoutMachine,
} from '../../../../pipeline/laboratory/learning/learning-report.ts';

const findings: Partial<LearningReport> = {
  ...{ protocol: 'stream', strategy: 'ridge', seed: 1, map50: 0.5, bytes: 7, perStep: [] },
};
/** One run of the benchmark, on a machine that takes so long for everything. */
const reportOf = (ms: number) =>
  ({
    ...findings,
    ...{ updateMs: ms, cpuMs: ms, updates: [], labelToLiveMs: ms, wallMs: ms, peakRssBytes: ms },
    hardware: { processor: `of ${ms}`, cores: 2, memoryBytes: 1, system: 'linux', node: '20' },
  }) as unknown as LearningReport;

it('a report says the same of every machine, but for the keys that tell of it', () => {
  expect(withoutMachine(reportOf(1))).toEqual(findings);
  expect(JSON.stringify(withoutMachine(reportOf(1)))).toBe(
    JSON.stringify(withoutMachine(reportOf(2))),
  );
  const left = Object.keys(reportOf(1)).filter((key) => !(key in findings));
  expect(left.toSorted()).toEqual([...machineKeys].toSorted());
});
