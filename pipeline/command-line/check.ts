import { join } from 'node:path';
import { DatasetError } from '../../operators/datasets/dataset-error.ts';
import { parseDatasetSpec } from '../../operators/datasets/dataset-spec.ts';
import { photoBoxesFile } from '../../operators/datasets/photos/photo-boxes.ts';
import { splitSpec } from '../../operators/datasets/spec-options.ts';
import { checkSet, type CheckFlags } from '../batch/check/check-set.ts';
import { checkText } from '../batch/check/check-text.ts';
import type { Log } from '../log.ts';
import { print } from './print.ts';
import { probeReport, writeFileWhole, writeReport } from './write-report.ts';

/**
 * `lifelens check`: prints the report, as text or with `--report -` as JSON, and writes the files
 * that were asked for. Their paths are tried before the work begins.
 */
export async function check(
  spec: string,
  flags: CheckFlags,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  const boxesFile = flags.writeBoxes === true ? boxesFileOf(spec) : null;
  const files = [flags.report, flags.sheet, boxesFile].filter((file) => file != null);
  for (const file of files) await probeReport(file);
  const { report, sheet, boxes } = await checkSet(spec, flags, log, signal);
  if (sheet !== null && flags.sheet !== undefined) await writeFileWhole(flags.sheet, sheet);
  if (boxes !== null && boxesFile !== null) await writeReport(boxesFile, boxes);
  if (flags.report !== undefined) await writeReport(flags.report, report);
  if (flags.report !== '-') await print(checkText(report));
}

function boxesFileOf(spec: string): string {
  const set = parseDatasetSpec(splitSpec(spec).set);
  if (set.format === 'photos') return join(set.folder, photoBoxesFile);
  throw new DatasetError('bad-spec', spec, 'expected photos:DIR with --write-boxes');
}
