import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, freemem, release, totalmem } from 'node:os';
import sharp from 'sharp';
import { findOnnxRuntime } from '../../../operators/detect/engines/onnx/onnx-runtime.ts';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import { findFfmpeg } from '../../../operators/ingest/ffmpeg/ffmpeg-binary.ts';
import { readVersion } from '../../read-version.ts';
import { better, fine, problem, type Finding } from './finding.ts';

/** Extensions of processors that make a detector fast, as Linux names them. */
const usefulFlags = ['avx2', 'avx512f', 'avx_vnni', 'avx512_vnni', 'asimd', 'asimddp'];
const gigabyte = 1024 ** 3;
/** A run takes about half of this, and pictures and the system the rest. */
const memoryMin = gigabyte;
/** No clock that is right shows less: this program did not exist. */
const earliest = '2026-01-01';
const listTimeoutMs = 5000;

/** Versions, processor, memory, graphics cards and clock. */
export function examineSystem(now = new Date()): Finding[] {
  return [versions(), processor(), memory(), graphics(), clock(now)];
}

function versions(): Finding {
  const { vips } = sharp.versions;
  const system = `${process.platform} ${release()} on ${process.arch}`;
  return fine(
    'versions',
    `lifelens ${readVersion()}, Node ${process.versions.node}, libvips ${vips}, ${system}`,
  );
}

function processor(): Finding {
  const cores = availableParallelism();
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const flags = processorFlags();
  const found = usefulFlags.filter((flag) => flags?.has(flag));
  const extensions = flags === null ? '' : ` (${found.join(', ') || 'no vector extensions'})`;
  const text = `${cores} ${cores === 1 ? 'core' : 'cores'}, ${model}${extensions}`;
  if (flags !== null && process.arch === 'x64' && !flags.has('avx2')) {
    return better('processor', text, 'without AVX2 the detector is slow: use a newer processor');
  }
  return fine('processor', text);
}

/** Null where the system does not say. */
function processorFlags(): ReadonlySet<string> | null {
  try {
    const line = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1];
    return line === undefined ? null : new Set(line.trim().split(/\s+/));
  } catch {
    return null;
  }
}

function memory(): Finding {
  const limit = process.constrainedMemory();
  // Without a limit the system names none, or one beyond all memory.
  const total = limit > 0 && limit < totalmem() ? limit : totalmem();
  const size = (bytes: number): string => `${(bytes / gigabyte).toFixed(1)} GiB`;
  const text = `${size(total)}, of the machine's ${size(totalmem())} ${size(freemem())} are free`;
  if (total >= memoryMin) return fine('memory', text);
  return better('memory', text, `give it ${size(memoryMin)}, or set remember.bytesMax lower`);
}

function graphics(): Finding {
  const nvidia = existsSync('/dev/nvidia0') || existsSync('/proc/driver/nvidia/version');
  const decoder = existsSync('/dev/dri/renderD128');
  const hasCuda = findOnnxRuntime()?.hasCuda ?? false;
  const text = [
    nvidia ? 'an NVIDIA card' : 'no NVIDIA card',
    hasCuda ? 'ONNX Runtime with CUDA' : 'ONNX Runtime without CUDA',
    decoder ? 'a device for decoding (VAAPI)' : 'no device for decoding (VAAPI)',
  ].join(', ');
  if (nvidia && !hasCuda) {
    const advice = 'install the libraries for the card, as docs/engines.md says';
    return better('graphics', text, advice);
  }
  return fine('graphics', text);
}

function clock(now: Date): Finding {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const text = `${now.toISOString()}, time zone ${zone}`;
  if (now.getTime() >= Date.parse(earliest)) return fine('clock', text);
  return problem('clock', text, 'set the clock: labels, heads and pictures are dated by it');
}

/** Which ffmpeg decodes videos and network cameras. */
export async function examineFfmpeg(): Promise<Finding> {
  try {
    const { path, description, warning } = await findFfmpeg();
    const hardware = await hardwareOf(path);
    const text = `${description}; hardware: ${hardware.join(', ') || 'none'}`;
    return warning === null ? fine('ffmpeg', text) : better('ffmpeg', text, warning);
  } catch (error) {
    const advice = 'install ffmpeg, or set FFMPEG_PATH to one';
    return problem('ffmpeg', messageOf(error), advice);
  }
}

function hardwareOf(path: string): Promise<string[]> {
  return new Promise((resolve) => {
    const args = ['-hide_banner', '-hwaccels'];
    execFile(path, args, { timeout: listTimeoutMs }, (error, stdout) => {
      const lines = error === null ? stdout.trim().split(/\r?\n/).slice(1) : [];
      resolve(lines.map((line) => line.trim()).filter((line) => line !== ''));
    });
  });
}
