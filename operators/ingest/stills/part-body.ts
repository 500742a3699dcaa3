import { pictureKindOf, type PictureKind } from '../pictures/picture-kind.ts';
import { partBeginsAt } from './delimiters.ts';
import type { PartHead } from './part-head.ts';
import { walkOf, type PictureWalk } from './picture-walk.ts';

/** Longest picture in bytes; the bytes of a longer one are not kept. */
export const partBytesMax = 2 ** 25;

/** What is known of a picture whose bytes come in. */
export type BodyEnd =
  | { readonly type: 'more' }
  /** `bytes` are the picture. */
  | { readonly type: 'picture'; readonly bytes: number }
  /** It is not what was sent; its first `bytes` are not the next one's. `ends`: nor are more. */
  | { readonly type: 'damaged'; readonly bytes: number; readonly ends: boolean };

/**
 * Whether the lengths that a camera declares are right. Where they never were, they are its habit
 * and not believed; where they were, a picture of another length is damaged.
 */
export class DeclaredLengths {
  #right = 0;
  #wrong = 0;

  get areBelieved(): boolean {
    return this.#right > 0 || this.#wrong < wrongLengthsMax;
  }

  wasRight(): void {
    this.#right++;
  }

  /** Whether the picture may be taken nonetheless. */
  wasWrong(): boolean {
    this.#wrong++;
    return !this.areBelieved;
  }
}

/** Wrong lengths in a row, with none right before them, that show a habit. */
const wrongLengthsMax = 3;

const more: BodyEnd = { type: 'more' };

/** Decides where one picture ends, by its own structure and by the length that its head declares. */
export class PartBody {
  readonly kind: PictureKind;
  readonly #lengths: DeclaredLengths;
  readonly #boundary: string;
  readonly #declared: number | null;
  readonly #walk: PictureWalk | null;
  /** Where its structure ends. */
  #walked: number | null = null;

  constructor(kind: PictureKind, head: PartHead, lengths: DeclaredLengths, boundary: string) {
    this.kind = kind;
    this.#lengths = lengths;
    this.#boundary = boundary;
    this.#walk = walkOf(kind);
    this.#declared = lengths.areBelieved ? head.contentLength : null;
  }

  /** @param bytes All bytes from the first of the picture on. */
  end(bytes: Buffer, isEnded: boolean): BodyEnd {
    const declared = this.#declared;
    if (declared !== null && declared > partBytesMax) return this.#damaged(0);
    const walked = this.#walkOn(bytes);
    if (walked === 'broken') return this.#damaged(this.#walk?.surelyUpTo ?? 0);
    if (declared !== null) return this.#endOfDeclared(bytes, declared, walked, isEnded);
    if (walked !== null) {
      // What goes on after its end was put together from two pictures.
      return goesOn(bytes, walked) ? this.#damaged(walked) : { type: 'picture', bytes: walked };
    }
    const isEndless = this.#walk === null || isEnded || bytes.length > partBytesMax;
    return isEndless ? this.#damaged(this.#walk?.surelyUpTo ?? 0) : more;
  }

  #walkOn(bytes: Buffer): number | null | 'broken' {
    if (this.#walk === null || this.#walked !== null) return this.#walked;
    const end = this.#walk.advance(bytes);
    if (end === 'broken') return end;
    if (end !== 'more') this.#walked = end;
    return this.#walked;
  }

  #endOfDeclared(
    bytes: Buffer,
    declared: number,
    walked: number | null,
    isEnded: boolean,
  ): BodyEnd {
    if (walked === declared) {
      this.#lengths.wasRight();
      return { type: 'picture', bytes: declared };
    }
    if (walked !== null && walked > declared) return this.#mismatch(walked);
    if (walked !== null && partBeginsAt(bytes, walked, this.#boundary) === true) {
      return this.#mismatch(walked);
    }
    if (bytes.length < declared) {
      return isEnded ? this.#damaged(walked ?? bytes.length) : more;
    }
    const isPart = partBeginsAt(bytes, declared, this.#boundary);
    if (isPart === null && !isEnded) return more;
    if (isPart !== false) {
      // With bytes after its end, without an end, or of a kind that does not tell: it is the part.
      this.#lengths.wasRight();
      return { type: 'picture', bytes: declared };
    }
    if (walked !== null) return this.#mismatch(walked);
    if (this.#walk === null || isEnded || bytes.length > partBytesMax) return this.#damaged(0);
    return more;
  }

  #mismatch(walked: number): BodyEnd {
    if (this.#lengths.wasWrong()) return { type: 'picture', bytes: walked };
    return { type: 'damaged', bytes: walked, ends: true };
  }

  #damaged(bytes: number): BodyEnd {
    return { type: 'damaged', bytes, ends: false };
  }
}

/** Whether a segment of a JPEG follows at `at`, although the picture has ended. */
function goesOn(bytes: Buffer, at: number): boolean {
  if (bytes[at] !== 0xff || pictureKindOf(bytes.subarray(at)) !== null) return false;
  const code = bytes[at + 1] ?? 0xff;
  return code >= 0xc0 && code < 0xff && code !== 0xd8;
}
