import type { ErrorCode } from '../../foundation/errors/error-codes.ts';

/** What XML knows without being told. */
const named = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/**
 * Replaces XML's own five entities and numeric references (`&#233;`, `&#xE9;`) in one pass, for fast-xml-parser.
 *
 * Others are refused, those that a file declares itself included: what is not expanded can't grow without bound.
 */
export const xmlEntities = {
  /** @throws {EntityError} for any other entity. */
  decode: (text: string): string =>
    text.replaceAll(/&([^&;\s]*);/g, (reference: string, name: string) => {
      const found = name.startsWith('#') ? characterOf(name.slice(1)) : named.get(name);
      if (found === undefined) throw new EntityError(reference);
      return found;
    }),
  setExternalEntities: ignore,
  addInputEntities: ignore,
  reset: ignore,
  setXmlVersion: ignore,
};

/** An entity that means nothing. */
export class EntityError extends Error {
  override readonly name = 'EntityError';
  readonly code: ErrorCode<'EntityError'> = 'unknown-entity';
  /** As it is written. */
  readonly reference: string;
  constructor(reference: string) {
    super(`unknown entity ${reference}`);
    this.reference = reference;
  }
}

function ignore(): void {
  // Nothing is kept from one text to the next.
}

function characterOf(number: string): string | undefined {
  const code = /^x[\da-f]+$/i.test(number)
    ? parseInt(number.slice(1), 16)
    : /^\d+$/.test(number)
      ? Number(number)
      : NaN;
  // The characters that XML 1.0 allows.
  const allowed =
    [0x9, 0xa, 0xd].includes(code) ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff);
  return allowed ? String.fromCodePoint(code) : undefined;
}
