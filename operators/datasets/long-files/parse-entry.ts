import type { z } from 'zod';

/**
 * Returns an entry of a file in the shape of a schema.
 *
 * @param place Of the entry in its file.
 * @throws What `fail` makes of the place of the first fault and what was expected there.
 */
export function parseEntry<T>(
  schema: z.ZodType<T>,
  value: unknown,
  place: string,
  fail: (message: string) => Error,
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw fail(`${[place, ...path].join('.')}: ${message}`);
}
