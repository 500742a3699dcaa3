import { watch } from '../application/watch.ts';
import { configFromFlags } from '../configuration/config-flags.ts';
import type { RunFlags } from '../configuration/run-flags.ts';
import { createLog } from '../log.ts';
import { probeReport, writeReport } from './write-report.ts';

/** `lifelens run`: watches until the cameras end, a limit is reached or `signal` is aborted. */
export async function run(flags: RunFlags, signal: AbortSignal): Promise<void> {
  const config = await configFromFlags(flags, process.env);
  const { report: file } = flags;
  if (file !== undefined) await probeReport(file);
  const lifelens = await watch(config, {
    log: createLog(config.log),
    signal,
    ...(flags.frames === undefined ? {} : { framesMax: flags.frames }),
    ...(flags.seconds === undefined ? {} : { secondsMax: flags.seconds }),
    ...(flags.detections === undefined ? {} : { detectionsFile: flags.detections }),
    compareEngine: flags.compareEngine ?? false,
    // Before closing, so that a second Ctrl-C then does not lose it.
    ...(file === undefined ? {} : { onReport: (report) => writeReport(file, report) }),
  });
  await lifelens.report;
}
