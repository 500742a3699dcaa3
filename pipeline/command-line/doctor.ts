import { doctorText } from '../batch/doctor/doctor-text.ts';
import { examine, type DoctorFlags } from '../batch/doctor/examine.ts';
import { print } from './print.ts';

/** `lifelens doctor`: prints the report. The process ends with 1 where something cannot work. */
export async function doctor(flags: DoctorFlags, signal: AbortSignal): Promise<void> {
  const report = await examine(flags, signal);
  await print(flags.json === true ? `${JSON.stringify(report, null, 2)}\n` : doctorText(report));
  if (!report.ok) process.exitCode = 1;
}
