import { boxReader, gridBoxReader } from '../candidates/boxes.ts';
import { ScoredRows } from '../candidates/scored-rows.ts';
import { columnsOf, rowsOf, type Strided } from '../candidates/strided.ts';
import { letterboxed, yoloxStyle } from '../input-style.ts';
import { cocoClasses } from '../../engines/coco-classes.ts';
import { parseNames } from '../names/parse-names.ts';
import { maskValues } from './list-formats.ts';
import { findGrid, unitsOf, type Grid, type GridUnits } from './grids.ts';
import { outputOf, tableOf, type Evidence, type FormatReader, type Reading } from './reading.ts';

/** A table of an output: N rows on a grid, of `width` values each. */
interface GridTable {
  readonly name: string;
  readonly grid: Grid | null;
  readonly rows: number;
  readonly width: number;
  readonly isTransposed: boolean;
  readonly units: GridUnits | null;
}

/**
 * YOLOX: `[1, N, 5 + C]`, one row a cell. As exported by its own tool the rows are not decoded:
 * centres in cells and logarithms of sizes; `--decode_in_inference` decodes them.
 */
export const readYolox: FormatReader = (evidence) => {
  const found = evidence.outputs.flatMap((output) => tablesOf(output.name, evidence, 1));
  return found.flatMap((table): Reading[] => {
    const classes = table.width - 5;
    if (table.isTransposed || classes < 1 || !fitsClasses(evidence, classes, 5)) return [];
    const { grid, units, name } = table;
    if (grid === null || (units !== 'cells' && units !== 'view pixels')) return [];
    if (isYolov6(table, evidence) && !evidence.isSaid) return [];
    // Decoded rows may be those of a format without objectness, which is read by its own.
    return [
      {
        format: 'yolox',
        layout: `[1, N, 5 + ${classes}], ${units === 'cells' ? 'not decoded' : 'decoded'}`,
        style: yoloxStyle,
        classes: { count: classes, firstUnused: false },
        maxOverlap: 0.65,
        rows: (outputs, columns) => {
          const { values } = outputOf(outputs, name);
          const count = values.length / table.width;
          const boxes = rowsOf(values, table.width);
          return new ScoredRows({
            count,
            box:
              units === 'cells'
                ? gridBoxReader(boxes, grid.levels)
                : boxReader(boxes, { corners: 'centre', across: 1, down: 1 }),
            scores: rowsOf(values, table.width, 5),
            columns,
            objectness: rowsOf(values, table.width, 4),
            isLogit: false,
          });
        },
      },
    ];
  });
};

/**
 * YOLOv5 and v7: `[1, N, 5 + C]`, decoded, three anchors a cell. YOLOv6 has one a cell, and in
 * place of objectness a column of ones.
 */
export const readYolov5: FormatReader = (evidence) => {
  const found = evidence.outputs.flatMap(({ name }) => [
    ...tablesOf(name, evidence, 3),
    ...tablesOf(name, evidence, 1).filter((table) => isYolov6(table, evidence)),
  ]);
  return found.flatMap((table): Reading[] => {
    const classes = table.width - 5;
    if (table.isTransposed || classes < 1 || !fitsClasses(evidence, classes, 5)) return [];
    const isSix = table.grid?.anchors === 1;
    const kind = isSix ? 'one row a cell, no objectness (YOLOv6)' : 'three anchors a cell';
    if (table.units !== 'view pixels' && table.units !== 'shares of the view') return [];
    const [across, down] = scaleOf(table.units, evidence);
    return [
      {
        format: 'yolov5',
        layout: `[1, N, 5 + ${classes}], ${kind}, in ${table.units}`,
        style: letterboxed,
        classes: { count: classes, firstUnused: false },
        maxOverlap: isSix ? 0.65 : 0.6,
        rows: (outputs, columns) => {
          const { values } = outputOf(outputs, table.name);
          return new ScoredRows({
            count: values.length / table.width,
            box: boxReader(rowsOf(values, table.width), { corners: 'centre', across, down }),
            scores: rowsOf(values, table.width, 5),
            columns,
            objectness: isSix ? null : rowsOf(values, table.width, 4),
            isLogit: false,
          });
        },
      },
    ];
  });
};

