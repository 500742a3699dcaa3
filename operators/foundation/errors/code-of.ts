/** The system's code of an error, such as `ENOENT`; `otherwise` for an error without one. */
export function codeOf(error: unknown, otherwise = 'unknown'): string {
  return error instanceof Error && 'code' in error ? String(error.code) : otherwise;
}
