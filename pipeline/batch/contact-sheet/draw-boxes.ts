import type { LabelledImage } from '../../../operators/datasets/dataset.ts';

/** Objects of a picture up to which each has its name; more hide it, and colours tell. */
const namedMax = 8;
/** Characters of a name that are shown. */
const nameMax = 24;
const fontSize = 12;
const lineHeight = 15;

/** Colour of a class on the sheet: hues at the golden angle, so that neighbours differ. */
export function colourOf(index: number): string {
  return `hsl(${Math.round((index * 137.508) % 360)} 90% 60%)`;
}

/** SVG of the boxes and class names of a picture that is scaled to `width` × `height`. */
export function boxesSvg(
  image: LabelledImage,
  classes: readonly string[],
  { width, height }: { readonly width: number; readonly height: number },
): string {
  const [across, down] = [width / image.width, height / image.height];
  const shapes = image.objects.map(({ class: name, box }) => {
    const [left, top] = [box[0] * across, box[1] * down];
    const [right, bottom] = [box[2] * across, box[3] * down];
    const colour = colourOf(classes.indexOf(name));
    const at = `x="${left.toFixed(1)}" y="${top.toFixed(1)}"`;
    const size = `width="${(right - left).toFixed(1)}" height="${(bottom - top).toFixed(1)}"`;
    const rectangle = (stroke: string, line: number) =>
      `<rect ${at} ${size} fill="none" stroke="${stroke}" stroke-width="${line}"/>`;
    const frame = rectangle('black', 4) + rectangle(colour, 2);
    if (image.objects.length > namedMax) return frame;
    const baseline = top > lineHeight ? top - 4 : Math.min(height - 4, top + fontSize + 2);
    const x = Math.max(0, Math.min(left, width - textWidth(shortName(name))));
    return frame + label(shortName(name), colour, x, baseline);
  });
  return svg(width, height, shapes.join(''));
}

/** SVG of a list of classes with their colours and numbers of objects, `width` pixels wide. */
export function legendSvg(
  entries: readonly { readonly name: string; readonly colour: string }[],
  width: number,
): { readonly text: string; readonly height: number } {
  const shapes: string[] = [];
  let [x, y] = [8, lineHeight + 4];
  for (const { name, colour } of entries) {
    const wide = textWidth(name) + 12;
    if (x + wide > width && x > 8) [x, y] = [8, y + lineHeight + 4];
    shapes.push(label(name, colour, x, y));
    x += wide;
  }
  const height = y + 8;
  return { text: svg(width, height, shapes.join('')), height };
}

/** SVG of one grey line of text. */
export function captionSvg(text: string, width: number, height: number): string {
  const most = Math.floor(width / (fontSize * 0.62));
  const shown = text.length > most ? `…${text.slice(1 - most)}` : text;
  return svg(width, height, plainText(shown, 2, height - 5, '#ddd'));
}

/** A name that fits beside a box. */
export function shortName(name: string): string {
  return name.length > nameMax ? `${name.slice(0, nameMax - 1)}…` : name;
}

function label(text: string, colour: string, x: number, baseline: number): string {
  const y = baseline - fontSize;
  const ground = `<rect x="${x}" y="${y}" width="${textWidth(text)}" height="${lineHeight}" fill="${colour}"/>`;
  return ground + plainText(text, x + 2, baseline, 'black');
}

function plainText(text: string, x: number, y: number, colour: string): string {
  const style = `font-family="DejaVu Sans, Arial, sans-serif" font-size="${fontSize}"`;
  return `<text x="${x}" y="${y}" ${style} fill="${colour}">${escaped(text)}</text>`;
}

/** Roughly, since the font is whatever the system has. */
function textWidth(text: string): number {
  return Math.ceil(text.length * fontSize * 0.6) + 4;
}

function svg(width: number, height: number, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`;
}

/** Text as XML allows it: names come from files, and control characters are no XML. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);
}
