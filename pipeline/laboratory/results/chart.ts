import type { SeriesStyle } from './palette.ts';
import { type Area, placeBesideDots, spreadLabels } from './place-labels.ts';
import { type AxisScale, linearTicks, logTicks, type Ticks } from './ticks.ts';

export interface ChartAxis {
  readonly label: string;
  readonly scale: AxisScale;
  /** Formats a tick. Default: the number. */
  readonly format?: (value: number) => string;
  /** Values that the axis must cover. */
  readonly include?: readonly number[];
}

export interface ChartSeries {
  readonly name: string;
  readonly style: SeriesStyle;
  /** Draws it thicker, with a bold name. */
  readonly strong?: boolean;
  readonly points: readonly { readonly x: number; readonly y: number }[];
}

export interface Chart {
  readonly title: string;
  /** Alternative text. */
  readonly description: string;
  readonly x: ChartAxis;
  readonly y: ChartAxis;
  /** Names are placed at the ends of `lines`, and beside the last dot of each series of `dots`. */
  readonly marks: 'lines' | 'dots';
  readonly series: readonly ChartSeries[];
}

const width = 800;
const height = 460;
const plot = { left: 70, top: 48, bottom: 400 };
/** Right edge of the plot: charts of lines have a column of names beside it. */
const rightOf = { lines: 630, dots: 720 };
const fontSize = 13;
/** Width of a sans-serif letter in font sizes, rounded up. */
const letterWidth = 0.64;

