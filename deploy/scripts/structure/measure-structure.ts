/** A tracked file of the checkout. */
export interface MeasuredFile {
  /** Relative to the checkout, with forward slashes. */
  readonly path: string;
  /** Lines of source code; null for data and images. */
  readonly lines: number | null;
}

/** One file that imports another. */
export interface FileImport {
  readonly from: string;
  readonly to: string;
}

/** Size of a folder, at most two levels below a top-level folder. */
export interface FolderSize {
  readonly folder: string;
  /** Files directly in the folder. */
  readonly files: number;
  /** Files in folders below it that have no row of their own. */
  readonly deeperFiles: number;
  /** Lines of source code in all these files. */
  readonly lines: number;
  readonly largest: MeasuredFile | null;
}

/** Imports from one component to another. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly imports: number;
}

export const filesMax = 15;
export const linesMax = 300;

/** Top-level folders whose direct subfolders are components; any other is a single component. */
const divided = ['pipeline', 'operators'];

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** The component of a file: `pipeline/state`, `operators/track`, `sinks`, … */
export function componentOf(path: string): string {
  const [top = '', next, deeper] = path.split('/');
  return divided.includes(top) && deeper !== undefined ? `${top}/${next ?? ''}` : top;
}

/** Sums files up by folder; folders deeper than two levels count towards their ancestor's row. */
export function folderSizes(files: readonly MeasuredFile[]): FolderSize[] {
  const rows = new Map<string, MeasuredFile[]>();
  for (const file of files) {
    const row = folderOf(file.path).split('/').slice(0, 3).join('/');
    rows.set(row, [...(rows.get(row) ?? []), file]);
  }
  return [...rows]
    .map(([folder, own]) => {
      const direct = own.filter(({ path }) => folderOf(path) === folder).length;
      const code = own.filter(({ lines }) => lines !== null);
      return {
        folder,
        files: direct,
        deeperFiles: own.length - direct,
        lines: code.reduce((sum, { lines }) => sum + (lines ?? 0), 0),
        largest: code.toSorted((a, b) => (b.lines ?? 0) - (a.lines ?? 0))[0] ?? null,
      };
    })
    .sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** Counts imports between different components. */
export function countArrows(imports: readonly FileImport[]): Arrow[] {
  const counts = new Map<string, Arrow>();
  for (const { from: importer, to: imported } of imports) {
    const [from, to] = [componentOf(importer), componentOf(imported)];
    if (from === to) continue;
    const key = `${from} ${to}`;
    counts.set(key, { from, to, imports: (counts.get(key)?.imports ?? 0) + 1 });
  }
  return [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, arrow]) => arrow);
}

/**
 * Drops arrows that a longer path implies, which keeps a drawing readable (transitive reduction,
 * Aho et al., 1972). Reachability stays the same, also where there are cycles.
 */
export function essentialArrows(arrows: readonly Arrow[]): Arrow[] {
  let kept = [...arrows];
  for (const arrow of arrows) {
    const others = kept.filter((other) => other !== arrow);
    if (reaches(others, arrow.from, arrow.to)) kept = others;
  }
  return kept;
}

function reaches(arrows: readonly Arrow[], start: string, end: string): boolean {
  const visited = new Set([start]);
  const open = [start];
  for (let component = open.pop(); component !== undefined; component = open.pop()) {
    for (const { from, to } of arrows) {
      if (from !== component || visited.has(to)) continue;
      if (to === end) return true;
      visited.add(to);
      open.push(to);
    }
  }
  return false;
}

/** Folders with more than 15 direct files and source files above 300 lines, one message each. */
export function sizeFaults(files: readonly MeasuredFile[]): string[] {
  const perFolder = new Map<string, number>();
  for (const { path } of files) {
    perFolder.set(folderOf(path), (perFolder.get(folderOf(path)) ?? 0) + 1);
  }
  return [
    ...[...perFolder]
      .filter(([, count]) => count > filesMax)
      .map(([folder, count]) => `${folder}: ${count} files, at most ${filesMax}`),
    ...files
      .filter(({ lines }) => (lines ?? 0) > linesMax)
      .map(({ path, lines }) => `${path}: ${lines ?? 0} lines, at most ${linesMax}`),
  ];
}
