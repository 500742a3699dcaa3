import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { evaluateCandidate, type GateInput } from '../../../operators/gate/gate.ts';
import type { GateSample } from '../../../operators/gate/gate-sample.ts';
import { predictSample } from '../../../operators/gate/predict-samples.ts';
import { nameText } from '../../../operators/gate/verdict-reason.ts';
import type { Verdict } from '../../../operators/gate/verdict.ts';
import type { HeadDraft } from '../../../operators/learn/strategy.ts';
import { draft, sample } from '../swap/sample-head.ts';

const names = ['cone', 'vase; cone 1 of 2 → 0 of 2', 'background', "St. John's (A & B)", '"q" 猫'];
const sources = ['yard', 'front door', 'a → b'];

/** A naive recount of what the heads take samples for. */
class Recount {
  readonly #input: GateInput;
  /** Predictions are slow, and asked for many times. */
  readonly #taken = new Map<GateInput['active'], Map<GateSample, string | null>>();

  constructor(input: GateInput) {
    this.#input = input;
  }

  #takes(head: GateInput['active'], of: GateSample): string | null {
    const taken = this.#taken.get(head) ?? new Map<GateSample, string | null>();
    this.#taken.set(head, taken);
    const known = taken.get(of);
    if (known !== undefined) return known;
    const predicted = predictSample(head, of);
    taken.set(of, predicted);
    return predicted;
  }

  of(name: string): GateSample[] {
    return this.#input.heldOut.filter(({ label }) => label === name);
  }

  hits(head: 'active' | 'candidate' | 'best', name: string): number {
    const judge = head === 'best' ? this.#input.best?.get(name) : this.#input[head];
    if (judge?.classes.includes(name) !== true)
      return head === 'best' ? this.hits('active', name) : 0;
    return this.of(name).filter((of) => this.#takes(judge, of) === name).length;
  }

  best(name: string): number {
    return Math.max(this.hits('active', name), this.hits('best', name));
  }

  others(name: string): GateSample[] {
    return this.#input.heldOut.filter(({ label, not = [] }) =>
      label === null ? not.includes(name) : label !== name,
    );
  }

  alarms(head: 'active' | 'candidate', name: string): number {
    return this.others(name).filter((of) => this.#takes(this.#input[head], of) === name).length;
  }

  background(source: string | null): GateSample[] {
    return this.#input.heldOut.filter(
      (of) =>
        of.label === null &&
        (of.not ?? []).length === 0 &&
        (source === null || of.source === source),
    );
  }

  fires(head: 'active' | 'candidate', source: string | null): number {
    return this.background(source).filter((of) => this.#takes(this.#input[head], of) !== null)
      .length;
  }

  /** Classes that both heads know and that have samples. */
  compared(): string[] {
    const { active, candidate } = this.#input;
    return candidate.classes.filter(
      (name) => active.classes.includes(name) && this.of(name).length > 0,
    );
  }
}

/** The statements of a reason; names in quotation marks may hold separators. */
function statementsOf(reason: string): string[] {
  return [...reason.matchAll(/(?:"(?:[^"\\]|\\.)*"|[^;"])+/g)].map(([text]) => text.trim());
}

const name = String.raw`(?<name>"(?:[^"\\]|\\.)*"|.+?)`;
const change = String.raw`(?<before>\d+) of (?<n>\d+) → (?<after>\d+) of (?<m>\d+)`;
const best = String.raw`(?: \(best (?<best>\d+) of \d+\))?`;
const forms = {
  none: /^no class fell on (?<n>\d+) held-out samples$/,
  tolerated: /^no class fell beyond chance and tolerance on (?<n>\d+) held-out samples$/,
  empty: /^there are no held-out samples to compare on$/,
  removal: /^accepted to remove (?<names>.+)$/,
  withdrawn: new RegExp(`^${name} withdrawn$`),
  lost: /^it no longer knows (?<names>.+)$/,
  untested: new RegExp(`^${name}: no held-out samples, unproven$`),
  fresh: new RegExp(
    `^${name}: (?<after>\\d+) of (?<n>\\d+) held-out recalled(, unproven|, too few)?$`,
  ),
  alarms: new RegExp(
    `^${name} fires on (?<before>\\d+) → (?<after>\\d+) of (?<n>\\d+) other objects(, too many)?$`,
  ),
  together: new RegExp(`^(?<k>\\d+) known classes together ${change}${best}, fell too far$`),
  background: new RegExp(`^background(?: of ${name})? fires ${change}(, too often)?$`),
  moved: new RegExp(
    `^${name} ${change}${best}(?<verdict>, fell too far|, within tolerance|, not enough to tell)?$`,
  ),
};

function unquoted(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}

