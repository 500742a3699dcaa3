/** What a command says, once its answer has come. Classes are numbered in order of creation. */
export type Said =
  | { readonly type: 'label'; readonly class: number; readonly sample: string }
  | { readonly type: 'notA'; readonly class: number; readonly sample: string }
  | { readonly type: 'dismiss'; readonly sample: string }
  | { readonly type: 'undo'; readonly of: string }
  | { readonly type: 'rename'; readonly class: number; readonly to: string }
  | { readonly type: 'merge'; readonly class: number; readonly into: number }
  | { readonly type: 'remove'; readonly class: number };

/** A command that was answered with success. */
export interface Acknowledged {
  /** The id under which it can be undone; null where its answer has none. */
  readonly labelId: string | null;
  readonly said: Said;
}

/** A class that is neither removed nor merged into another. */
export interface PresentClass {
  readonly number: number;
  readonly name: string;
}

/** What all acknowledged commands add up to. */
export interface Expected {
  /**
   * What messages call each sample: a class, `background` where it was dismissed, `not CLASS` where
   * that is all that is known, null where nothing is. Samples of removed classes are missing.
   */
  readonly labels: ReadonlyMap<string, string | null>;
  readonly present: readonly PresentClass[];
  /** Names of the classes that some sample has: those that a head with all labels knows. */
  readonly learned: readonly string[];
}

/**
 * Folds acknowledged commands, in their order, from scratch. Written apart from the program, so
 * that an error in one of the two shows.
 *
 * @param names the names under which the classes were created
 */
export function expectedState(
  acknowledged: readonly Acknowledged[],
  names: readonly string[],
): Expected {
  const undone = new Set(
    acknowledged.flatMap(({ said }) => (said.type === 'undo' ? [said.of] : [])),
  );
  const counting = acknowledged
    .filter(({ labelId }) => labelId === null || !undone.has(labelId))
    .map(({ said }) => said);
  const called = [...names];
  const into = new Map<number, number>();
  const removed = new Set<number>();
  const resolve = (number: number): number => {
    const next = into.get(number);
    return next === undefined ? number : resolve(next);
  };
  for (const said of counting) {
    if (said.type === 'rename') called[said.class] = said.to;
    if (said.type === 'merge' && resolve(said.into) !== said.class) into.set(said.class, said.into);
    if (said.type === 'remove') removed.add(resolve(said.class));
  }
  const namedAfter = new Map<string, number | 'background' | null>();
  const notA = new Map<string, Set<number>>();
  for (const { said } of acknowledged) {
    if (!('sample' in said)) continue;
    namedAfter.set(said.sample, null);
    notA.set(said.sample, new Set());
  }
  for (const said of counting) {
    if (said.type === 'dismiss') namedAfter.set(said.sample, 'background');
    if (said.type !== 'label' && said.type !== 'notA') continue;
    const number = resolve(said.class);
    // Of two facts that contradict each other, the later one holds.
    if (said.type === 'label') {
      namedAfter.set(said.sample, number);
      notA.get(said.sample)!.delete(number);
    } else {
      if (namedAfter.get(said.sample) === number) namedAfter.set(said.sample, null);
      notA.get(said.sample)!.add(number);
    }
  }
  const labels = new Map<string, string | null>();
  for (const [sample, named] of namedAfter) {
    const others = [...notA.get(sample)!].filter((number) => !removed.has(number));
    if (typeof named === 'number') {
      if (!removed.has(named)) labels.set(sample, called[named]!);
    } else if (named === null && others.length > 0) {
      labels.set(sample, others.map((number) => `not ${called[number]!}`).join(', '));
    } else labels.set(sample, named);
  }
  const present = called.flatMap((name, number) =>
    into.has(number) || removed.has(number) ? [] : [{ number, name }],
  );
  const used = new Set(namedAfter.values());
  const learned = present.filter(({ number }) => used.has(number)).map(({ name }) => name);
  return { labels, present, learned };
}
