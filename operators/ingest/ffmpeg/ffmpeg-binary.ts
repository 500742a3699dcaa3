import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SourceError } from '../source.ts';

/** An installed ffmpeg and its capabilities. */
export interface FfmpegBinary {
  readonly path: string;
  /** Where it was found. */
  readonly origin: 'FFMPEG_PATH' | 'PATH' | 'npm';
  /** As printed by `-version`, e.g. `5.1.9-0+deb12u1`. */
  readonly version: string;
  /** Version, path and origin in one line, for logs. */
  readonly description: string;
  /** Major and minor release, as 5.01 for 5.1. Development builds count as 4 or 6, by their year. */
  readonly release: number;
  /** `-fps_mode` replaced `-vsync` in 5.1. */
  readonly hasFpsMode: boolean;
}

/** The environment variables that {@link findFfmpeg} reads. */
export interface FfmpegEnvironment {
  readonly FFMPEG_PATH?: string | undefined;
  readonly PATH?: string | undefined;
}

/** Printing the version takes milliseconds; a program that takes longer hangs. */
const versionTimeoutMs = 10_000;

let cached: { readonly key: string; readonly binary: Promise<FfmpegBinary> } | null = null;

/**
 * Finds the ffmpeg to run: `FFMPEG_PATH`, else the first in `PATH`, else the build of the npm
 * package `@ffmpeg-installer/ffmpeg`.
 *
 * Never falls back when `FFMPEG_PATH` is set but does not work. The result is cached for the same
 * environment.
 *
 * @throws SourceError `no-ffmpeg`
 */
export function findFfmpeg(environment: FfmpegEnvironment = process.env): Promise<FfmpegBinary> {
  const key = `${environment.FFMPEG_PATH ?? ''}\n${environment.PATH ?? ''}`;
  if (cached?.key !== key) cached = { key, binary: locate(environment) };
  return cached.binary;
}

async function locate(environment: FfmpegEnvironment): Promise<FfmpegBinary> {
  const configured = environment.FFMPEG_PATH;
  if (configured !== undefined && configured !== '') return inspect(configured, 'FFMPEG_PATH');
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
    // The package throws on import when it has no build for this platform.
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
    release,
    hasFpsMode: release >= 5.01,
  };
}

/**
 * The release as major + minor / 100. Development builds (`N-47683-g…`) have no number: for them
 * the copyright year decides.
 */
function releaseOf(version: string, banner: string): number {
  const release = /^n?(\d+)\.(\d+)/.exec(version);
  if (release) return Number(release[1]) + Number(release[2]) / 100;
  const year = Number(/Copyright \(c\) \d{4}-(\d{4})/.exec(banner)?.[1] ?? 0);
  return year >= 2023 ? 6 : 4;
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
