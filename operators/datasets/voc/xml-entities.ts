import type { ErrorCode } from '../../foundation/errors/error-codes.ts';

/** The entities that XML predefines. */
const predefined = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/**
 * An entity decoder for fast-xml-parser: replaces the five predefined entities and numeric
 * references (`&#233;`, `&#xE9;`) in one pass.
 *
 * Rejects all others, including those that a file declares, since their expansion is unbounded.
 */
export const xmlEntities = {
  /** @throws {EntityError} for any other entity. */
  decode: (text: string): string =>
    text.replaceAll(/&([^&;\s]*);/g, (reference: string, name: string) => {
      const character = name.startsWith('#') ? characterOf(name.slice(1)) : predefined.get(name);
      if (character === undefined) throw new EntityError(reference);
      return character;
    }),
  setExternalEntities: ignore,
  addInputEntities: ignore,
  reset: ignore,
  setXmlVersion: ignore,
};

/** An entity that is neither predefined nor a valid numeric reference. */
export class EntityError extends Error {
  override readonly name = 'EntityError';
  readonly code: ErrorCode<'EntityError'> = 'unknown-entity';
  /** As in the file, with `&` and `;`. */
  readonly reference: string;
  constructor(reference: string) {
    super(`unknown entity ${reference}`);
    this.reference = reference;
  }
}

function ignore(): void {
  // The decoder has no state.
}

function characterOf(digits: string): string | undefined {
  const code = /^x[\da-f]+$/i.test(digits)
    ? parseInt(digits.slice(1), 16)
    : /^\d+$/.test(digits)
      ? Number(digits)
      : NaN;
  // The characters of XML 1.0.
  const allowed =
    [0x9, 0xa, 0xd].includes(code) ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff);
  return allowed ? String.fromCodePoint(code) : undefined;
}
