import sharp, { type OverlayOptions } from 'sharp';
import type { JudgedQuestion } from './score-questions.ts';

const columns = 10;
const tile = { side: 128, caption: 32, gap: 4 };
/** Samples shown of one question. */
const samplesShown = 3;

/** Draws the questions' samples with their verdicts on one PNG; null where nothing was asked. */
export async function drawQuestions(judged: readonly JudgedQuestion[]): Promise<Buffer | null> {
  const tiles = judged.flatMap(({ question, verdict, objectId }) =>
    question.samples.slice(0, samplesShown).map((sample) => ({
      jpeg: sample.jpeg,
      lines: [
        `${question.clusterId} ${verdict}${question.isOpen ? '' : ' (gone)'}`,
        `${objectId ?? ''} ${(sample.timestampMs / 1000).toFixed(1)}s t${sample.trackId}`,
      ],
    })),
  );
  if (tiles.length === 0) return null;
  const [stepX, stepY] = [tile.side + tile.gap, tile.side + tile.caption + tile.gap];
  const layers: OverlayOptions[] = [];
  for (const [i, { jpeg, lines }] of tiles.entries()) {
    const left = tile.gap + (i % columns) * stepX;
    const top = tile.gap + Math.floor(i / columns) * stepY;
    const input = await sharp(jpeg)
      .resize(tile.side, tile.side, { fit: 'contain', background: '#222' })
      .png()
      .toBuffer();
    layers.push({ input, left, top });
    layers.push({ input: Buffer.from(caption(lines)), left, top: top + tile.side });
  }
  const width = tile.gap + columns * stepX;
  const height = tile.gap + Math.ceil(tiles.length / columns) * stepY;
  return sharp({ create: { width, height, channels: 3, background: '#222' } })
    .composite(layers)
    .png()
    .toBuffer();
}

function caption(lines: readonly string[]): string {
  const texts = lines.map(
    (line, i) => `<text x="2" y="${12 + 14 * i}" font-size="11" fill="#fff">${line}</text>`,
  );
  const size = `width="${tile.side}" height="${tile.caption}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${texts.join('')}</svg>`;
}
