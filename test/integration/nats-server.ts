import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A real broker on a port of its own, which can be killed and started again there. */
export class TestBroker {
  readonly port: number;
  readonly #flags: readonly string[];
  #process: ChildProcess | null = null;

  constructor(port: number, flags: readonly string[] = []) {
    this.port = port;
    this.#flags = flags;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Resolves when the broker takes connections. */
  async start(): Promise<void> {
    const broker = spawn(
      'nats-server',
      ['--addr', '127.0.0.1', '--port', String(this.port), ...this.#flags],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    this.#process = broker;
    let log = '';
    await new Promise<void>((resolve, reject) => {
      broker.once('error', reject);
      broker.once('exit', () => reject(new Error(`nats-server ended: ${log}`)));
      broker.stderr.on('data', (part: Buffer) => {
        log += part.toString();
        if (log.includes('Server is ready')) resolve();
      });
    });
    broker.removeAllListeners('exit');
  }

  /** Ends the broker without a goodbye to its clients. */
  async kill(): Promise<void> {
    const broker = this.#process;
    this.#process = null;
    if (broker === null || broker.exitCode !== null) return;
    broker.kill('SIGKILL');
    await once(broker, 'exit');
  }

  /** Stands still, with its connections open: SIGSTOP, and SIGCONT to go on. */
  freeze(frozen: boolean): void {
    this.#process?.kill(frozen ? 'SIGSTOP' : 'SIGCONT');
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
