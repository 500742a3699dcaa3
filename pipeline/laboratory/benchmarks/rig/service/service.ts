import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CommandResult, LabelTarget } from '../../../../../sinks/events.ts';
import { Client, type Message } from '../client.ts';
import { Lifelens, type Ended, type ProcessOptions } from '../lifelens-process.ts';
import { paintStillLife, stillLifeBoxes } from './still-life.ts';

/** The name of the camera that shows the still life. */
export const stillCamera = 'yard';

/** An answer with `ok: true`. */
export type Accepted = Extract<CommandResult, { ok: true }> & { readonly note?: string };

/** Settings of one start of the program. */
export interface StartOptions extends ProcessOptions {
  /** Sections of the configuration that replace those of {@link ServiceFolder}. */
  readonly config?: Readonly<Record<string, object>>;
  /** State folder. Default: `state` in the service's folder. */
  readonly state?: string;
  readonly argv?: readonly string[];
}

/** Longest time of a start, in ms; it takes 3 s where nothing else runs. */
const startMsMax = 90_000;

/**
 * Learns each label at once, and holds none out: what happens then depends on no chance. Names of
 * the frozen backbone never count, so that every object can be learned.
 */
const learnAtOnce = {
  detect: { threads: 1 },
  track: { baseScoreMin: 1 },
  learn: { minLabels: 1, maxWaitMs: 0, coolDownMs: 0, heldOutShare: 0 },
  world: { labelDelayMs: 3_600_000 },
};

