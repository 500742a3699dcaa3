import type { z } from 'zod';
import { shownAddress, withoutSecrets } from '../../operators/foundation/secrets/shown-address.ts';
import { describeSchema, formatPath, schemaAt, type JsonSchema } from './json-schema.ts';

type Issue = z.core.$ZodIssue;

/** Maps the dotted paths of values taken from environment variables to the text in the file. */
export type SubstitutedPaths = ReadonlyMap<string, string>;

/** Values under these keys are never quoted in a message. */
const secretKey = /token|password|secret|credential/i;
/** Nor is text under these. */
const addressKey = /^(source|detectSource|servers?|user)$/i;
const quotedLengthMax = 60;

/**
 * Describes violations of the schema, one line per problem in the order of the schema, such as
 * `cameras.door.fps: expected a number from 0.1 to 120, got "fast"`.
 */
export function describeProblems(
  issues: readonly Issue[],
  schema: JsonSchema,
  input: unknown,
  substituted: SubstitutedPaths,
): string[] {
  return issues.flatMap((issue) => {
    const path = issue.path;
    if (issue.code === 'unrecognized_keys') {
      const known = Object.keys(schemaAt(schema, path)?.properties ?? {});
      return issue.keys.map(
        (key) => `${shownPath([...path, key])}: unknown key${didYouMean(key, known)}`,
      );
    }
    const lead = path.length === 0 ? '' : `${shownPath(path)}: `;
    if (issue.code === 'invalid_key') {
      return [`${lead}${issue.issues[0]?.message ?? issue.message}`];
    }
    const got = describeValue(path, valueAt(input, path), substituted);
    // A refinement's message states its expectation; the others are derived from the schema.
    if (issue.code === 'custom' || isOwnMessage(issue)) return [`${lead}${issue.message}`];
    if (issue.code === 'invalid_format') return [`${lead}${issue.message}, got ${got}`];
    const node = schemaAt(schema, path);
    const expected = node === undefined ? issue.message : `expected ${describeSchema(node)}`;
    return [`${lead}${expected}, got ${got}`];
  });
}

/** True for a value outside a list whose schema says more about it than which values there are. */
function isOwnMessage({ code, message }: Issue): boolean {
  return code === 'invalid_value' && !message.startsWith('Invalid ');
}

/** A path as messages show it: a key may be an address as well. */
function shownPath(path: readonly PropertyKey[]): string {
  return withoutSecrets(formatPath(path));
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key) as unknown;
  }
  return value;
}

function describeValue(
  path: readonly PropertyKey[],
  value: unknown,
  substituted: SubstitutedPaths,
): string {
  const written = substituted.get(formatPath(path));
  if (written !== undefined) return `the value of ${written}`;
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (path.some((key) => secretKey.test(String(key)))) return 'a value that is not shown';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a mapping';
  // A value at the wrong place may be an address, with or without its protocol.
  const isAddress = path.some((key) => addressKey.test(String(key)));
  if (typeof value === 'string' && (isAddress || shownAddress(value) !== value))
    return 'a value that is not shown';
  const text = JSON.stringify(value);
  return text.length > quotedLengthMax ? `${text.slice(0, quotedLengthMax)}…` : text;
}

function didYouMean(key: string, known: readonly string[]): string {
  // A missing unit or ending, such as `bytes` for `bytesMax`, is the most likely mistake.
  let best = known.find((candidate) => candidate.toLowerCase().startsWith(key.toLowerCase()));
  if (best !== undefined) return `, did you mean ${best}?`;
  let bestDistance = Math.max(2, Math.floor(key.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(key.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== undefined) return `, did you mean ${best}?`;
  return known.length === 0 ? '' : `, expected one of ${known.join(', ')}`;
}

/** Levenshtein distance: insertions, deletions and replacements between two words. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
