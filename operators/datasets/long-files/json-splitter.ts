import { isUtf8 } from 'node:buffer';

/** Where the parts of a JSON text go. All may throw. */
export interface JsonParts {
  /** A member of the top level, or the top level itself (null), is an array. */
  array(key: string | null): void;
  /** An element of such an array. */
  entry(key: string | null, index: number, value: unknown): void;
  /** A member of the top level that is no array. */
  member(key: string, value: unknown): void;
}

const byteOrderMark = [0xef, 0xbb, 0xbf];

/** What is expected next. */
type Expected =
  | 'top level'
  | 'first key'
  | 'key'
  | 'colon'
  | 'member'
  | 'first element'
  | 'element'
  | 'after member'
  | 'after element'
  | 'end';

/**
 * Cuts a JSON text of any length into the members of its top level and the elements of their
 * arrays, which `JSON.parse` reads one by one: memory holds one element, and its speed is that of
 * `JSON.parse`. Parsers in JavaScript that walk through every token take about ten times as long.
 */
export class JsonSplitter {
  readonly #parts: JsonParts;
  readonly #bytesMax: number;
  #expected: Expected = 'top level';
  #topIsArray = false;
  /** The member being read. */
  #key: string | null = null;
  #index = 0;
  /** The value being cut out: what earlier chunks had of it. */
  #pieces: Uint8Array[] | null = null;
  #size = 0;
  #kind: 'text' | 'container' | 'scalar' = 'scalar';
  #depth = 0;
  #inText = false;
  #escaped = false;
  /** Bytes read of the byte order mark. */
  #marked = 0;

  /** @param bytesMax Most bytes of one element or member. */
  constructor(parts: JsonParts, bytesMax: number) {
    this.#parts = parts;
    this.#bytesMax = bytesMax;
  }

  /** Where the splitter is, as in `annotations.17`. */
  get place(): string {
    const key = this.#key === null ? [] : [this.#key.slice(0, 80)];
    const index = ['first element', 'element', 'after element'].includes(this.#expected)
      ? [this.#index]
      : [];
    return [...key, ...index].join('.') || 'top level';
  }

  /** @throws SyntaxError where the text is not JSON; the chunk may be used again afterwards. */
  write(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && chunk[at] === byteOrderMark[this.#marked]) {
      at++;
      this.#marked++;
    }
    if (at < chunk.length && this.#marked < byteOrderMark.length) {
      if (this.#marked > 0) throw new SyntaxError('expected UTF-8');
      this.#marked = byteOrderMark.length;
    }
    while (at < chunk.length) {
      if (this.#pieces !== null) {
        at = this.#cut(chunk, at);
        continue;
      }
      const byte = chunk[at]!;
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) at++;
      else at += this.#structure(byte);
    }
  }

  /** @throws SyntaxError if the text is not complete. */
  end(): void {
    if (this.#expected !== 'end') throw new SyntaxError('the file ends too early');
  }

  /** Takes a byte between values; returns 0 if a value begins with it, otherwise 1. */
  #structure(byte: number): 0 | 1 {
    const sign = String.fromCharCode(byte);
    switch (this.#expected) {
      case 'top level':
        if (sign === '{') this.#expected = 'first key';
        else if (sign === '[') this.#beginArray(true);
        else throw new SyntaxError('expected an object or an array');
        return 1;
      case 'first key':
      case 'key':
        if (sign === '}' && this.#expected === 'first key') this.#expected = 'end';
        else if (sign === '"') return this.#begin('text');
        else throw unexpected(sign, 'a key');
        return 1;
      case 'colon':
        if (sign !== ':') throw unexpected(sign, '":"');
        this.#expected = 'member';
        return 1;
      case 'member':
        if (sign !== '[') return this.#beginValue(sign);
        this.#beginArray(false);
        return 1;
      case 'first element':
      case 'element':
        if (sign !== ']' || this.#expected === 'element') return this.#beginValue(sign);
        this.#endArray();
        return 1;
      case 'after member':
        this.#key = null;
        if (sign === ',') this.#expected = 'key';
        else if (sign === '}') this.#expected = 'end';
        else throw unexpected(sign, '"," or "}"');
        return 1;
      case 'after element':
        if (sign === ']') {
          this.#endArray();
        } else if (sign === ',') {
          this.#expected = 'element';
          this.#index++;
        } else {
          throw unexpected(sign, '"," or "]"');
        }
        return 1;
      case 'end':
        throw unexpected(sign, 'the end of the file');
    }
  }

  #beginArray(top: boolean): void {
    this.#topIsArray = top;
    this.#parts.array(this.#key);
    this.#expected = 'first element';
    this.#index = 0;
  }

  #endArray(): void {
    this.#expected = this.#topIsArray ? 'end' : 'after member';
  }

  #beginValue(sign: string): 0 {
    return this.#begin(
      sign === '"' ? 'text' : sign === '{' || sign === '[' ? 'container' : 'scalar',
    );
  }

  #begin(kind: 'text' | 'container' | 'scalar'): 0 {
    this.#pieces = [];
    this.#size = 0;
    this.#kind = kind;
    this.#depth = 0;
    this.#inText = false;
    this.#escaped = false;
    return 0;
  }

  /** Looks for the end of the value; returns where to go on in the chunk. */
  #cut(chunk: Uint8Array, from: number): number {
    const end = this.#kind === 'scalar' ? scalarEnd(chunk, from) : this.#valueEnd(chunk, from);
    const to = end < 0 ? chunk.length : end;
    this.#size += to - from;
    if (this.#size > this.#bytesMax) {
      throw new SyntaxError(`expected at most ${this.#bytesMax} bytes`);
    }
    const piece = chunk.subarray(from, to);
    if (end < 0) {
      this.#pieces!.push(Uint8Array.from(piece));
      return to;
    }
    const pieces = this.#pieces!;
    this.#pieces = null;
    this.#take(pieces.length === 0 ? piece : Buffer.concat([...pieces, piece]));
    return to;
  }

  /** Where the text or container ends; -1 if it goes on in the next chunk. */
  #valueEnd(chunk: Uint8Array, from: number): number {
    let [depth, inText, escaped] = [this.#depth, this.#inText, this.#escaped];
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === 0x5c) escaped = true;
        else if (byte === 0x22) {
          inText = false;
          if (depth === 0) return at + 1;
        }
      } else if (byte === 0x22) inText = true;
      else if (byte === 0x7b || byte === 0x5b) depth++;
      else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) return at + 1;
    }
    [this.#depth, this.#inText, this.#escaped] = [depth, inText, escaped];
    return -1;
  }

  #take(bytes: Uint8Array): void {
    // Replacement characters would merge different class names into one.
    if (!isUtf8(bytes)) throw new SyntaxError('expected UTF-8');
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    const value: unknown = JSON.parse(text);
    if (this.#expected === 'first key' || this.#expected === 'key') {
      this.#key = value as string;
      this.#expected = 'colon';
    } else if (this.#expected === 'member') {
      this.#parts.member(this.#key!, value);
      this.#expected = 'after member';
    } else {
      this.#parts.entry(this.#key, this.#index, value);
      this.#expected = 'after element';
    }
  }
}

/** Where a number, `true`, `false` or `null` ends; -1 if it may go on in the next chunk. */
function scalarEnd(chunk: Uint8Array, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at]!;
    // White space, comma, closing brackets.
    if (byte <= 0x20 || byte === 0x2c || byte === 0x5d || byte === 0x7d) return at;
  }
  return -1;
}

function unexpected(sign: string, expected: string): SyntaxError {
  return new SyntaxError(`expected ${expected}, found ${JSON.stringify(sign)}`);
}
