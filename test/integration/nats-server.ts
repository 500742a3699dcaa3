import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A real nats-server on its own port, which can be killed and restarted there. */
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

  /** Resolves when the broker accepts connections. */
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

  /** Kills the broker without closing its connections. */
  async kill(): Promise<void> {
    const broker = this.#process;
    this.#process = null;
    if (broker === null || broker.exitCode !== null) return;
    broker.kill('SIGKILL');
    await once(broker, 'exit');
  }

  /** Suspends the broker with its connections open (SIGSTOP), or resumes it (SIGCONT). */
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