/** A temporary folder with a still life, a configuration and a state, for starts of the program. */
export class ServiceFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'lifelens-service-'));
  readonly #started: Lifelens[] = [];
  #configs = 0;

  /** Resolves with a folder in which the picture is painted. */
  static async create(): Promise<ServiceFolder> {
    const folder = new ServiceFolder();
    await paintStillLife(folder.at('still'));
    return folder;
  }

  at(name: string): string {
    return join(this.path, name);
  }

  /** Starts any command of the program in this folder. */
  spawn(argv: readonly string[], options: ProcessOptions = {}): Lifelens {
    const lifelens = new Lifelens(argv, { cwd: this.path, ...options });
    this.#started.push(lifelens);
    return lifelens;
  }

  /** Starts `lifelens run` without waiting for it. */
  run({ config = {}, state = 'state', argv = [], ...options }: StartOptions = {}): Lifelens {
    const file = this.at(`config-${++this.#configs}.json`);
    const cameras = { [stillCamera]: { source: this.at('still'), loop: true, fps: 5 } };
    writeFileSync(file, JSON.stringify({ cameras, ...learnAtOnce, ...config }));
    return this.spawn(['run', '--config', file, '--state', state, '--port', '0', ...argv], options);
  }

  /** Starts `lifelens run`; resolves once a client is connected and receives detections. */
  async start(options: StartOptions = {}): Promise<Service> {
    const lifelens = this.run(options);
    const client = await Client.connect(await lifelens.url(startMsMax));
    const service = new Service(lifelens, client);
    await client.receives(({ type }) => type === 'hello');
    await client.receives(({ type }) => type === 'detections', { withinMs: startMsMax });
    return service;
  }

  /** Kills every process that was started and still runs. */
  async stopAll(): Promise<void> {
    for (const lifelens of this.#started.splice(0)) await lifelens.destroy();
  }

  async remove(): Promise<void> {
    await this.stopAll();
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A running program with a client. */
export class Service {
  readonly lifelens: Lifelens;
  readonly client: Client;

  constructor(lifelens: Lifelens, client: Client) {
    this.lifelens = lifelens;
    this.client = client;
  }

  /** Sends a command that must be accepted; rejects with the answer's message otherwise. */
  async accepted(command: Parameters<Client['send']>[0]): Promise<Accepted> {
    const answer = await this.client.send(command);
    if (answer.ok) return answer;
    throw new Error(`${JSON.stringify(command)} was answered ${answer.code}: ${answer.message}`);
  }

  /** Labels the object at this place of the still life, and resolves with its sample's id. */
  async label(className: string, place: number): Promise<Accepted & { readonly sampleId: string }> {
    return this.labelTarget(className, { box: stillLifeBoxes[place]!, camera: stillCamera });
  }

  /** Labels a target, and resolves with the id of the sample that got the label. */
  async labelTarget(
    className: string,
    target: LabelTarget,
  ): Promise<Accepted & { readonly sampleId: string }> {
    const from = this.client.messages.length;
    const answer = await this.accepted({ command: 'label', class: className, target });
    const sample = await this.client.receives(
      ({ type, label }) => type === 'sample' && label === className,
      { from },
    );
    return { ...answer, sampleId: sample['sampleId'] as string };
  }

  /** Classes of the head that is active, as the newest message says. */
  get classes(): readonly string[] {
    for (const message of this.client.messages.toReversed()) {
      const classes = classesIn(message);
      if (classes !== null) return classes;
    }
    return [];
  }

  /** Resolves with the next metrics: what was sent before them has arrived by then. */
  async settled(): Promise<void> {
    await this.client.receives(({ type }) => type === 'metrics', {
      from: this.client.messages.length,
    });
  }

  /** Resolves once the active head has exactly these classes; rejects as {@link knowsOf}. */
  async knows(classes: readonly string[], withinMs?: number): Promise<void> {
    const wanted = JSON.stringify([...classes].sort());
    await this.#waitFor(
      wanted,
      () => JSON.stringify([...this.classes].sort()) === wanted,
      withinMs,
    );
  }

  /**
   * Resolves once the active head has this class. Rejects after three refused heads, when the
   * program ends, or when the time is up.
   */
  async knowsOf(className: string, withinMs?: number): Promise<void> {
    await this.#waitFor(className, () => this.classes.includes(className), withinMs);
  }

  /** Resolves with the version of the first head that went live with this class. */
  async versionWith(className: string): Promise<number> {
    const swapped = await this.client.receives(
      ({ event, classes }) =>
        event === 'swapped' && (classes as readonly string[]).includes(className),
      { withinMs: 60_000 },
    );
    return Number(swapped['headVersion']);
  }

  async #waitFor(what: string, isThere: () => boolean, withinMs = 60_000): Promise<void> {
    const from = this.client.messages.length;
    const deadlineMs = performance.now() + withinMs;
    while (!isThere()) {
      const model = this.client.messages.slice(from).filter(({ type }) => type === 'model');
      const refusals = model.filter(({ event }) => event === 'refused').length;
      if (refusals >= 3 || !this.lifelens.running || performance.now() > deadlineMs) {
        const details = model.map(({ detail }) => `\n  ${String(detail)}`).join('');
        throw new Error(`the head knows ${JSON.stringify(this.classes)}, not ${what}:${details}`);
      }
      await delay(20);
    }
  }

  /** The label in the newest message about a sample; undefined where there is none. */
  labelOf(sampleId: string): unknown {
    return this.client.messages.findLast(
      (message) => message.type === 'sample' && message['sampleId'] === sampleId,
    )?.['label'];
  }

  /** Ends the program in order; rejects where it reports an error. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Ended & { readonly stopMs: number }> {
    const ended = await this.lifelens.stop(signal);
    if (ended.code !== 0) throw new Error(`exit code ${String(ended.code)}`);
    return ended;
  }

  /** Kills the program at once (SIGKILL). */
  async kill(): Promise<void> {
    await this.lifelens.stop('SIGKILL');
  }
}

function classesIn(message: Message): readonly string[] | null {
  if (message.type === 'hello' || message.type === 'model') {
    return message['classes'] as readonly string[];
  }
  if (message.type !== 'metrics') return null;
  return (message['model'] as { readonly classes: readonly string[] }).classes;
}
