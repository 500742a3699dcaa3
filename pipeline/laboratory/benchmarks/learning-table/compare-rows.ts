import { existsSync, readFileSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { differenceOfRuns, meanOfRuns } from '../../learning/compare-outcomes.ts';
import { type RunOutcomes, unpackOutcomes } from '../../learning/outcomes-file.ts';
import { capsOf, groupReports, type StrategyRuns } from '../../results/group-reports.ts';
import { runKey } from '../../results/kept-rows.ts';
import { type Comparison, readReports, type ReportRow } from '../../results/read-reports.ts';

/** A report with the file of its outcomes. */
export interface ReportWithOutcomes {
  readonly report: ReportRow;
  readonly outcomes: string;
}

/**
 * Compares every row that has outcomes with the best row of its set and protocol under the same
 * cap. Rows whose outcomes do not fit those of the best one, such as other seeds, have an interval
 * of their own alone. `known` keeps comparisons of before, each with the files that it was made
 * from.
 */
export function compareRows(
  reports: readonly ReportWithOutcomes[],
  known: KnownComparisons,
): readonly Comparison[] {
  const fileOf = new Map(reports.map(({ report, outcomes }) => [runKey(report), outcomes]));
  return groupReports(reports.map(({ report }) => report)).flatMap(({ rows }) =>
    capsOf(rows).flatMap((cap) => {
      const underCap = rows.filter(({ bytesMax }) => bytesMax === cap);
      const withFiles = underCap.flatMap((row) => {
        const files = row.runs.map((run) => fileOf.get(runKey(run))!);
        return files.every((file) => existsSync(file)) ? [{ row, files }] : [];
      });
      const best = withFiles[0]?.row === underCap[0] ? withFiles[0] : undefined;
      return best === undefined
        ? []
        : withFiles.map((each) => known.find(each, best) ?? known.add(each, best));
    }),
  );
}

/** A row of the page and the files of its runs. */
interface RowFiles {
  readonly row: StrategyRuns;
  readonly files: readonly string[];
}

/** Comparisons that were made before: a table of many rows takes minutes of draws. */
export class KnownComparisons {
  readonly #known = new Map<string, Comparison>();
  readonly #used = new Map<string, Comparison>();

  /** Reads those of a folder's file; none where there is no such file. */
  static async open(file: string): Promise<KnownComparisons> {
    const known = new KnownComparisons();
    if (!existsSync(file)) return known;
    const entries = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    for (const [key, value] of Object.entries(entries)) {
      known.#known.set(key, readReports(JSON.stringify(value))[0] as Comparison);
    }
    return known;
  }

  /** The comparison of these very files. */
  find(row: RowFiles, best: RowFiles): Comparison | undefined {
    const key = keyOf(row, best);
    const found = this.#known.get(key);
    if (found !== undefined) this.#used.set(key, found);
    return found;
  }

  add(row: RowFiles, best: RowFiles): Comparison {
    const comparison = compare(row, best);
    this.#used.set(keyOf(row, best), comparison);
    return comparison;
  }

  /** Writes those that were asked for since they were opened. */
  async save(file: string): Promise<void> {
    await writeFile(file, `${JSON.stringify(Object.fromEntries(this.#used))}\n`);
  }
}

function keyOf(row: RowFiles, best: RowFiles): string {
  const files = [row, best].map(({ files: paths }) =>
    paths.map((path) => [path, statSync(path).size, statSync(path).mtimeMs]),
  );
  return JSON.stringify(files);
}

function compare(each: RowFiles, best: RowFiles): Comparison {
  const runs = read(each);
  const { train, test, protocol, size, shape, strategy, bytesMax } = each.row.runs[0]!;
  const own = meanOfRuns(runs);
  const bestMean = each === best ? own : meanOfRuns(read(best));
  return {
    ...{ protocol, strategy, train, test, size, shape, bytesMax },
    seeds: [...new Set(each.row.runs.map(({ seed }) => seed))],
    compared: { map50: own.value, interval: own.interval === null ? null : [...own.interval] },
    best: { strategy: best.row.strategy, map50: bestMean.value },
    behind: each === best ? null : difference(runs, read(best)),
  };
}

/** Null for runs that do not pair, and for too few test pictures. */
function difference(runs: readonly RunOutcomes[], best: readonly RunOutcomes[]) {
  try {
    const { value, interval } = differenceOfRuns(runs, best);
    if (interval === null) return null;
    return { difference: value, interval: [...interval] as [number, number] };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function read({ files }: RowFiles): RunOutcomes[] {
  return files.map((file) => unpackOutcomes(readFileSync(file), file));
}
