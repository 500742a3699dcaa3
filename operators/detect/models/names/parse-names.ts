/**
 * Reads class names from text: a list or mapping in JSON or in Python's notation, as Ultralytics
 * writes into metadata (`{0: 'person', 1: 'bicycle'}`), or one name a line. Returns the names in
 * the order of their numbers; null where the text is none of these or a number is missing, as where
 * a line before the last name is blank.
 */
export function parseNames(text: string): string[] | null {
  const trimmed = text.trim();
  if (/^[[{]/.test(trimmed)) return parseLiteral(trimmed);
  const names = linesOf(text);
  return names.every(isName) ? names : null;
}

/** The number from 1 of the first blank line before the last name; null if there is none. */
export function blankLineOf(text: string): number | null {
  const at = linesOf(text).indexOf('');
  return at < 0 ? null : at + 1;
}

function linesOf(text: string): string[] {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.trim());
}

/** Names of an array, or of a mapping from numbers from 0; null for anything else. */
export function namesOfValue(value: unknown): string[] | null {
  if (Array.isArray(value)) {
    const names = value.map(asName);
    return names.length > 0 && names.every((name) => name !== null) ? names : null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const entries = Object.entries(value);
  const names: string[] = [];
  for (const [key, name] of entries) {
    const [place, text] = [Number(key), asName(name)];
    if (!Number.isSafeInteger(place) || place < 0 || place >= entries.length) return null;
    if (text === null || names[place] !== undefined) return null;
    names[place] = text;
  }
  return entries.length > 0 && names.length === entries.length ? names : null;
}

const literalToken =
  /\s*(?:(?<mark>[[\]{},:])|(?<quote>['"])(?<text>(?:\\.|(?!\k<quote>).)*)\k<quote>|(?<bare>-?\d+))/sy;

/** A list, or a mapping with numbers as keys, of strings. */
function parseLiteral(text: string): string[] | null {
  literalToken.lastIndex = 0;
  const tokens: { readonly mark?: string; readonly value?: string }[] = [];
  while (literalToken.lastIndex < text.length) {
    const groups = literalToken.exec(text)?.groups;
    if (groups === undefined) return null;
    if (groups['mark'] !== undefined) tokens.push({ mark: groups['mark'] });
    else tokens.push({ value: groups['bare'] ?? unescape(groups['text'] ?? '') });
  }
  const isMapping = tokens.shift()?.mark === '{';
  if (tokens.pop()?.mark !== (isMapping ? '}' : ']')) return null;
  const found: [string, string][] = [];
  while (tokens.length > 0) {
    const first = tokens.shift()?.value;
    if (first === undefined) return null;
    if (isMapping && tokens.shift()?.mark !== ':') return null;
    const second = isMapping ? tokens.shift()?.value : undefined;
    if (isMapping && second === undefined) return null;
    found.push(isMapping ? [first, second!] : [String(found.length), first]);
    if (tokens.length > 0 && tokens.shift()?.mark !== ',') return null;
  }
  return namesOfValue(Object.fromEntries(found));
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unescape(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/gs, (_, code: string) =>
    code.length > 1
      ? String.fromCharCode(Number.parseInt(code.slice(1), 16))
      : (escapes[code] ?? code),
  );
}

function asName(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && isName(text.trim()) ? text.trim() : null;
}

/** Longest name; the limits of class names of labels are checked where they are used. */
const nameMax = 200;

function isName(text: string): boolean {
  return text !== '' && text.length <= nameMax && !/\p{Cc}/u.test(text);
}
