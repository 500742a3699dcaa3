import { configuredCameras } from '../../application/open-cameras.ts';
import { wantedRate } from '../../application/sizing/wanted-rate.ts';
import { configFromFlags, type ConfigFlags } from '../../configuration/config-flags.ts';
import type { Config } from '../../configuration/config.ts';
import { adviseSize } from './advise-size.ts';
import { EnginesExamined, examineEngines, type SpeedRow } from './examine-engines.ts';
import { examineCameras, examineDashboard, examineNats, examineState } from './examine-places.ts';
import { examineFfmpeg, examineSystem } from './examine-system.ts';
import { better, type Finding } from './finding.ts';
import { within } from './within.ts';

/** The flags of `lifelens doctor`: those of a run that decide what it needs. */
export interface DoctorFlags
  extends
    Pick<ConfigFlags, 'config' | 'source' | 'fps' | 'size' | 'engine' | 'threads' | 'workers'>,
    Pick<ConfigFlags, 'model' | 'encoder' | 'state' | 'port'> {
  /** Prints JSON. */
  readonly json?: boolean;
}

/** What `lifelens doctor --json` prints. */
export interface DoctorReport {
  /** Whether everything that is configured can work, as far as it was examined. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly speeds: readonly SpeedRow[];
  readonly seconds: number;
  /** Whether all ended in time; what did not is among the findings. */
  readonly complete: boolean;
}

/** Longest times in ms, from the start on except for `timing`. */
export const doctorLimits = {
  /** To look at ffmpeg, folders, ports, the broker and cameras. */
  places: 7000,
  /** To time the engines. */
  timing: 10_000,
  /** Of all. */
  all: 20_000,
} as const;

export interface ExamineOptions {
  /** Called with each finding as soon as it is known. */
  readonly found?: (finding: Finding) => void;
  /** Default: {@link doctorLimits}. */
  readonly limits?: Readonly<Record<keyof typeof doctorLimits, number>>;
  /** Default: {@link examineEngines}. */
  readonly engines?: typeof examineEngines;
}

/**
 * Examines the machine and everything that a run with these flags would use, in at most 20 seconds:
 * what does not end by then is said so, and left alone. Rejects with a `ConfigError` where there
 * is no configuration to examine.
 */
export async function examine(
  flags: DoctorFlags,
  signal: AbortSignal,
  { found = () => undefined, limits = doctorLimits, engines = examineEngines }: ExamineOptions = {},
): Promise<DoctorReport> {
  const { json: _, ...rest } = flags;
  const startedMs = performance.now();
  const config = await configFromFlags(rest, process.env);
  let complete = true;
  const late = (part: string): Finding => {
    complete = false;
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    const advice = 'try again while the machine is idle; if it stays so, something hangs there';
    return better(part, `not examined: it had not ended after ${seconds} s`, advice);
  };
  const system = examineSystem();
  system.forEach(found);
  const inTime = async (part: string, work: Promise<Finding>): Promise<Finding> => {
    const finding = await within(work, startedMs + limits.places, () => late(part), signal);
    found(finding);
    return finding;
  };
  // Before the engines are timed, because looking takes processor time as well.
  const places = await Promise.all([
    inTime('ffmpeg', examineFfmpeg()),
    inTime('state', examineState(config.state)),
    inTime('dashboard', examineDashboard(config.dashboard)),
    inTime('NATS', examineNats(config)),
    ...examineCameras(config).map(({ part, finding }) => inTime(part, finding)),
  ]);
  const known = new EnginesExamined(found);
  const endMs = startedMs + limits.all;
  const untilMs = Math.min(performance.now() + limits.timing, endMs);
  const stop = new AbortController();
  const timed = engines(
    config.detect,
    untilMs,
    AbortSignal.any([signal, stop.signal]),
    undefined,
    known,
  );
  const lateEngines = (): EnginesExamined => {
    stop.abort();
    const finding = late('engines');
    // Without an engine nothing works, and a start would hang as well.
    known.add(known.isLoaded ? finding : { ...finding, is: 'problem' });
    return known;
  };
  await within(timed, endMs, lateEngines, signal);
  // A detector of the user has a size of its own.
  const isAdvised = known.isLoaded && config.detect.model === null;
  const size = isAdvised ? adviseSize(config.detect, rateOf(config), known.rows) : null;
  if (size !== null) found(size);
  const all = [...system, ...places, ...known.findings, ...(size === null ? [] : [size])];
  return {
    ok: all.every(({ is }) => is !== 'problem'),
    findings: all,
    speeds: [...known.rows],
    seconds: (performance.now() - startedMs) / 1000,
    complete,
  };
}

/** What the cameras ask of the detector. One that cannot be opened is among the findings. */
function rateOf(config: Config) {
  try {
    return wantedRate(configuredCameras(config));
  } catch {
    return null;
  }
}
