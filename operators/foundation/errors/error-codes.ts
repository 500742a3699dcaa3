import type { ErrorEntry, ErrorTable } from './error-entry.ts';
import { inputErrors } from './input-errors.ts';
import { runtimeErrors } from './runtime-errors.ts';
import { systemErrors } from './system-errors.ts';

/** Every error class of lifelens with its codes; docs/errors.md is generated from it. */
export const errorCodes = {
  ...inputErrors,
  ...systemErrors,
  ...runtimeErrors,
} as const satisfies ErrorTable;

type Codes = typeof errorCodes;

/** The type of the `code` of an error class, by the name of the class. */
export type ErrorCode<Name extends keyof Codes> = Codes[Name] extends { otherSystemCodes: true }
  ? string
  : keyof Codes[Name]['codes'];

/**
 * Exit code of a program that `error` ends; null for errors that are not in the table or never end
 * the program, which are faults of the program itself.
 */
export function exitCodeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !Object.hasOwn(errorCodes, error.name)) return null;
  const entry: ErrorEntry = errorCodes[error.name as keyof Codes];
  const code = 'code' in error ? String(error.code) : '';
  const known = Object.hasOwn(entry.codes, code) ? entry.codes[code] : undefined;
  if (known === undefined && entry.otherSystemCodes !== true) return null;
  return known?.exitCode ?? entry.exitCode;
}
