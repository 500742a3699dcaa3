import type { ErrorCode } from '../foundation/errors/error-codes.ts';
import type { Head } from '../detect/heads/head.ts';
import type { HeadDraft } from '../learn/strategy.ts';

/** Default number of heads kept for rollback. */
export const headsKept = 20;

/** A rollback that is not possible; `message` is one line for a person. */
export class HeadHistoryError extends Error {
  override readonly name = 'HeadHistoryError';
  readonly code: ErrorCode<'HeadHistoryError'>;
  constructor(code: HeadHistoryError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** A head and the version that was active when it was accepted; null for the first one. */
export interface HeldHead {
  readonly head: Head;
  readonly parent: number | null;
}

export interface HeadHistoryOptions {
  /** Heads of an earlier run, in any order; `first` is added where it is missing. */
  readonly held?: readonly HeldHead[];
  /** The active version. Default: the newest. */
  readonly activeVersion?: number;
  /** Versions up to this one are in use, held or not. Default: the newest held. */
  readonly newestVersion?: number;
  /**
   * Most heads held, at least 3: the first, the active and its parent stay. Default:
   * {@link headsKept}.
   */
  readonly keep?: number;
  /** Versions held beyond `keep`, as {@link HeadHistory.keepFor} says. Default: none. */
  readonly keptFor?: Iterable<number>;
}

/**
 * The heads of one model over time: the active one, its predecessors, and the next version.
 *
 * Versions only grow. A rollback makes an older head active again and removes nothing; the next
 * accepted head then has that older one as its parent, and a further rollback goes to the parent's
 * parent. A rollback to the first head (version 0, no classes) is always possible.
 */
export class HeadHistory {
  readonly #held = new Map<number, HeldHead>();
  readonly #first: number;
  readonly #keep: number;
  #active: HeldHead;
  #newest: number;
  /** The newest that was numbered and not accepted, which may be on its way into the detector. */
  #numbered: Head | null = null;
  #retained: ReadonlySet<number> = new Set();
  #keptFor: ReadonlySet<number> = new Set();
  #reasonAgainst: (head: Head) => string | null = () => null;

  constructor(
    first: Head,
    {
      held = [],
      activeVersion,
      newestVersion = 0,
      keep = headsKept,
      keptFor = [],
    }: HeadHistoryOptions = {},
  ) {
    if (!Number.isInteger(keep) || keep < 3) {
      throw new RangeError(`${keep} heads to keep, expected a whole number from 3`);
    }
    this.#keep = keep;
    this.#keptFor = new Set(keptFor);
    this.#first = first.version;
    const all = [{ head: first, parent: null }, ...held];
    for (const entry of all.sort((a, b) => a.head.version - b.head.version)) {
      this.#held.set(entry.head.version, entry);
    }
    const newestHeld = Math.max(...this.#held.keys());
    this.#newest = Math.max(newestHeld, newestVersion);
    this.#active = this.#lookUp(activeVersion ?? newestHeld);
    this.#evict();
  }

  get active(): Head {
    return this.#active.head;
  }

  /** The head that a rollback without a version would make active; null where there is none. */
  get previous(): Head | null {
    const { parent } = this.#active;
    return parent === null ? null : (this.fitting(parent) ?? null);
  }

  /** The newest version that was ever given. */
  get newestVersion(): number {
    return this.#newest;
  }

  /** The versions held, ascending. */
  get versions(): readonly number[] {
    return [...this.#held.keys()].sort((a, b) => a - b);
  }

  /** The head of this version; undefined if it is not held. */
  get(version: number): HeldHead | undefined {
    return this.#held.get(version);
  }

  /**
   * The head with which a frame was detected: of several workers, one may have a head before it
   * is accepted. The active one where the version is not held and was not numbered last.
   */
  detectedWith(version: number): Head {
    const numbered = version === this.#numbered?.version ? this.#numbered : this.active;
    return this.get(version)?.head ?? numbered;
  }

  /** The head of this version; undefined if it is not held, or there is a reason against it. */
  fitting(version: number): Head | undefined {
    const head = this.#held.get(version)?.head;
    return head === undefined || this.#reasonAgainst(head) !== null ? undefined : head;
  }

  /**
   * From now on, heads against which there is a reason are not gone back to; they stay held. The
   * first head is never among them.
   */
  restrict(reasonAgainst: (head: Head) => string | null): void {
    this.#reasonAgainst = (head) => (head.version === this.#first ? null : reasonAgainst(head));
  }

  /**
   * Gives a draft the next version, without holding it or making it active. A version that is never
   * accepted stays unused, so that no two heads share one.
   */
  number(draft: HeadDraft): Head {
    this.#newest++;
    this.#numbered = { ...draft, version: this.#newest };
    return this.#numbered;
  }

  /** Makes a numbered head active; the head that was active becomes its parent. */
  accept(head: Head): HeldHead {
    if (this.#held.has(head.version) || head.version > this.#newest) {
      throw new RangeError(`head ${head.version} was not numbered by this history`);
    }
    this.#active = { head, parent: this.#active.head.version };
    this.#numbered = null;
    this.#held.set(head.version, this.#active);
    this.#evict();
    return this.#active;
  }

  /** The head that `rollback` would make active. Throws a `HeadHistoryError` as it does. */
  target(version?: number): Head {
    if (version !== undefined) {
      const { head } = this.#lookUp(version);
      const reason = this.#reasonAgainst(head);
      if (reason !== null) throw new HeadHistoryError('other-models', reason);
      return head;
    }
    if (this.previous === null) {
      throw new HeadHistoryError('no-previous', 'there is no earlier head to roll back to');
    }
    return this.previous;
  }

  /** Makes an earlier head active again: this version, or the active head's parent. */
  rollback(version?: number): Head {
    this.#active = this.#lookUp(this.target(version).version);
    return this.active;
  }

  /** Holds these versions beyond `keep`, as long as they are held at all. */
  retain(versions: Iterable<number>): void {
    this.#retained = new Set(versions);
  }

  /** The same for versions that other models need when they are back. */
  keepFor(versions: Iterable<number>): void {
    this.#keptFor = new Set(versions);
  }

  /** Stops holding heads, other than the first and the active one. */
  forget(versions: Iterable<number>): void {
    for (const version of versions) {
      if (version !== this.#first && version !== this.active.version) this.#held.delete(version);
    }
  }

  /** Replaces heads by others of the same version, such as ones with new names of classes. */
  replace(change: (head: Head) => Head): void {
    if (this.#numbered !== null) this.#numbered = change(this.#numbered);
    for (const [version, held] of this.#held) {
      const replaced = { ...held, head: change(held.head) };
      this.#held.set(version, replaced);
      if (held.head.version === this.#active.head.version) this.#active = replaced;
    }
  }

  #lookUp(version: number): HeldHead {
    const entry = this.#held.get(version);
    if (entry !== undefined) return entry;
    throw new HeadHistoryError(
      'unknown-version',
      `head ${version} is not held; held are ${this.versions.join(', ')}`,
    );
  }

  #evict(): void {
    const staying = new Set([this.#first, this.active.version, this.#active.parent]);
    for (const version of [...this.#retained, ...this.#keptFor]) staying.add(version);
    for (const version of this.versions) {
      if (this.#held.size <= this.#keep) return;
      if (!staying.has(version)) this.#held.delete(version);
    }
  }
}
