interface Repeated {
  readonly id: string | number;
  readonly index: number;
}

/**
 * The ids of the entries of a section, in their order; millions of numbers take 8 bytes each. A
 * number and its text are one id.
 */
export class UniqueIds {
  /** The id of each entry; NaN for texts and for entries without an id. */
  #numbers = new Float64Array(1024);
  #count = 0;
  readonly #texts = new Set<string>();
  #repeatedText: Repeated | null = null;

  add(id: number | string | null | undefined): void {
    if (this.#count === this.#numbers.length) {
      const longer = new Float64Array(this.#count * 2);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    const number = typeof id === 'string' && String(Number(id)) === id ? Number(id) : id;
    if (typeof number === 'string') {
      if (this.#texts.has(number)) this.#repeatedText ??= { id: number, index: this.#count };
      this.#texts.add(number);
    }
    this.#numbers[this.#count++] = typeof number === 'number' ? number : NaN;
  }

  /** The first entry whose id an earlier one has; null if there is none. */
  get repeated(): Repeated | null {
    const inOrder = this.#numbers.slice(0, this.#count).sort();
    if (!inOrder.some((id, i) => i > 0 && id === inOrder[i - 1])) return this.#repeatedText;
    const known = new Set<number>();
    const numbers = this.#numbers.subarray(0, this.#count);
    for (const [index, id] of numbers.entries()) {
      if (this.#repeatedText?.index === index) break;
      if (known.has(id)) return { id, index };
      if (!Number.isNaN(id)) known.add(id);
    }
    return this.#repeatedText;
  }
}
