import { availableParallelism } from 'node:os';
import type { Config } from './config.ts';

/** Side in pixels that `detect.size: auto` stands for where nothing is measured. */
export const defaultSide = 320;

/**
 * The detector's input and threads for work that is not live, and must give the same everywhere:
 * nothing is measured, and all cores are its own.
 */
export function fixedDetect({
  size,
  threads,
  model,
}: Pick<Config['detect'], 'size' | 'threads' | 'model'>): {
  /** `auto`: the size of a detector of the user. */
  readonly viewSize: number | 'auto';
  readonly threads: number;
} {
  return {
    viewSize: size === 'auto' && model === null ? defaultSide : size,
    threads: threads === 'auto' ? availableParallelism() : threads,
  };
}
