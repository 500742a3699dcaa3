import { expect, it } from 'vitest';
import {
  type LearningReport,
  machineKeys,
  withoutMachine,
} from '../../../../pipeline/laboratory/learning/learning-report.ts';

const findings: Partial<LearningReport> = {
  protocol: 'stream',
  strategy: 'ridge',
  seed: 1,
  map50: 0.5,
  bytes: 7,
  perStep: [],
};
/** A report in which every time and size of the machine has this value. */
const reportOf = (ms: number) =>
  ({
    ...findings,
    updateMs: ms,
    cpuMs: ms,
    updates: [],
    labelToLiveMs: ms,
    wallMs: ms,
    peakRssBytes: ms,
    hardware: { processor: `of ${ms}`, cores: 2, memoryBytes: 1, system: 'linux', node: '20' },
  }) as unknown as LearningReport;

it('a report is the same on every machine, except for the machine keys', () => {
  expect(withoutMachine(reportOf(1))).toEqual(findings);
  expect(JSON.stringify(withoutMachine(reportOf(1)))).toBe(
    JSON.stringify(withoutMachine(reportOf(2))),
  );
  const others = Object.keys(reportOf(1)).filter((key) => !(key in findings));
  expect(others.toSorted()).toEqual([...machineKeys].toSorted());
});
