import { describe, expect, it } from 'vitest';
import type { Source } from '../../../../operators/ingest/source.ts';
import type { ViewPlan } from '../../../../operators/ingest/frames/view-plan.ts';
import { LiveSize } from '../../../../pipeline/application/sizing/live-size.ts';
import type { LifelensEvent } from '../../../../sinks/events.ts';

type Kind = Pick<Source, 'kind' | 'endless'>;
const live: Kind = { kind: 'rtsp', endless: true };
const file: Kind = { kind: 'file', endless: true };

/** Two minutes of overload at 448 pixels: the log, and the sizes of views. */
function overloaded(sources: readonly Kind[], loop = false, shape: 'own' | 'square' = 'square') {
  const log: string[] = [];
  const note = (level: string) => (line: unknown) => void log.push(`${level} ${String(line)}`);
  const size = new LiveSize({
    viewSize: 320,
    threads: 1,
    parallel: 1,
    gain: 1,
    chosen: { side: 448, viewsOf: (side) => (shape === 'own' ? { shape, side } : side) },
    cameras: sources.map((source, i) => ({ name: `${i}`, source, config: { fps: 10, loop } })),
    log: { info: note('info'), warn: note('warn') },
  });
  const sizes: ViewPlan[] = [];
  size.viewSizes$.subscribe((each) => sizes.push(each));
  for (let seconds = 1; seconds <= 120; seconds++) {
    const rates = { captured: 10 * seconds, detected: 2 * seconds };
    const dropped = { stale: 8 * seconds };
    const detectMs = { p50: 500, p99: 500 };
    const camera = { camera: '0', state: 'running', ...rates, dropped, detectMs };
    const event = { type: 'metrics', uptimeMs: 1000 * seconds, cameras: [camera] };
    size.observe(event as unknown as LifelensEvent);
  }
  return { log, sizes };
}

describe('LiveSize', () => {
  it('changes the size where a live camera follows', () => {
    for (const sources of [[live], [file, live], [{ kind: 'http', endless: true } as const]]) {
      const { log, sizes } = overloaded(sources);
      expect(sizes).toEqual([448, 320]);
      expect(log).toEqual([expect.stringMatching(/^info detector 320 px instead of 448/)]);
    }
  });

  it('keeps the shape of views', () => {
    const sizes = [448, 320].map((side) => ({ shape: 'own', side }));
    expect(overloaded([live], false, 'own').sizes).toEqual(sizes);
  });

  it('only warns where all sources keep their first size', () => {
    const others = ['file', 'folder', 'world', 'custom'] as const;
    const { log, sizes } = overloaded(others.map((kind) => ({ kind, endless: true })));
    expect(sizes).toEqual([448]);
    expect(log).toEqual([
      'warn 2.0 of 10.0 wanted frames a second were detected, with 448 px: ' +
        'set fps of the cameras lower, or watch fewer on this machine',
    ]);
  });

  it('takes a recording behind an address for no live camera', () => {
    expect(overloaded([{ kind: 'http', endless: false }]).sizes).toEqual([448]);
    expect(overloaded([{ kind: 'http', endless: true }], true).sizes).toEqual([448]);
    expect(overloaded([live], true).sizes).toEqual([448, 320]);
  });
});
