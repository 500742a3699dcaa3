import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Refusal } from '../../results/read-reports.ts';
import type { TableRow } from './table-rows.ts';
import type { SetPair } from './table-sets.ts';

/** The one that every row is run with. */
export const seed = 1;

/** What all reports of a folder have in common; undefined is as the benchmark has it. */
export interface TableSettings {
  readonly images?: string | undefined;
  readonly checkpoints?: string | undefined;
}

/** What a report file says in short. */
export type Outcome = { readonly map50: number | null } | { readonly refused: string };

/** The reports of a table, a file a row, whole or not there at all. */
export class TableFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Opens or makes a folder.
   *
   * @throws where it holds reports that were made with other settings.
   */
  static async open(path: string, settings: TableSettings): Promise<TableFolder> {
    await mkdir(path, { recursive: true });
    const file = join(path, 'settings.json');
    const text = `${JSON.stringify(settings)}\n`;
    if (!existsSync(file)) await writeFile(file, text);
    const before = await readFile(file, 'utf8');
    if (before === text) return new TableFolder(path);
    throw new Error(`${path} holds reports made with ${before.trim()}; name another --out`);
  }

  /** Whether a row's report is there, so that it need not run. */
  has(row: TableRow): boolean {
    return existsSync(this.#fileOf(row));
  }

  /** A file for whoever makes a row's report; {@link keep} takes it in. */
  async draft(row: TableRow): Promise<string> {
    const file = `${this.#fileOf(row)}.part`;
    await mkdir(dirname(file), { recursive: true });
    await rm(file, { force: true });
    return file;
  }

  /** Takes in the report that was drafted; false where nothing was. */
  async keep(row: TableRow): Promise<boolean> {
    const file = this.#fileOf(row);
    if (!existsSync(`${file}.part`)) return false;
    await rename(`${file}.part`, file);
    return true;
  }

  /** Leaves nothing of a draft. */
  async drop(row: TableRow): Promise<void> {
    await rm(`${this.#fileOf(row)}.part`, { force: true });
  }

  /** Says in place of a report why there is none. */
  async refuse(row: TableRow, { train, test }: SetPair, refused: string): Promise<void> {
    const { protocol, strategy, size, bytesMax } = row;
    const refusal: Refusal = {
      ...{ protocol, strategy, train, test, seed, size, bytesMax },
      refused,
    };
    await writeFile(await this.draft(row), `${JSON.stringify(refusal, null, 2)}\n`);
    await this.keep(row);
  }

  async outcomeOf(row: TableRow): Promise<Outcome> {
    return JSON.parse(await readFile(this.#fileOf(row), 'utf8')) as Outcome;
  }

  /** Writes the reports of these rows that there are as JSON lines, and says where. */
  async writeLines(rows: readonly TableRow[]): Promise<string> {
    const lines: string[] = [];
    for (const row of rows.filter((each) => this.has(each))) {
      lines.push(`${JSON.stringify(await this.outcomeOf(row))}\n`);
    }
    const file = join(this.path, 'reports.jsonl');
    await writeFile(`${file}.part`, lines.join(''));
    await rename(`${file}.part`, file);
    return file;
  }

  #fileOf({ id }: TableRow): string {
    return join(this.path, 'reports', `${id}.json`);
  }
}
