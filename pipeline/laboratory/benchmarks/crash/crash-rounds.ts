import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../../../operators/foundation/errors/message-of.ts';
import type { CommandResult } from '../../../../sinks/events.ts';
import type { Service, ServiceFolder } from '../rig/service/service.ts';
import { labelOf } from './ask-label.ts';
import { expectedState, type Acknowledged, type Expected, type Said } from './expected-state.ts';
import { newSample, RandomCommands, type NextCommand } from './random-commands.ts';

/** Longest time from a start until the kill, in ms; the shortest is 0. */
const aliveMsMax = 2500;
/** Longest pause between two commands, in ms. */
const pauseMsMax = 120;
/** Samples whose label is asked for after each restart. */
const samplesAsked = 4;

/** Settings of every start: updates take in several labels, as in use. */
export function crashConfig(memoryBytes: number) {
  return {
    learn: { minLabels: 2, maxWaitMs: 300, coolDownMs: 100, heldOutShare: 0 },
    discover: { noveltyMin: 1 },
    remember: { bytesMax: memoryBytes },
  };
}

/** Figures of {@link CrashRounds}. */
export interface CrashFigures {
  kills: number;
  acknowledged: number;
  refused: number;
  /** Commands that were unanswered at a kill; they may be in force or not. */
  unanswered: number;
  /** Of these, those that were in force afterwards. */
  unansweredInForce: number;
  labelsAsked: number;
  swaps: number;
  startMs: number[];
}

/** Runs a program under random commands, kills it, and checks what the next start says. */
export class CrashRounds {
  readonly figures: CrashFigures = {
    kills: 0,
    acknowledged: 0,
    refused: 0,
    unanswered: 0,
    unansweredInForce: 0,
    labelsAsked: 0,
    swaps: 0,
    startMs: [],
  };
  readonly #folder: ServiceFolder;
  readonly #state: string;
  readonly #config: ReturnType<typeof crashConfig>;
  readonly #random: () => number;
  readonly #commands: RandomCommands;
  readonly #acknowledged: Acknowledged[] = [];
  readonly #names: string[] = [];
  readonly #versions: number[] = [];
  #unanswered: NextCommand | null = null;
  /** What was found out about commands without an answer, for messages of failures. */
  readonly #settled: string[] = [];
  #unknown = 0;

  constructor(
    folder: ServiceFolder,
    state: string,
    config: ReturnType<typeof crashConfig>,
    random: () => number,
  ) {
    this.#folder = folder;
    this.#state = state;
    this.#config = config;
    this.#random = random;
    this.#commands = new RandomCommands(random);
  }

