import { execFile } from 'node:child_process';
import type { FfmpegBinary } from './ffmpeg-binary.ts';

/** Listing filters takes milliseconds; a program that takes longer hangs. */
const listTimeoutMs = 10_000;
const outputMax = 1024 * 1024;
const answers = new WeakMap<FfmpegBinary, Map<string, Promise<string>>>();

/** Whether a build has a filter, such as `zscale`; false where it does not answer. */
export function hasFilter(binary: FfmpegBinary, name: string): Promise<boolean> {
  return lists(binary, '-filters', name);
}

/** Whether a build has a decoder, such as `libvpx-vp9`; false where it does not answer. */
export function hasDecoder(binary: FfmpegBinary, name: string): Promise<boolean> {
  return lists(binary, '-decoders', name);
}

/**
 * Whether a build turns pictures by their EXIF orientation, as those since 5.0 do. Between 4.1 and
 * 4.4 it is found out with a picture of 8 × 16 pixels that lies on its side.
 */
export async function turnsByExif(binary: FfmpegBinary): Promise<boolean> {
  if (binary.release >= 5) return true;
  const input = `data:image/jpeg;base64,${turnedPicture}`;
  const graph = ['-filter_complex', '[0:v]showinfo[out]', '-map', '[out]', '-f', 'null', '-'];
  const text = await answer(binary, ['-nostdin', '-f', 'mjpeg', '-i', input, ...graph]);
  return / s:16x8 /.test(text);
}

async function lists(binary: FfmpegBinary, list: string, name: string): Promise<boolean> {
  const text = await answer(binary, [list]);
  return text.split('\n').some((line) => line.trim().split(/\s+/)[1] === name);
}

/** Both outputs of one run, which is made once per binary; empty when it fails. */
function answer(binary: FfmpegBinary, args: readonly string[]): Promise<string> {
  const known = answers.get(binary) ?? new Map<string, Promise<string>>();
  answers.set(binary, known);
  const key = args.join(' ');
  const answered =
    known.get(key) ??
    new Promise<string>((resolve) => {
      const options = { timeout: listTimeoutMs, maxBuffer: outputMax };
      execFile(binary.path, ['-hide_banner', ...args], options, (error, stdout, stderr) =>
        resolve(error === null ? stdout + stderr : ''),
      );
    });
  known.set(key, answered);
  return answered;
}

/** A grey JPEG of 8 × 16 pixels with EXIF orientation 6. */
const turnedPicture = [
  '/9j/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAP////////////////////////////////',
  '//////////////////////////////////////////////////////wAALCAAQAAgBAREA/8QAFAABAAAAAAAAAAAA',
  'AAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AD//Z',
].join('');
