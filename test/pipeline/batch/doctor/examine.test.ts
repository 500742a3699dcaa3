import { expect, it } from 'vitest';
import { examine } from '../../../../pipeline/batch/doctor/examine.ts';
import { fine, type Finding } from '../../../../pipeline/batch/doctor/finding.ts';

const { signal } = new AbortController();
const limits = { places: 60_000, timing: 60_000, all: 1500 };

it('ends in time where an engine hangs, and says what it knows and what it does not', async () => {
  const found: Finding[] = [];
  const report = await examine({ source: 'world', port: 0 }, signal, {
    found: (finding) => found.push(finding),
    limits,
    engines: (_detect, _untilMs, _signal, _start, known) => {
      known!.add(fine('engine onnx', 'loads'));
      known!.isLoaded = true;
      return new Promise(() => undefined);
    },
  });
  expect(report.complete).toBe(false);
  expect(report.ok).toBe(true);
  expect(report.findings.slice(-3)).toMatchObject([
    { part: 'engine onnx', is: 'fine' },
    {
      part: 'engines',
      is: 'advice',
      text: expect.stringMatching(/^not examined: .* after \d+ s$/),
    },
    { part: 'detector size', is: 'fine' },
  ]);
  // Each was said once it was known.
  expect(new Set(found)).toEqual(new Set(report.findings));
  expect(found[0]!.part).toBe('versions');
});

it('is not content where no engine is known to load, because each hangs', async () => {
  const { ok, complete, findings } = await examine({ source: 'world', port: 0 }, signal, {
    limits,
    engines: () => new Promise(() => undefined),
  });
  expect([ok, complete]).toEqual([false, false]);
  expect(findings.at(-1)).toMatchObject({ part: 'engines', is: 'problem' });
});

it('does not wait for places that hang', async () => {
  const report = await examine({ source: 'world', port: 0 }, signal, {
    limits: { ...limits, places: 0 },
    engines: (_detect, _untilMs, _signal, _start, known) => Promise.resolve(known!),
  });
  const late = report.findings.filter(({ text }) => text.startsWith('not examined'));
  expect(late.map(({ part }) => part)).toContain('ffmpeg');
  expect(report.complete).toBe(false);
});

it('ends when it is interrupted while something hangs', async () => {
  const stop = new AbortController();
  const examined = examine({ source: 'world', port: 0 }, stop.signal, {
    limits: { ...limits, all: 60_000 },
    engines: () => {
      stop.abort(new Error('interrupted'));
      return new Promise(() => undefined);
    },
  });
  await expect(examined).rejects.toThrow('interrupted');
});