  /** What all acknowledged commands add up to. */
  get expected(): Expected {
    return expectedState(this.#acknowledged, this.#names);
  }

  /** Starts, checks, sends commands and kills. Rejects with what is not as acknowledged. */
  async round(): Promise<void> {
    const service = await this.#checkedStart();
    const killed = delay(aliveMsMax * this.#random()).then(() => service.kill());
    while (service.lifelens.running) {
      await this.#send(service, this.#commands.next(this.#known()));
      await Promise.race([delay(pauseMsMax * this.#random()), service.lifelens.ended]);
    }
    await killed;
    this.figures.kills++;
  }

  /** Starts and checks once more, and ends the program in order. */
  async finish(): Promise<void> {
    const service = await this.#checkedStart();
    await service.stop();
  }

  /** As {@link #startAndCheck}; failures say how unanswered commands were judged. */
  async #checkedStart(): Promise<Service> {
    try {
      return await this.#startAndCheck();
    } catch (error) {
      const judged = this.#settled.map((each) => `\n  unanswered: ${each}`).join('');
      throw new Error(`${messageOf(error)}${judged}`, { cause: error });
    }
  }

  #known() {
    const expected = this.expected;
    const { length: classes } = this.#names;
    return { acknowledged: this.#acknowledged, expected, versions: this.#versions, classes };
  }

  async #startAndCheck(): Promise<Service> {
    const startedMs = performance.now();
    const service = await this.#folder.start({ state: this.#state, config: this.#config });
    this.figures.startMs.push(performance.now() - startedMs);
    await this.#settleUnanswered(service);
    await this.#askLabels(service);
    // Whatever head is active, a new label leads to one that knows all that was said.
    const created = this.#commands.labelNew(this.#names.length);
    await this.#send(service, created);
    await service.knows(this.expected.learned);
    const swapped = service.client.messages.filter(({ event }) => event === 'swapped');
    this.figures.swaps += swapped.length;
    this.#versions.push(...swapped.map(({ headVersion }) => Number(headVersion)));
    return service;
  }

  /** Finds out whether the command without an answer is in force. Either is right. */
  async #settleUnanswered(service: Service): Promise<void> {
    const command = this.#unanswered;
    this.#unanswered = null;
    if (command?.said == null) return;
    this.figures.unanswered++;
    // Whatever head is active, a new label leads to one that shows what was said before.
    await this.#send(service, this.#commands.labelNew(this.#names.length));
    const named = this.#withSample(command.said, null);
    // The class that it may have created follows the one of the label above.
    const isNew = command.creates !== null && named.type === 'label';
    const said = isNew ? { ...named, class: this.#names.length } : named;
    const names = command.creates === null ? this.#names : [...this.#names, command.creates];
    const without = this.expected;
    const with_ = expectedState([...this.#acknowledged, { labelId: null, said }], names);
    const isInForce = await this.#isInForce(service, without, with_);
    this.#settled.push(`${JSON.stringify(command.command)} is ${isInForce ? '' : 'not '}in force`);
    if (!isInForce) return;
    this.figures.unansweredInForce++;
    this.#acknowledged.push({ labelId: null, said });
    if (command.creates !== null) this.#names.push(command.creates);
  }

  /** Tells two expectations apart by a sample's label or, where none differs, by the classes. */
  async #isInForce(service: Service, without: Expected, with_: Expected): Promise<boolean> {
    for (const [sample, label] of with_.labels) {
      if (sample.startsWith('?') || without.labels.get(sample) === label) continue;
      return (await labelOf(service, sample)) === label;
    }
    for (const [sample] of without.labels) {
      if (sample.startsWith('?') || with_.labels.has(sample)) continue;
      return (await labelOf(service, sample)) === undefined;
    }
    const wanted = [without, with_].map(({ learned }) => [...learned].sort().join());
    const deadlineMs = performance.now() + 120_000;
    // Equal classes need no distinction; different ones show once a head with all labels is live.
    while (wanted[0] !== wanted[1]) {
      const classes = [...service.classes].sort().join();
      if (wanted.includes(classes)) {
        await service.settled();
        if ([...service.classes].sort().join() === classes) return classes === wanted[1];
      }
      if (performance.now() > deadlineMs) {
        throw new Error(`the head knows ${classes}, not ${wanted.join(' or ')}`);
      }
      await delay(20);
    }
    return false;
  }

  async #askLabels(service: Service): Promise<void> {
    const { labels } = this.expected;
    const newest = [...labels].filter(([sample]) => !sample.startsWith('?')).slice(-20);
    for (let i = 0; i < samplesAsked && newest.length > 0; i++) {
      const at = Math.floor(this.#random() * newest.length);
      const [[sample, label]] = newest.splice(at, 1) as [[string, string | null]];
      const found = await labelOf(service, sample);
      this.figures.labelsAsked++;
      if (found === label) continue;
      throw new Error(`sample ${sample} is labelled ${String(found)}, not ${String(label)}`);
    }
  }

  async #send(service: Service, next: NextCommand): Promise<void> {
    const { client, lifelens } = service;
    const from = client.messages.length;
    this.#unanswered = next;
    const answer = await Promise.race([client.send(next.command), lifelens.ended.then(() => null)]);
    if (answer === null) return;
    this.#unanswered = null;
    if (!answer.ok) {
      this.figures.refused++;
      return;
    }
    this.figures.acknowledged++;
    if (next.said === null) return;
    const said = this.#withSample(next.said, await newSampleIn(service, next, from));
    this.#acknowledged.push({ labelId: labelIdIn(answer), said });
    if (next.creates !== null) this.#names.push(next.creates);
  }

  /** The sample of a box is known from its message only; `?n` where the kill came before it. */
  #withSample(said: Said, sample: string | null): Said {
    if (!('sample' in said) || said.sample !== newSample) return said;
    return { ...said, sample: sample ?? `?${++this.#unknown}` };
  }
}

function labelIdIn(answer: Extract<CommandResult, { ok: true }>): string | null {
  return answer.labelId ?? null;
}

/** Resolves with the sample that a label of a box has made; null where the program ends before. */
async function newSampleIn(
  { client, lifelens }: Service,
  { command, said }: NextCommand,
  from: number,
): Promise<string | null> {
  if (said === null || !('sample' in said) || said.sample !== newSample) return null;
  const name = 'class' in command ? command.class : '';
  // Messages about earlier commands may come late; the sample of a box has not been seen before.
  const seen = new Set(client.messages.slice(0, from).map(({ sampleId }) => sampleId));
  const message = await Promise.race([
    client.receives(
      ({ type, label, sampleId }) => type === 'sample' && label === name && !seen.has(sampleId),
      { from },
    ),
    lifelens.ended.then(() => null),
  ]);
  return message === null ? null : String(message['sampleId']);
}
