import { findingText, summaryText } from '../batch/doctor/doctor-text.ts';
import { examine, type DoctorFlags } from '../batch/doctor/examine.ts';
import { print } from './print.ts';

/** Width of the column of parts, which most names of cameras fit in. */
const partWidth = 16;

/**
 * `lifelens doctor`: prints each finding once it is known, or the report as JSON at the end. The
 * process ends with 1 where something cannot work.
 */
export async function doctor(flags: DoctorFlags, signal: AbortSignal): Promise<void> {
  const isJson = flags.json === true;
  let printed = Promise.resolve();
  const say = (text: string): void => {
    printed = printed.then(() => print(text));
    // Awaited below; an error is to wait there, too.
    printed.catch(() => undefined);
  };
  const report = await examine(flags, signal, {
    found: (finding) => {
      if (!isJson) say(findingText(finding, partWidth));
    },
  });
  say(isJson ? `${JSON.stringify(report, null, 2)}\n` : summaryText(report));
  await printed;
  if (!report.ok) process.exitCode = 1;
  // What hangs would keep the process alive.
  if (!report.complete) process.exit();
}