/** Maps values to pixels along the axes. */
interface Mapping {
  /** Right edge of the plot. */
  readonly right: number;
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/**
 * Draws a chart as SVG text, on a white background that stays readable on a dark page, with names
 * at the curves instead of a legend. Equal charts give equal bytes.
 *
 * Omits points that are not finite, and points not above 0 on a logarithmic axis. Throws a
 * RangeError if no point remains.
 */
export function drawChart(chart: Chart): string {
  const series = chart.series
    .map((line) => ({ ...line, points: line.points.filter((point) => canBeDrawn(chart, point)) }))
    .filter(({ points }) => points.length > 0);
  if (series.length === 0) throw new RangeError(`nothing to draw in "${chart.title}"`);
  const points = series.flatMap((line) => line.points);
  const across = points.map(({ x }) => x);
  const xTicks = chart.marks === 'lines' ? tightTicks(chart.x, across) : ticksOf(chart.x, across);
  const yTicks = ticksOf(
    chart.y,
    points.map(({ y }) => y),
  );
  const right = rightOf[chart.marks];
  const map: Mapping = {
    right,
    x: mapping(chart.x.scale, xTicks, plot.left, right),
    y: mapping(chart.y.scale, yTicks, plot.bottom, plot.top),
  };
  const body = [
    ...drawAxes(chart, xTicks, yTicks, map),
    ...(chart.marks === 'lines' ? drawLines(series, map) : drawDots(series, map)),
  ];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="${fontSize}">`,
    `<title>${escaped(chart.title)}</title>`,
    `<desc>${escaped(chart.description)}</desc>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="6" fill="#ffffff" stroke="#d0d4d9"/>`,
    ...body,
    '</svg>',
  ].join('\n')}\n`;
}

function canBeDrawn({ x, y }: Chart, point: { readonly x: number; readonly y: number }): boolean {
  const fits = (value: number, scale: AxisScale) =>
    Number.isFinite(value) && (scale === 'linear' || value > 0);
  return fits(point.x, x.scale) && fits(point.y, y.scale);
}

function ticksOf({ scale, include = [] }: ChartAxis, values: readonly number[]): Ticks {
  const all = [...values, ...include];
  const [min, max] = [Math.min(...all), Math.max(...all)];
  return scale === 'log' ? logTicks(min, max) : linearTicks(min, max);
}

/** Ticks of an axis that ends at its outermost values, so that curves span its full width. */
function tightTicks(axis: ChartAxis, values: readonly number[]): Ticks {
  const all = [...values, ...(axis.include ?? [])];
  const [from, to] = [Math.min(...all), Math.max(...all)];
  const wide = ticksOf(axis, values);
  if (from === to) return wide;
  return { from, to, values: wide.values.filter((value) => value >= from && value <= to) };
}

function mapping(scale: AxisScale, { from, to }: Ticks, start: number, end: number) {
  const place = scale === 'log' ? Math.log : (value: number) => value;
  const [low, high] = [place(from), place(to)];
  return (value: number): number => start + ((place(value) - low) / (high - low)) * (end - start);
}

function drawAxes(chart: Chart, xTicks: Ticks, yTicks: Ticks, map: Mapping): string[] {
  const xText = chart.x.format ?? String;
  const yText = chart.y.format ?? String;
  const middle = (plot.left + map.right) / 2;
  return [
    `<text x="${plot.left}" y="28" font-size="16" font-weight="600" fill="#1b1f24">${escaped(chart.title)}</text>`,
    ...xTicks.values.flatMap((value) => [
      line(map.x(value), plot.top, map.x(value), plot.bottom, '#eceff2'),
      text(map.x(value), plot.bottom + 20, xText(value), 'middle'),
    ]),
    ...yTicks.values.flatMap((value) => [
      line(plot.left, map.y(value), map.right, map.y(value), '#e1e5ea'),
      text(plot.left - 10, map.y(value) + 4.5, yText(value), 'end'),
    ]),
    line(plot.left, plot.bottom, map.right, plot.bottom, '#59636e'),
    text(middle, plot.bottom + 44, chart.x.label, 'middle'),
    `<text transform="translate(20 ${pixels((plot.top + plot.bottom) / 2)}) rotate(-90)" text-anchor="middle" fill="#3d444d">${escaped(chart.y.label)}</text>`,
  ];
}

function drawLines(series: readonly ChartSeries[], map: Mapping): string[] {
  const ends = series.map(({ points }) => map.y(points.at(-1)!.y));
  const heights = spreadLabels(ends, { gap: 16, top: plot.top, bottom: plot.bottom });
  const labelX = map.right + 44;
  return series.flatMap(({ name, style, strong = false, points }, i) => {
    const path = points.map(({ x, y }) => `${pixels(map.x(x))},${pixels(map.y(y))}`).join(' ');
    const stroke = `fill="none" stroke="${style.colour}" stroke-width="${strong ? 3.5 : 1.75}" stroke-linejoin="round"${style.dash === '' ? '' : ` stroke-dasharray="${style.dash}"`}`;
    const last = map.x(points.at(-1)!.x);
    const leader = `${pixels(last + 5)},${pixels(ends[i]!)} ${pixels(labelX - 22)},${pixels(heights[i]!)} ${pixels(labelX - 4)},${pixels(heights[i]!)}`;
    return [
      `<polyline points="${path}" ${stroke}/>`,
      ...points.map((point) => marker(style, map.x(point.x), map.y(point.y), strong ? 4 : 2.75)),
      `<polyline points="${leader}" fill="none" stroke="${style.colour}" stroke-width="1"/>`,
      label(labelX, heights[i]! + 4.5, name, strong),
    ];
  });
}

function drawDots(series: readonly ChartSeries[], map: Mapping): string[] {
  const named = series.map(({ name, points }) => ({
    x: map.x(points.at(-1)!.x),
    y: map.y(points.at(-1)!.y),
    width: name.length * fontSize * letterWidth,
    height: fontSize + 2,
  }));
  const bounds: Area = [plot.left, plot.top - 8, width - 8, plot.bottom];
  const others = series.flatMap(({ points }) =>
    points.slice(0, -1).map(({ x, y }) => ({ x: map.x(x), y: map.y(y) })),
  );
  const areas = placeBesideDots(named, others, bounds);
  return [
    ...series.flatMap(({ style, strong = false, points }) => {
      const path = points.map(({ x, y }) => `${pixels(map.x(x))},${pixels(map.y(y))}`).join(' ');
      const joined =
        points.length < 2
          ? []
          : [
              `<polyline points="${path}" fill="none" stroke="${style.colour}" stroke-width="1.25" stroke-opacity="0.6"/>`,
            ];
      return [
        ...joined,
        ...points.map(({ x, y }) => marker(style, map.x(x), map.y(y), strong ? 7 : 4.5)),
      ];
    }),
    ...series.map(({ name, strong = false }, i) =>
      label(areas[i]![0], areas[i]![3] - 3.5, name, strong),
    ),
  ];
}

function marker({ marker: shape, colour }: SeriesStyle, x: number, y: number, r: number): string {
  const paint = `fill="${colour}" stroke="#ffffff" stroke-width="0.75"`;
  const corners = (...offsets: (readonly [number, number])[]) =>
    offsets.map(([dx, dy]) => `${pixels(x + dx * r)},${pixels(y + dy * r)}`).join(' ');
  switch (shape) {
    case 'circle':
      return `<circle cx="${pixels(x)}" cy="${pixels(y)}" r="${r}" ${paint}/>`;
    case 'square':
      return `<rect x="${pixels(x - r)}" y="${pixels(y - r)}" width="${2 * r}" height="${2 * r}" ${paint}/>`;
    case 'triangle':
      return `<polygon points="${corners([0, -1.2], [1.15, 0.9], [-1.15, 0.9])}" ${paint}/>`;
    case 'diamond':
      return `<polygon points="${corners([0, -1.3], [1.3, 0], [0, 1.3], [-1.3, 0])}" ${paint}/>`;
  }
}

function line(x0: number, y0: number, x1: number, y1: number, colour: string): string {
  return `<line x1="${pixels(x0)}" y1="${pixels(y0)}" x2="${pixels(x1)}" y2="${pixels(y1)}" stroke="${colour}"/>`;
}

function text(x: number, y: number, content: string, anchor: 'middle' | 'end'): string {
  return `<text x="${pixels(x)}" y="${pixels(y)}" text-anchor="${anchor}" fill="#3d444d">${escaped(content)}</text>`;
}

/** A name with a white outline, which keeps it readable on top of lines. */
function label(x: number, y: number, name: string, strong: boolean): string {
  const weight = strong ? ' font-weight="700"' : '';
  return `<text x="${pixels(x)}" y="${pixels(y)}" fill="#1b1f24"${weight} stroke="#ffffff" stroke-width="3" paint-order="stroke">${escaped(name)}</text>`;
}

/** Rounds to a tenth of a pixel and turns -0 into 0. */
function pixels(value: number): string {
  return String(Number(value.toFixed(1)) + 0);
}

function escaped(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
