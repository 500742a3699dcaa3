import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SourceError } from '../source.ts';

/** Where an ffmpeg was found and what it can do. */
export interface FfmpegBinary {
  readonly path: string;
  readonly origin: 'FFMPEG_PATH' | 'PATH' | 'npm';
  /** As it names itself, e.g. `5.1.9-0+deb12u1`. */
  readonly version: string;
  /** One line for a log. */
  readonly description: string;
  /** `-fps_mode` replaced `-vsync` in 5.1. */
  readonly knowsFpsMode: boolean;
  /** `-timeout` of RTSP means waiting for a listener before 5.0, where `-stimeout` bounds the socket. */
  readonly rtspTimeoutOption: '-timeout' | '-stimeout';
}

/** What finding an ffmpeg depends on. */
export interface FfmpegEnvironment {
  readonly FFMPEG_PATH?: string | undefined;
  readonly PATH?: string | undefined;
}

/** Starting a program that only prints its version takes milliseconds; more means that it hangs. */
const versionTimeoutMs = 10_000;

let newest: { readonly key: string; readonly binary: Promise<FfmpegBinary> } | null = null;

/**
 * Finds the ffmpeg to run: `FFMPEG_PATH`, else the one in `PATH`, else the build that
 * npm's `@ffmpeg-installer/ffmpeg` brought along.
 *
 * A `FFMPEG_PATH` that does not work is an error, not a reason to take another one. The
 * answer for the same environment is remembered.
 *
 * @throws SourceError `no-ffmpeg`
 */
export function findFfmpeg(environment: FfmpegEnvironment = process.env): Promise<FfmpegBinary> {
  const key = `${environment.FFMPEG_PATH ?? ''}\n${environment.PATH ?? ''}`;
  if (newest?.key !== key) newest = { key, binary: locate(environment) };
  return newest.binary;
}

async function locate(environment: FfmpegEnvironment): Promise<FfmpegBinary> {
  const wanted = environment.FFMPEG_PATH;
  if (wanted !== undefined && wanted !== '') return inspect(wanted, 'FFMPEG_PATH');
  const inPath = searchPath(environment.PATH ?? '');
  if (inPath !== null) return inspect(inPath, 'PATH');
  return inspect(await npmBinary(), 'npm');
}

function searchPath(path: string): string | null {
  const name = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg';
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue;
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

async function npmBinary(): Promise<string> {
  try {
    // It throws while loading where it has no build for this platform.
    const installer = await import('@ffmpeg-installer/ffmpeg');
    return installer.default.path;
  } catch (cause) {
    throw new SourceError(
      'no-ffmpeg',
      'ffmpeg',
      'no ffmpeg found: install one, or set FFMPEG_PATH to its path',
      { cause },
    );
  }
}

async function inspect(path: string, origin: FfmpegBinary['origin']): Promise<FfmpegBinary> {
  const banner = await new Promise<string>((resolve, reject) => {
    execFile(path, ['-version'], { timeout: versionTimeoutMs }, (cause, stdout) => {
      if (cause === null) return resolve(stdout);
      const message = `${path} (from ${origin}) does not run as ffmpeg: ${firstLine(cause.message)}`;
      reject(new SourceError('no-ffmpeg', path, message, { cause }));
    });
  });
  const version = /^ffmpeg version (\S+)/.exec(banner)?.[1] ?? 'unknown';
  const release = releaseOf(version, banner);
  const note = origin === 'npm' ? ' (from npm: an old build; a system ffmpeg is better)' : '';
  return {
    path,
    origin,
    version,
    description: `ffmpeg ${version} at ${path}, found by ${origin}${note}`,
    knowsFpsMode: release >= 5.01,
    rtspTimeoutOption: release >= 5 ? '-timeout' : '-stimeout',
  };
}

/** Major + minor / 100. Development builds (`N-47683-g…`) have no number; their copyright year tells. */
function releaseOf(version: string, banner: string): number {
  const numbered = /^n?(\d+)\.(\d+)/.exec(version);
  if (numbered) return Number(numbered[1]) + Number(numbered[2]) / 100;
  const year = Number(/Copyright \(c\) \d{4}-(\d{4})/.exec(banner)?.[1] ?? 0);
  return year >= 2023 ? 6 : 4;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
