import { configuredCameras } from '../../application/open-cameras.ts';
import { wantedRate } from '../../application/sizing/wanted-rate.ts';
import { configFromFlags, type ConfigFlags } from '../../configuration/config-flags.ts';
import type { Config } from '../../configuration/config.ts';
import { adviseSize } from './advise-size.ts';
import { examineEngines, type SpeedRow } from './examine-engines.ts';
import { examineCameras, examineDashboard, examineNats, examineState } from './examine-places.ts';
import { examineFfmpeg, examineSystem } from './examine-system.ts';
import type { Finding } from './finding.ts';

/** The flags of `lifelens doctor`: those of a run that decide what it needs. */
export interface DoctorFlags
  extends
    Pick<ConfigFlags, 'config' | 'source' | 'fps' | 'size' | 'engine' | 'threads'>,
    Pick<ConfigFlags, 'model' | 'encoder' | 'state' | 'port'> {
  /** Prints JSON. */
  readonly json?: boolean;
}

/** What `lifelens doctor --json` prints. */
export interface DoctorReport {
  /** Whether everything that is configured can work. */
  readonly ok: boolean;
  readonly findings: readonly Finding[];
  readonly speeds: readonly SpeedRow[];
  readonly seconds: number;
}

/** Longest time for timing the engines, in ms; all else takes a few seconds at most. */
const enginesMsMax = 10_000;

/**
 * Examines the machine and everything that a run with these flags would use, in at most 20 seconds.
 * Rejects with a `ConfigError` where there is no configuration to examine.
 */
export async function examine(flags: DoctorFlags, signal: AbortSignal): Promise<DoctorReport> {
  const { json: _, ...rest } = flags;
  const config = await configFromFlags(rest, process.env);
  const startedMs = performance.now();
  // Before the engines are timed, because looking takes processor time as well.
  const places = await Promise.all([
    examineFfmpeg(),
    examineState(config.state),
    examineDashboard(config.dashboard),
    examineNats(config),
    examineCameras(config),
  ]);
  const untilMs = performance.now() + enginesMsMax;
  const { findings, rows, isLoaded } = await examineEngines(config.detect, untilMs, signal);
  // A detector of the user has a size of its own.
  const isAdvised = isLoaded && config.detect.model === null;
  const size = isAdvised ? adviseSize(config.detect, rateOf(config), rows) : null;
  const all = [...examineSystem(), ...places.flat(), ...findings, ...(size === null ? [] : [size])];
  return {
    ok: all.every(({ is }) => is !== 'problem'),
    findings: all,
    speeds: rows,
    seconds: (performance.now() - startedMs) / 1000,
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