/** Checks one statement; returns the class it is about, if any. */
function check(statement: string, count: Recount, input: GateInput): string | null {
  const found = Object.entries(forms).find(([, form]) => form.test(statement));
  expect(found, `unknown statement: ${statement}`).toBeDefined();
  const [kind, form] = found!;
  const said = form.exec(statement)!.groups ?? {};
  const number = (key: string) => Number(said[key]);
  const about = said['name'] === undefined ? null : unquoted(said['name']);
  const fell = (of: string) => count.hits('candidate', of) < count.hits('active', of);
  switch (kind) {
    case 'none':
    case 'tolerated':
      expect(number('n')).toBe(input.heldOut.length);
      expect(count.compared().some(fell)).toBe(kind === 'tolerated');
      return null;
    case 'empty':
      expect(input.heldOut).toEqual([]);
      return null;
    case 'withdrawn':
      expect(input.withdrawn).toContain(about);
      expect(input.candidate.classes).not.toContain(about);
      return about;
    case 'removal':
    case 'lost': {
      const expected = input.active.classes.filter(
        (of) =>
          !input.candidate.classes.includes(of) &&
          (kind === 'removal') === (input.withdrawn ?? []).includes(of),
      );
      expect(said['names']).toBe(expected.map(nameText).join(', '));
      return null;
    }
    case 'untested':
      expect(count.of(about!)).toEqual([]);
      expect(input.active.classes).not.toContain(about);
      return about;
    case 'fresh':
      expect(input.active.classes).not.toContain(about);
      expect([number('after'), number('n')]).toEqual([
        count.hits('candidate', about!),
        count.of(about!).length,
      ]);
      return about;
    case 'alarms':
      expect([number('before'), number('after'), number('n')]).toEqual([
        count.alarms('active', about!),
        count.alarms('candidate', about!),
        count.others(about!).length,
      ]);
      return null;
    case 'together': {
      const compared = count.compared();
      const sum = (of: (name: string) => number) => compared.reduce((a, b) => a + of(b), 0);
      expect([number('k'), number('before'), number('after'), number('n')]).toEqual([
        compared.length,
        sum((of) => count.hits('active', of)),
        sum((of) => count.hits('candidate', of)),
        sum((of) => count.of(of).length),
      ]);
      if (said['best'] !== undefined) expect(number('best')).toBe(sum((of) => count.best(of)));
      return null;
    }
    case 'background':
      expect([number('before'), number('after'), number('n'), number('m')]).toEqual([
        count.fires('active', about),
        count.fires('candidate', about),
        count.background(about).length,
        count.background(about).length,
      ]);
      return null;
    default: {
      const samples = count.of(about!).length;
      expect([number('before'), number('after'), number('n'), number('m')]).toEqual([
        count.hits('active', about!),
        count.hits('candidate', about!),
        samples,
        samples,
      ]);
      expect(said['verdict'] !== undefined).toBe(fell(about!));
      if (said['best'] !== undefined) expect(number('best')).toBe(count.best(about!));
      else expect(count.best(about!)).toBe(count.hits('active', about!));
      return about;
    }
  }
}

function randomHead(random: () => number, known: readonly string[]): HeadDraft {
  const head = draft(known);
  const weights = head.dense.weights.map((weight) =>
    weight === 0 ? 0 : 0.6 + 0.8 * random() ** 2,
  );
  const noise = weights.map((weight) => weight + (random() < 0.001 ? 0.5 * random() : 0));
  return { ...head, dense: { ...head.dense, weights: noise } };
}

function randomInput(seed: number): GateInput {
  const random = seededRandom(seed);
  const some = () => names.filter(() => random() < 0.8);
  const activeClasses = some();
  const isRemoval = random() < 0.5;
  const withdrawn = names.filter(() => random() < 0.3);
  const candidateClasses = names.filter((of) =>
    isRemoval && withdrawn.includes(of) ? false : activeClasses.includes(of) || random() < 0.7,
  );
  if (random() < 0.1) candidateClasses.shift();
  const size = random() < 0.1 ? 0 : Math.floor(random() * 80);
  const heldOut = Array.from({ length: size }, () => {
    const label = random() < 0.7 ? names[Math.floor(random() * names.length)]! : null;
    const scores = candidateClasses.map((of) =>
      of === label ? 0.3 + 0.5 * random() : 0.55 * random(),
    );
    const source = sources[Math.floor(random() * sources.length)]!;
    const of = sample(label, scores, { source });
    return random() < 0.2 ? { ...of, not: names.filter(() => random() < 0.3) } : of;
  });
  return {
    candidate: randomHead(random, candidateClasses),
    active: randomHead(random, activeClasses),
    heldOut,
    withdrawn,
    best: new Map(names.filter(() => random() < 0.4).map((of) => [of, randomHead(random, some())])),
  };
}

/** Classes of which something has to be said. */
function moved(input: GateInput, count: Recount): string[] {
  const { active, candidate, withdrawn = [] } = input;
  return [...new Set([...active.classes, ...candidate.classes])].filter((of) => {
    if (!candidate.classes.includes(of)) return withdrawn.includes(of);
    return !active.classes.includes(of) || count.hits('active', of) !== count.hits('candidate', of);
  });
}

describe('the reason of a verdict', () => {
  it('holds no false statement and names every class that moved, whatever the input', () => {
    const codes = new Set<Verdict['code']>();
    for (let seed = 1; seed <= 300; seed++) {
      const input = randomInput(seed);
      const verdict = evaluateCandidate(input);
      const count = new Recount(input);
      codes.add(verdict.code);
      expect(verdict.accepted).toBe(verdict.code === 'accepted');
      expect(verdict.reason).not.toMatch(/[\n\r]/);
      const said = statementsOf(verdict.reason).map((statement) => check(statement, count, input));
      if (verdict.code === 'class-missing') continue;
      for (const of of moved(input, count))
        expect(said, `seed ${seed}: ${verdict.reason}`).toContain(of);
    }
    // Every kind of decision is among them.
    expect(codes.size).toBeGreaterThanOrEqual(6);
  });

  it('quotes names that could be taken for a part of it', () => {
    expect(["St. John's (A & B)", 'traffic cone', '猫'].map(nameText)).toEqual([
      ...["St. John's (A & B)", 'traffic cone', '猫'],
    ]);
    for (const of of ['background', 'a; b', 'cone 1 of 2', 'a → b', '"a"', 'no class fell']) {
      expect(nameText(of)).toBe(JSON.stringify(of));
    }
  });
});