/** YOLOv8 and later, YOLOv9: `[1, 4 + C, N]` or its transpose, decoded, without objectness. */
export const readYolov8: FormatReader = (evidence) => {
  const hasMasks = evidence.outputs.some(
    ({ shape }) => shape.length === 4 && shape[1] === maskValues,
  );
  const found = evidence.outputs.flatMap((output) => tablesOf(output.name, evidence, 1));
  const readings = found.flatMap((table): Reading[] => {
    const classes = table.width - 4 - (hasMasks ? maskValues : 0);
    if (classes < 1 || !fitsClasses(evidence, classes, 4)) return [];
    if (isYolov6(table, evidence) && !evidence.isSaid) return [];
    if (table.units !== 'view pixels' && table.units !== 'shares of the view') return [];
    const [across, down] = scaleOf(table.units, evidence);
    const layout = table.isTransposed ? `[1, 4 + ${classes}, N]` : `[1, N, 4 + ${classes}]`;
    return [
      {
        format: 'yolov8',
        layout: `${layout}, in ${table.units}`,
        style: letterboxed,
        classes: { count: classes, firstUnused: false },
        maxOverlap: 0.7,
        rows: (outputs, columns) => {
          const { values } = outputOf(outputs, table.name);
          const count = values.length / table.width;
          const from = (column: number): Strided =>
            table.isTransposed
              ? columnsOf(values, count, column)
              : rowsOf(values, table.width, column);
          return new ScoredRows({
            count,
            box: boxReader(from(0), { corners: 'centre', across, down }),
            scores: from(4),
            columns,
            objectness: null,
            isLogit: false,
          });
        },
      },
    ];
  });
  // YOLOv9 repeats the output of its auxiliary branch.
  return readings.slice(0, 1);
};

/** The ways in which an output is a table of rows on a grid; both of a square one. */
function tablesOf(name: string, evidence: Evidence, anchors: number): GridTable[] {
  const output = outputOf(evidence.outputs, name);
  const table = tableOf(output);
  if (table === null) return [];
  const [a, b] = table;
  return [
    { rows: a, width: b, isTransposed: false },
    { rows: b, width: a, isTransposed: true },
  ].flatMap(({ rows, width, isTransposed }) => {
    const grid = findGrid(rows, evidence.width, evidence.height, anchors);
    if (grid === null || width < 5) return [];
    const { row, column } = isTransposed ? { row: 1, column: rows } : { row: width, column: 1 };
    const centre = (at: number, axis: 0 | 1): number => {
      return output.values[anchorRow(grid, at) * row + axis * column]!;
    };
    const units = unitsOf(centre, grid, evidence.width, evidence.height);
    return [{ name, grid, rows, width, isTransposed, units }];
  });
}

/** Whether the fifth value of each row is 1, as YOLOv6 writes it before the class scores. */
function isYolov6(table: GridTable, { outputs }: Evidence): boolean {
  const { rows, width, isTransposed, units } = table;
  if (isTransposed || width < 6 || units !== 'view pixels') return false;
  const { values } = outputOf(outputs, table.name);
  for (let row = 0; row < rows; row++)
    if (!(Math.abs(values[row * width + 4]! - 1) < 1e-3)) return false;
  return true;
}

/** Row of the first anchor of a cell: a level's anchors follow one another. */
function anchorRow({ levels, anchors }: Grid, cell: number): number {
  if (anchors === 1) return cell;
  let level = levels[0]!;
  for (const next of levels) if (cell >= next.first) level = next;
  return level.first * anchors + (cell - level.first);
}

/**
 * Whether rows may have this many classes: as many as the metadata names, or COCO's 80 against one
 * more or less where it names none.
 */
function fitsClasses({ facts, isSaid }: Evidence, classes: number, before: number): boolean {
  const written = facts.metadata.get('names');
  const names = written === undefined ? null : parseNames(written);
  if (names !== null) return names.length === classes;
  if (isSaid) return true;
  const other = before === 5 ? classes + 1 : classes - 1;
  return classes === cocoClasses.length || other !== cocoClasses.length;
}

function scaleOf(units: GridUnits, { width, height }: Evidence): readonly [number, number] {
  return units === 'shares of the view' ? [width, height] : [1, 1];
}
