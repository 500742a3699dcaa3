import type { CheckReport } from './check-set.ts';
import type { ClassFigures } from './set-figures.ts';

/** Classes and photos that are listed on a terminal; the JSON report has all. */
const rowsMax = 100;
const skippedMax = 10;

/** The report for people, lines of text. */
export function checkText(report: CheckReport): string {
  const { set, pictures, objects, classes, sizes, formats, turned, odd, skipped } = report;
  const kinds = Object.entries(formats).map(([format, count]) => `${count} ${format}`);
  const frequent = sizes.frequent.map((each) => `${each.size} (${each.pictures})`).join(', ');
  const others = sizes.different - sizes.frequent.length;
  const range = others > 0 ? `, ${others} others from ${sizes.smallest} to ${sizes.largest}` : '';
  const lines = [
    `${set}: ${pictures} pictures, ${objects} objects, ${classes.length} classes`,
    '',
    ...table(classes),
    '',
    `files: ${kinds.join(', ')}; ${turned} turned by EXIF`,
    `sizes: ${frequent}${range}`,
    ...section('mended', report.warnings),
    ...section(
      'left out',
      skipped.slice(0, skippedMax).map(({ reason }) => reason),
      skipped.length,
    ),
    ...section(
      'odd',
      odd.map(({ what, count, examples }) => {
        const more = count > examples.length ? ', …' : '';
        return `${count} ${what}: ${examples.join('; ')}${more}`;
      }),
    ),
    ...photoLines(report),
  ];
  if (report.sheet !== undefined) {
    lines.push('', `${report.sheet.file} shows ${report.sheet.pictures} pictures`);
  }
  return `${lines.join('\n')}\n`;
}

function table(classes: readonly ClassFigures[]): string[] {
  const rows = classes.slice(0, rowsMax).map((each) => {
    const box = `${each.medianWidth.toFixed(0)} × ${each.medianHeight.toFixed(0)}`;
    const share = `${(100 * each.medianShare).toFixed(1)} %`;
    return [each.class, String(each.objects), String(each.pictures), box, share];
  });
  const all = [['class', 'objects', 'pictures', 'median box', 'of picture'], ...rows];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const lines = all.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
  return classes.length > rowsMax ? [...lines, `and ${classes.length - rowsMax} more`] : lines;
}

function section(title: string, lines: readonly string[], count = lines.length): string[] {
  if (lines.length === 0) return [];
  const more = count > lines.length ? [`  and ${count - lines.length} more`] : [];
  return ['', `${title}:`, ...lines.map((line) => `  ${line}`), ...more];
}

function photoLines({ photos = [] }: CheckReport): string[] {
  const lines = photos.slice(0, rowsMax).map(({ photo, class: name, is, score, box }) => {
    const place = box.map((side) => Math.round(side)).join(', ');
    const votes = score === null ? '' : ` with ${(100 * score).toFixed(0)} % of the votes`;
    return `${photo}: ${name}, ${is}${votes}, at ${place}`;
  });
  return section('photos', lines, photos.length);
}
