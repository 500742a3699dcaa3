import { XMLParser } from 'fast-xml-parser';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { type Chart, drawChart } from '../../../../pipeline/laboratory/results/chart.ts';
import { seriesStyles } from '../../../../pipeline/laboratory/results/palette.ts';

const names = Array.from({ length: 32 }, (_, i) => `method ${i}`);
const styles = seriesStyles(names);

const chart: Chart = {
  title: 'Accuracy <over> "steps" & time',
  description: 'A description.',
  x: { label: 'classes', scale: 'linear' },
  y: { label: 'mAP50', scale: 'linear', include: [0] },
  marks: 'lines',
  series: [
    {
      name: 'ridge & co',
      style: styles.get('method 0')!,
      strong: true,
      points: [
        { x: 1, y: 0.2 },
        { x: 2, y: 0.4 },
      ],
    },
    {
      name: 'finetune',
      style: styles.get('method 1')!,
      points: [
        { x: 1, y: 0.1 },
        { x: 2, y: Number.NaN },
      ],
    },
  ],
};

function parse(svg: string): Record<string, unknown> {
  const parser = new XMLParser({ ignoreAttributes: false, processEntities: true });
  return (parser.parse(svg) as { svg: Record<string, unknown> }).svg;
}

test('a chart is valid SVG, with escaped title and names', async () => {
  const { width, height } = await sharp(Buffer.from(drawChart(chart))).metadata();
  expect([width, height]).toEqual([800, 460]);
  const svg = parse(drawChart(chart));
  expect(svg['title']).toBe('Accuracy <over> "steps" & time');
  expect(svg['desc']).toBe('A description.');
  const texts = (svg['text'] as { '#text': string | number }[]).map((text) => text['#text']);
  expect(texts).toContain('ridge & co');
  expect(texts).toContain('finetune');
});

test('the same chart gives the same bytes', () => {
  expect(drawChart(chart)).toBe(drawChart(structuredClone(chart)));
});

test('higher values are drawn higher, and points that are not finite are omitted', () => {
  const svg = parse(drawChart(chart));
  const [line] = svg['polyline'] as { '@_points': string }[];
  const heights = line!['@_points'].split(' ').map((point) => Number(point.split(',')[1]));
  expect(heights).toHaveLength(2);
  expect(heights[1]).toBeLessThan(heights[0]!);
  expect(drawChart(chart)).not.toContain('NaN');
});

test('a logarithmic axis spaces decades equally and omits values not above 0', () => {
  const points = [0, 1, 10, 100].map((x) => ({ x, y: 0.5 }));
  const svg = parse(
    drawChart({
      ...chart,
      x: { label: 'bytes', scale: 'log' },
      marks: 'dots',
      series: [{ name: 'a', style: styles.get('method 0')!, points }],
    }),
  );
  const circles = svg['circle'] as { '@_cx': string }[];
  const at = circles.map((circle) => Number(circle['@_cx']));
  expect(at).toHaveLength(3);
  expect(at[1]! - at[0]!).toBeCloseTo(at[2]! - at[1]!, 0);
});

test('a chart without points is rejected', () => {
  expect(() => drawChart({ ...chart, series: [] })).toThrow(/nothing to draw/);
});

test('thirty-two names have distinct styles', () => {
  expect(new Set([...styles.values()].map((style) => JSON.stringify(style))).size).toBe(32);
});
