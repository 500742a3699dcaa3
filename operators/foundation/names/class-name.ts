import type { ErrorCode } from '../errors/error-codes.ts';

/** Most characters (code points) of a class name. */
export const classNameLengthMax = 64;

/** A text cannot be the name of a class. */
export class ClassNameError extends Error {
  override readonly name = 'ClassNameError';
  readonly code: ErrorCode<'ClassNameError'> = 'bad-name';
}

/**
 * Returns `text` as the name of a class: in Unicode's composed form (NFC), without white space at
 * its ends, and with one space for each white space inside. This is the one rule for names in
 * commands, labelled sets and configurations.
 *
 * @throws ClassNameError with one line: a name has 1 to 64 characters, none of which is a line
 * break, a control, an invisible format character, or unassigned.
 */
export function normaliseClassName(text: string): string {
  const trimmed = text.trim();
  if (/[\n\v\f\r\u0085\u2028\u2029]/.test(trimmed)) {
    throw new ClassNameError('expected a class name in one line');
  }
  const name = trimmed.normalize('NFC').replace(/\s+/gu, ' ');
  const strange = /\p{C}/u.exec(name)?.[0];
  if (strange !== undefined) {
    const code = strange.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    throw new ClassNameError(
      `expected a class name without control and format characters, got U+${code}`,
    );
  }
  const { length } = [...name];
  if (length > classNameLengthMax) {
    throw new ClassNameError(
      `expected a class name of at most ${classNameLengthMax} characters, got ${length}`,
    );
  }
  // Some characters are letters to Unicode and show nothing; a name of only those would be blank.
  if (classNameKey(name) === '') throw new ClassNameError('expected a class name, got none');
  return name;
}

/**
 * Returns what two spellings of one class have in common: letters of either case, characters in
 * their compatibility form (NFKC), and no invisible ones. The key of a key is the key itself.
 */
export function classNameKey(name: string): string {
  let key = name;
  // Folding and composing call for each other in rare scripts; a few rounds settle all of Unicode.
  for (let round = 0; round < roundsMax; round++) {
    const next = folded(key);
    if (next === key) break;
    key = next;
  }
  return key;
}

const roundsMax = 8;

function folded(name: string): string {
  return (
    name
      .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
      .normalize('NFKC')
      // Dotless i is a letter of its own, but its capital is that of i. Lower case comes first for
      // the capital sharp s, which has no other capital.
      .replace(/[^ı]+/gu, (part) => part.toLowerCase().toUpperCase().toLowerCase())
      .replaceAll('ς', 'σ')
      .replace(/\s+/gu, ' ')
      .trim()
  );
}
