import { availableParallelism } from 'node:os';
import type { Config } from './config.ts';

/** Side in pixels that `detect.size: auto` stands for where nothing is measured. */
export const defaultSide = 320;

/**
 * The detector's input and threads for work that is not live, and must give the same everywhere:
 * nothing is measured, and all cores are its own.
 */
export function fixedDetect({ size, threads }: Pick<Config['detect'], 'size' | 'threads'>): {
  readonly viewSize: number;
  readonly threads: number;
} {
  return {
    viewSize: size === 'auto' ? defaultSide : size,
    threads: threads === 'auto' ? availableParallelism() : threads,
  };
}
