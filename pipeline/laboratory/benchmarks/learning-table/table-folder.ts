import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { linesOf } from '../../results/kept-rows.ts';
import { isReport, readReports, type Refusal } from '../../results/read-reports.ts';
import { compareRows, KnownComparisons, type ReportWithOutcomes } from './compare-rows.ts';
import type { TableRow } from './table-rows.ts';
import type { SetPair } from './table-sets.ts';

/** Settings shared by all reports of a folder; undefined for the benchmark's default. */
export interface TableSettings {
  readonly images?: string | undefined;
  readonly checkpoints?: string | undefined;
}

/** The fields of a report file that the table reads. */
export type Outcome = { readonly map50: number | null } | { readonly refused: string };

/** Stores the reports of a table, one file per row, each written atomically. */
export class TableFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Opens a folder, creating it if needed.
   *
   * @throws if its reports were made with other settings.
   */
  static async open(path: string, settings: TableSettings): Promise<TableFolder> {
    await mkdir(path, { recursive: true });
    const file = join(path, 'settings.json');
    const text = `${JSON.stringify(settings)}\n`;
    if (!existsSync(file)) await writeFile(file, text);
    const existing = await readFile(file, 'utf8');
    if (existing === text) return new TableFolder(path);
    throw new Error(`${path} holds reports made with ${existing.trim()}; name another --out`);
  }

  /** Whether a row has a report already. */
  has(row: TableRow): boolean {
    return existsSync(this.#fileOf(row));
  }

  /** Path for a row's report in progress; {@link keep} makes it final. */
  async draft(row: TableRow): Promise<string> {
    const file = `${this.#fileOf(row)}.part`;
    await mkdir(dirname(file), { recursive: true });
    await rm(file, { force: true });
    await rm(this.outcomesDraft(row), { force: true });
    return file;
  }

  /** Path for the outcomes of a row in progress, which {@link keep} makes final too. */
  outcomesDraft(row: TableRow): string {
    return `${this.outcomesOf(row)}.part`;
  }

  /**
   * The file beside a row's report; missing for a protocol without outcomes and for old reports.
   */
  outcomesOf(row: TableRow): string {
    return this.#fileOf(row).replace(/json$/, 'outcomes.gz');
  }

  /** Makes a draft final; false where there is none. */
  async keep(row: TableRow): Promise<boolean> {
    const file = this.#fileOf(row);
    if (!existsSync(`${file}.part`)) return false;
    const outcomes = this.outcomesOf(row);
    // Those of an earlier report that was deleted are not this one's.
    await rm(outcomes, { force: true });
    if (existsSync(`${outcomes}.part`)) await rename(`${outcomes}.part`, outcomes);
    await rename(`${file}.part`, file);
    return true;
  }

  /** Deletes a draft. */
  async drop(row: TableRow): Promise<void> {
    await rm(`${this.#fileOf(row)}.part`, { force: true });
    await rm(this.outcomesDraft(row), { force: true });
  }

  /** Stores a strategy's refusal in place of a report. */
  async refuse(row: TableRow, { train, test }: SetPair, refused: string): Promise<void> {
    const { protocol, strategy, size, bytesMax, seed } = row;
    const refusal: Refusal = {
      protocol,
      strategy,
      train,
      test,
      seed,
      size,
      bytesMax,
      refused,
    };
    await writeFile(await this.draft(row), `${JSON.stringify(refusal, null, 2)}\n`);
    await this.keep(row);
  }

  async outcomeOf(row: TableRow): Promise<Outcome> {
    return JSON.parse(await readFile(this.#fileOf(row), 'utf8')) as Outcome;
  }

  /**
   * Writes the existing reports of these rows, and comparisons of those with outcomes, as JSON
   * lines; resolves with the path.
   */
  async writeLines(rows: readonly TableRow[]): Promise<string> {
    const lines: string[] = [];
    const reports: ReportWithOutcomes[] = [];
    for (const row of rows.filter((candidate) => this.has(candidate))) {
      const line = `${JSON.stringify(await this.outcomeOf(row))}\n`;
      lines.push(line);
      const [report] = readReports(line);
      if (isReport(report!)) reports.push({ report, outcomes: this.outcomesOf(row) });
    }
    const knownFile = join(this.path, 'comparisons.json');
    const known = await KnownComparisons.open(knownFile);
    lines.push(linesOf(compareRows(reports, known)));
    await known.save(knownFile);
    const file = join(this.path, 'reports.jsonl');
    await writeFile(`${file}.part`, lines.join(''));
    await rename(`${file}.part`, file);
    return file;
  }

  #fileOf({ id }: TableRow): string {
    return join(this.path, 'reports', `${id}.json`);
  }
}
