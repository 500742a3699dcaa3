import { expect, it } from 'vitest';
import { findingText, summaryText } from '../../../../pipeline/batch/doctor/doctor-text.ts';
import type { Finding } from '../../../../pipeline/batch/doctor/finding.ts';

it('marks what cannot work and what could be better, and lists the speeds', () => {
  const speed = { engine: 'onnx', provider: 'cpu', threads: 2, side: 416, ms: 24.4 } as const;
  const findings: Finding[] = [
    { part: 'memory', is: 'fine', text: '8 GiB', advice: null },
    { part: 'state', is: 'advice', text: 'kept in memory', advice: 'set state.dir' },
    { part: 'NATS', is: 'problem', text: 'no answer', advice: 'start the broker' },
  ];
  const summary = summaryText({
    ok: false,
    findings,
    speeds: [{ ...speed, workers: 1, fps: 41, camerasAt5: 4, camerasAt10: 2 }],
    seconds: 3.21,
    complete: true,
  });
  const lines = findings.map((finding) => findingText(finding, 6));
  expect(lines.join('') + summary).toBe(
    [
      '  memory  8 GiB',
      '~ state   kept in memory',
      '          → set state.dir',
      '! NATS    no answer',
      '          → start the broker',
      '',
      'engine  on   workers  threads  size  ms  fps  cameras at 5 fps  at 10 fps',
      'onnx    cpu        1        2   416  24   41                 4          2',
      '',
      '1 thing that is configured cannot work (3.2 s)',
      '',
    ].join('\n'),
  );
});

it('says where not all was examined', () => {
  const report = { ok: true, findings: [], speeds: [], seconds: 20.04 };
  expect(summaryText({ ...report, complete: true })).toBe(
    '\neverything that is configured can work (20.0 s)\n',
  );
  expect(summaryText({ ...report, complete: false })).toBe(
    '\neverything that is configured can work, as far as it was examined (20.0 s)\n',
  );
});
