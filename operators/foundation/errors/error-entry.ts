/** One code of an error class. */
export interface ErrorCodeEntry {
  readonly meaning: string;
  /** What the reader can do about it. */
  readonly remedy: string;
  /** Exit code of the program when it differs from that of the class. */
  readonly exitCode?: number;
}

/** One error class as documented in docs/errors.md. */
export interface ErrorEntry {
  readonly meaning: string;
  /** What the program does next. */
  readonly consequence: string;
  /** Exit code when the error ends the program; null for errors that never do. */
  readonly exitCode: 1 | 2 | null;
  readonly codes: Readonly<Record<string, ErrorCodeEntry>>;
  /** True where `code` may also be any other code of the operating system. */
  readonly otherSystemCodes?: true;
}

/** Error classes by name. */
export type ErrorTable = Readonly<Record<string, ErrorEntry>>;
