import type { SubstitutedPaths } from './config-problems.ts';
import { alternatives, childSchema, formatPath, type JsonSchema } from './json-schema.ts';

/** Matches the escape `$${` for a literal `${`, and any reference `${…}`. */
const reference = /\$\$\{|\$\{([^}]*)\}/g;
const wellFormed = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/** Configuration input with its environment references replaced. */
export interface Substitution {
  readonly value: unknown;
  readonly substituted: SubstitutedPaths;
  /** One line per malformed reference and per unset variable without a default. */
  readonly problems: readonly string[];
}

/**
 * Replaces `${NAME}` and `${NAME:-default}` in all text values; keys stay as they are.
 *
 * Replaced text becomes a number or boolean where `schema` requires one, and null where it is
 * empty and the schema allows null. References inside the value of a variable are not replaced.
 */
export function substituteEnvironment(
  input: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  schema: JsonSchema,
): Substitution {
  const substituted = new Map<string, string>();
  const problems: string[] = [];

  const replaceText = (text: string, path: readonly PropertyKey[], node?: JsonSchema): unknown => {
    let replacements = 0;
    const replaced = text.replace(reference, (match, body: string | undefined) => {
      if (body === undefined) return '${';
      replacements++;
      const [, name, fallback] = wellFormed.exec(body) ?? [];
      const at = formatPath(path);
      if (name === undefined) {
        problems.push(`${at}: expected \${NAME} or \${NAME:-default}, got ${match}`);
        return '';
      }
      // As in a shell, `:-` also replaces an empty variable.
      const value = environment[name];
      if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
      if (value === undefined) problems.push(`${at}: environment variable ${name} is not set`);
      return value ?? '';
    });
    if (replacements === 0) return replaced;
    substituted.set(formatPath(path), text);
    return node === undefined ? replaced : coerce(replaced, node);
  };

  const walk = (value: unknown, path: readonly PropertyKey[], node?: JsonSchema): unknown => {
    if (typeof value === 'string') return replaceText(value, path, node);
    if (Array.isArray(value)) {
      return value.map((item, index) =>
        walk(item, [...path, index], node && childSchema(node, index)),
      );
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, member]) => [
      key,
      walk(member, [...path, key], node && childSchema(node, key)),
    ]);
    return Object.fromEntries(entries) as unknown;
  };

  return { value: walk(input, [], schema), substituted, problems };
}

function coerce(text: string, node: JsonSchema): unknown {
  const types = alternatives(node).map(({ type }) => type);
  if (types.includes('string')) return text === '' && types.includes('null') ? null : text;
  if (text === '' && types.includes('null')) return null;
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  if (types.includes('number') || types.includes('integer')) {
    const number = Number(text);
    if (text.trim() !== '' && Number.isFinite(number)) return number;
  }
  return text;
}
