import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { findFfmpeg } from '../../../operators/ingest/ffmpeg/ffmpeg-binary.ts';
import { worldSource } from '../../../operators/ingest/world/world-source.ts';
import { defaultScenario } from '../../../operators/ingest/world/default-scenario.ts';
import { capture } from '../../operators/ingest/capture.ts';

/** Size of the scene in pixels; it is not symmetric, so that a turned picture shows. */
export const sceneWidth = 640;
export const sceneHeight = 480;
/** Frames per second of the scene. */
export const sceneFps = 10;
/** Frames of the scene. */
export const sceneFrames = 40;

const codeBits = 6;
/** Side of one square of the code, as a share of the picture's width. */
const bitShare = 1 / 20;

/**
 * The pictures of the simulated world, each with its number as black and white squares along the
 * upper edge: what a frame shows says which one it is. RGB, `sceneWidth × sceneHeight × 3` bytes.
 */
async function paintScene(): Promise<readonly Buffer[]> {
  const pictures: Buffer[] = [];
  // Static camera and light: frames differ by the moving objects only.
  const scenario = { ...defaultScenario(3), fps: sceneFps, shakePx: 0, noise: 0 };
  const skipped = 30;
  await capture(worldSource(scenario), {
    framesMax: skipped + sceneFrames,
    onFrame: ({ index, full }) => {
      if (index >= skipped) pictures.push(withCode(Buffer.from(full), index - skipped));
    },
  });
  return pictures;
}

function withCode(rgb: Buffer, code: number): Buffer {
  const side = sceneWidth * bitShare;
  // A white and a black square before the number tell a code from anything else.
  const bits = [1, 0, ...Array.from({ length: codeBits }, (_, i) => (code >> i) & 1)];
  bits.forEach((bit, at) => {
    for (let y = 0; y < side; y++) {
      const from = 3 * (y * sceneWidth + at * side);
      rgb.fill(bit === 1 ? 235 : 16, from, from + 3 * side);
    }
  });
  return rgb;
}

/** The scene in a folder: its pictures, and a plain file of them in H.264 of high quality. */
export async function makeScene(folder: string) {
  const { path: ffmpeg } = await findFfmpeg();
  const pictures = await paintScene();
  const plain = join(folder, 'plain.mp4');
  await encode(ffmpeg, pictures, ['-c:v', 'libx264', '-crf', '12', '-pix_fmt', 'yuv420p', plain]);
  return { ffmpeg, folder, pictures, plain };
}

/** The number that a picture of any size shows; null where it shows none. */
export function readCode(rgb: Uint8Array, width: number, height: number): number | null {
  const levelAt = (at: number): number => {
    const x = Math.round(width * bitShare * (at + 0.5));
    const y = Math.round(height * bitShare * (sceneWidth / sceneHeight) * 0.5);
    const from = 3 * (y * width + x);
    return (rgb[from]! + rgb[from + 1]! + rgb[from + 2]!) / 3;
  };
  const [white, black] = [levelAt(0), levelAt(1)];
  if (white - black < 80) return null;
  const middle = (white + black) / 2;
  let code = 0;
  for (let i = 0; i < codeBits; i++) if (levelAt(2 + i) > middle) code |= 1 << i;
  return code;
}

/** Runs ffmpeg with these pictures as its first input; rejects with its errors. */
export async function encode(
  ffmpeg: string,
  pictures: readonly Uint8Array[],
  output: readonly string[],
  { fps = sceneFps, width = sceneWidth, height = sceneHeight } = {},
): Promise<void> {
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', `${fps}`];
  const args = ['-nostdin', '-loglevel', 'error', '-y', ...raw, '-i', 'pipe:0', ...output];
  const child = spawn(ffmpeg, args, { stdio: ['pipe', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close') as Promise<[number | null]>;
  for (const picture of pictures) {
    if (child.stdin.write(picture)) continue;
    await Promise.race([once(child.stdin, 'drain').catch(() => undefined), ended]);
  }
  child.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`ffmpeg ${output.join(' ')}: ${errors}`);
}

/** Runs ffmpeg with these arguments; rejects with its errors. */
export async function transcode(ffmpeg: string, args: readonly string[]): Promise<void> {
  const child = spawn(ffmpeg, ['-nostdin', '-loglevel', 'error', '-y', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`ffmpeg ${args.join(' ')}: ${errors}`);
}
