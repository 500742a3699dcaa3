import { spawn, type ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';

const launcher = fileURLToPath(new URL('../../pipeline/bin.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  /** What a person is told: standard error without log lines. */
  readonly complaints: readonly string[];
  /** Messages of the log, in order. */
  readonly logged: readonly string[];
  /** From the start, in ms. */
  readonly tookMs: number;
  /** Processes that the program started and that outlived it. */
  readonly orphans: readonly string[];
}

/** The program as a person starts it: a process of its own, with real engines and a real ffmpeg. */
export class Lifelens {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  /** `env`: all of its environment. Default: that of this process. */
  constructor(argv: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env) {
    const startedMs = performance.now();
    // A group of its own: whoever is left in it afterwards is an orphan.
    const child = spawn(process.execPath, [launcher, ...argv], {
      ...{ cwd, env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => {
        const tookMs = performance.now() - startedMs;
        const { complaints, logged } = sort(this.#stderr);
        const ended = { code, signal, stdout: this.#stdout, complaints, logged, tookMs };
        processesOf(child.pid ?? 0).then(
          (orphans) => resolve({ ...ended, orphans }),
          (error: unknown) => reject(error as Error),
        );
      });
    });
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves with the log message that matches, once so many do. */
  async logs(pattern: RegExp, { times = 1, withinMs = 30_000 } = {}): Promise<string> {
    const deadlineMs = performance.now() + withinMs;
    for (;;) {
      const found = sort(this.#stderr).logged.filter((line) => pattern.test(line))[times - 1];
      if (found !== undefined) return found;
      if (!this.running || performance.now() > deadlineMs) {
        throw new Error(`${pattern.source} was not logged ${times} times: ${this.#stderr}`);
      }
      await delay(20);
    }
  }

  /** Where the dashboard is, once it is. */
  async url(): Promise<string> {
    const line = await this.logs(/^dashboard at /);
    return line.slice('dashboard at '.length);
  }

  /** Processes besides the program itself: its ffmpegs. */
  async children(): Promise<readonly string[]> {
    const pid = this.#child.pid ?? 0;
    return (await processesOf(pid)).filter((line) => !line.startsWith(`${pid} `));
  }

  /** Asks it to end; resolves with how, and with the ms between. */
  async stop(signal: NodeJS.Signals): Promise<Ended & { readonly stopMs: number }> {
    const askedMs = performance.now();
    this.#child.kill(signal);
    const ended = await this.ended;
    return { ...ended, stopMs: performance.now() - askedMs };
  }

  /** Ends it and all that it started, for tests that failed on the way. */
  async destroy(): Promise<void> {
    try {
      process.kill(-(this.#child.pid ?? 0), 'SIGKILL');
    } catch {
      // All of them are gone already.
    }
    await this.ended;
  }
}

function sort(stderr: string): { complaints: string[]; logged: string[] } {
  const complaints: string[] = [];
  const logged: string[] = [];
  for (const line of stderr.split('\n').filter((text) => text !== '')) {
    if (!line.startsWith('{"level":')) complaints.push(line);
    else if (line.endsWith('}')) logged.push((JSON.parse(line) as { msg: string }).msg);
  }
  return { complaints, logged };
}

/** Live processes of a process group, as `pid name`. */
async function processesOf(group: number): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    // pid (name) state ppid pgrp …; names may hold spaces and parentheses.
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(pgrp) === group && state !== 'Z') found.push(`${pid} ${name}`);
  }
  return found;
}

type Message = Readonly<Record<string, unknown>> & { readonly type: string };

/** A program that talks to a running lifelens over its WebSocket. */
export class Client {
  readonly messages: Message[] = [];
  readonly socket: WebSocket;
  closedWith: number | null = null;

  constructor(url: string) {
    this.socket = new WebSocket(`${url.replace(/^http/, 'ws').replace(/\/$/, '')}/ws`);
    this.socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) this.messages.push(JSON.parse(data.toString()) as Message);
    });
    this.socket.on('close', (code) => (this.closedWith = code));
    this.socket.on('error', () => undefined);
  }

  /** Resolves with the first message, from index `from` on, that passes. */
  async hears(
    test: (message: Message) => boolean,
    { from = 0, withinMs = 30_000 } = {},
  ): Promise<Message> {
    const deadlineMs = performance.now() + withinMs;
    for (;;) {
      const found = this.messages.slice(from).find(test);
      if (found !== undefined) return found;
      if (performance.now() > deadlineMs) {
        const heard = this.messages.map(({ type }) => type).join(' ');
        throw new Error(`not heard within ${withinMs} ms; heard ${heard}`);
      }
      await delay(20);
    }
  }

  /** Sends text and resolves with the answer that comes next. */
  async ask(text: string): Promise<Message> {
    const from = this.messages.length;
    this.socket.send(text);
    return this.hears(({ type }) => type === 'answer', { from });
  }
}
