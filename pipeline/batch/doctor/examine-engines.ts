import { availableParallelism } from 'node:os';
import { Detector } from '../../../operators/detect/detector.ts';
import { engineNames, type EngineName } from '../../../operators/detect/engines/engine-choice.ts';
import { firstLine } from '../../../operators/foundation/errors/message-of.ts';
import { headRoom } from '../../application/sizing/choose-size.ts';
import { leastMs } from '../../application/sizing/measure-speed.ts';
import type { Config } from '../../configuration/config.ts';
import { defaultSide } from '../../configuration/fixed-detect.ts';
import { fine, problem, type Finding } from './finding.ts';

/** Sides of the detector's input that are timed, in pixels. */
const timedSides = [256, 320, 416, 512, 640] as const;
const runsMax = 3;

/** How fast an engine detects at one size, on some threads. */
export interface SpeedRow {
  readonly engine: EngineName;
  /** The device or backend. */
  readonly provider: string;
  readonly threads: number;
  readonly side: number;
  readonly ms: number;
  /** Frames per second of the detector alone. */
  readonly fps: number;
  /** Cameras at 5 and 10 frames per second that leave room for all else. */
  readonly camerasAt5: number;
  readonly camerasAt10: number;
}

export interface EnginesExamined {
  readonly findings: readonly Finding[];
  readonly rows: readonly SpeedRow[];
}

/**
 * Loads each engine and times it, one after the other, until `untilMs` of `performance.now()`; a
 * size for which there is no time has no row.
 */
export async function examineEngines(
  detect: Pick<Config['detect'], 'engine' | 'threads'>,
  untilMs: number,
  signal: AbortSignal,
): Promise<EnginesExamined> {
  const findings: Finding[] = [];
  const rows: SpeedRow[] = [];
  const cores = availableParallelism();
  // The engine that a run would take goes first.
  const names = [...engineNames].sort((a) => (a === detect.engine ? -1 : 0));
  for (const [index, name] of names.entries()) {
    const part = `engine ${name}`;
    const shareMs = (untilMs - performance.now()) / (names.length - index);
    const ownUntilMs = performance.now() + shareMs;
    const counts = detect.threads === 'auto' ? threadCounts(cores) : [detect.threads];
    try {
      for (const threads of counts) {
        signal.throwIfAborted();
        if (performance.now() >= ownUntilMs) break;
        const detector = await Detector.start({ engine: name, threads, viewSize: defaultSide });
        try {
          const { provider, reason } = detector.describe;
          if (threads === counts[0]) findings.push(fine(part, reason));
          rows.push(...(await timeSides(detector, { name, threads, cores, untilMs: ownUntilMs })));
          // Only the processor's own provider has threads.
          if (provider !== 'cpu') break;
        } finally {
          await detector.close();
        }
      }
    } catch (error) {
      signal.throwIfAborted();
      const text = `does not load: ${firstLine(error)}`;
      const isNeeded = detect.engine === name;
      const advice = 'set detect.engine: auto, or install what docs/engines.md names';
      findings.push(isNeeded ? problem(part, text, advice) : fine(part, text));
    }
  }
  if (rows.length === 0 && detect.engine === 'auto') {
    const advice = 'install lifelens anew with npm, as docs/engines.md says';
    findings.push(problem('engines', 'none loads', advice));
  }
  return { findings, rows };
}

interface Timing {
  readonly name: EngineName;
  readonly threads: number;
  readonly cores: number;
  readonly untilMs: number;
}

async function timeSides(detector: Detector, timing: Timing): Promise<SpeedRow[]> {
  const { name, threads, cores, untilMs } = timing;
  const { provider } = detector.describe;
  const used = provider === 'cpu' ? threads : 1;
  const rows: SpeedRow[] = [];
  for (const side of timedSides) {
    const before = rows.at(-1);
    // A size that would not end in time is left out.
    const expectedMs = before === undefined ? 0 : 2 * before.ms * (side / before.side) ** 2;
    if (performance.now() + expectedMs > untilMs) break;
    const ms = await leastMs(detector, side, runsMax, untilMs);
    const roomFps = (1000 / ms) * Math.min(headRoom.busyMax, (headRoom.coresMax * cores) / used);
    rows.push({
      engine: name,
      provider,
      threads: used,
      side,
      ms,
      fps: 1000 / ms,
      camerasAt5: Math.floor(roomFps / 5),
      camerasAt10: Math.floor(roomFps / 10),
    });
  }
  return rows;
}

/** One thread, half of the cores and all. */
function threadCounts(cores: number): number[] {
  return [...new Set([1, Math.max(1, cores >> 1), cores])];
}
