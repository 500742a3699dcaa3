import { markdownTable } from '../../../pipeline/laboratory/results/markdown-table.ts';
import {
  type Arrow,
  countArrows,
  essentialArrows,
  type FileImport,
  folderSizes,
  type MeasuredFile,
  componentOf,
} from './measure-structure.ts';

/**
 * Draws the structure of a checkout as Markdown: a Mermaid flowchart of its components and two
 * tables.
 */
export function structurePage(
  files: readonly MeasuredFile[],
  imports: readonly FileImport[],
): string {
  const arrows = countArrows(imports);
  return [flowchart(files, arrows), folderTable(files), arrowTable(arrows)].join('\n');
}

function flowchart(files: readonly MeasuredFile[], arrows: readonly Arrow[]): string {
  const components = [...new Set(files.map(({ path }) => componentOf(path)))].sort();
  const idOf = new Map(components.map((component, i) => [component, `r${i}`]));
  const lines = ['flowchart TD'];
  for (const top of new Set(components.map(topOf))) {
    lines.push(`  subgraph ${top}`);
    for (const component of components.filter((name) => topOf(name) === top)) {
      lines.push(`    ${idOf.get(component)!}["${nodeLabel(component, files)}"]`);
    }
    lines.push('  end');
  }
  for (const { from, to, imports } of essentialArrows(arrows)) {
    lines.push(`  ${idOf.get(from)!} -->|${imports}| ${idOf.get(to)!}`);
  }
  return [
    'Components and the number of imports between them; arrows that a longer path implies are left out.\n',
    `\`\`\`mermaid\n${lines.join('\n')}\n\`\`\`\n`,
  ].join('\n');
}

function topOf(component: string): string {
  return component.split('/')[0]!;
}

function nodeLabel(component: string, files: readonly MeasuredFile[]): string {
  const own = files.filter(({ path }) => componentOf(path) === component);
  const lines = own.reduce((sum, file) => sum + (file.lines ?? 0), 0);
  const isOnlyDirect = own.every(({ path }) => path.split('/').length === 2);
  const name =
    component.includes('/') || !isOnlyDirect ? component.split('/').at(-1)! : 'direct files';
  return `${name}<br/>${own.length} ${own.length === 1 ? 'file' : 'files'}, ${lines} lines`;
}

function folderTable(files: readonly MeasuredFile[]): string {
  return markdownTable(
    [
      { title: 'folder', align: 'left' },
      { title: 'files', align: 'right' },
      { title: 'deeper', align: 'right' },
      { title: 'lines', align: 'right' },
      { title: 'largest file', align: 'left' },
    ],
    folderSizes(files).map(({ folder, files: direct, deeperFiles, lines, largest }) => [
      folder,
      String(direct),
      String(deeperFiles),
      String(lines),
      largest === null ? '–' : `${largest.path.slice(folder.length + 1)} ${largest.lines ?? 0}`,
    ]),
  );
}

function arrowTable(arrows: readonly Arrow[]): string {
  const components = [...new Set(arrows.map(({ from }) => from))];
  return markdownTable(
    [
      { title: 'component', align: 'left' },
      { title: 'imports from (number of imports)', align: 'left' },
    ],
    components.map((component) => [
      component,
      arrows
        .filter(({ from }) => from === component)
        .map(({ to, imports }) => `${to} ${imports}`)
        .join(', '),
    ]),
  );
}
