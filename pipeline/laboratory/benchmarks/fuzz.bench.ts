import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect as connectSocket, createServer, type AddressInfo } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { connect as connectNats, type NatsConnection } from 'nats';
import { WebSocket } from 'ws';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { benchmarkFlags, finish, median, numberOf, quantile } from './rig/benchmark.ts';
import { Fuzzer } from './rig/fuzz-messages.ts';
import { Lifelens } from './rig/lifelens-process.ts';

// Fuzzed WebSocket messages, HTTP requests and NATS requests, with a token and without, against a
// running program:
//   node --import tsx pipeline/laboratory/benchmarks/fuzz.bench.ts [--messages 100000] [--seed 1]
//     [--report FILE]
// NATS takes part where `nats-server` is installed. A WebSocket client leaves after as many
// messages as its rate limit admits at once, so that all of them are parsed; some stay and flood.
// Exit code 1 where a target is missed.
const flags = benchmarkFlags({
  messages: { type: 'string', default: '100000' },
  seed: { type: 'string', default: '1' },
});
const messagesMax = flags.smoke ? 2000 : numberOf(flags.messages);
const token = 'a-long-token-for-the-fuzzer';
/** Messages that the rate limit of a client admits at once. */
const burst = 100;
/** Share of the clients that go on beyond it. */
const floodShare = 0.1;
const lanes = 6;
/** Share of the messages after which resident memory counts as settled. */
const warmUpShare = 0.3;
const quietMs = 3000;

const counts = { webSocket: 0, http: 0, nats: 0, withToken: 0, refusedByRate: 0, unanswered: 0 };
const violations: string[] = [];
const rssMiB: { readonly messages: number; readonly mebibytes: number }[] = [];
const total = (): number => counts.webSocket + counts.http + counts.nats;

const folder = await mkdtemp(join(tmpdir(), 'lifelens-fuzz-'));
const broker = await startBroker();
const configFile = join(folder, 'lifelens.json');
await writeFile(
  configFile,
  JSON.stringify({
    cameras: { world: { source: 'world' } },
    // Small, so that it is full before resident memory is measured.
    remember: { bytesMax: 1024 * 1024 },
    dashboard: { port: 0, token },
    nats: { enabled: broker !== null, servers: [broker?.address ?? 'hall'], scope: 'manage' },
    log: { format: 'json' },
  }),
);
// As `npm start` does: a young generation that grows moves resident memory.
const program = new Lifelens(['run', '--config', configFile], {
  nodeArguments: ['--max-semi-space-size=4'],
});
let broken: string | null = null;
let health: { durations: readonly number[]; failures: number } = { durations: [], failures: 0 };
try {
  const url = await program.url();
  const probe = new Worker(new URL('./rig/probes/health-probe.js', import.meta.url), {
    workerData: { url },
  });
  const nats = broker === null ? null : await connectNats({ servers: broker.address });
  const rssTimer = setInterval(() => void recordRss(), 500);
  await Promise.all(
    Array.from({ length: lanes }, (_, lane) => runLane(lane, new URL(url).host, nats)),
  );
  await delay(quietMs);
  clearInterval(rssTimer);
  await recordRss();
  probe.postMessage('report');
  [health] = (await once(probe, 'message')) as [typeof health];
  await probe.terminate();
  await nats?.close();
} catch (error) {
  broken = error instanceof Error ? error.message : String(error);
}
const survived = program.running;
const { code, errorLines, logMessages } = await program.stop('SIGTERM');
await program.destroy();
broker?.process.kill('SIGKILL');
await rm(folder, { recursive: true, force: true });

const settled = rssMiB.filter(({ messages }) => messages >= warmUpShare * messagesMax);
// Single readings vary by several percent with garbage collection and open connections.
const third = Math.ceil(settled.length / 3);
const atStart = median(settled.slice(0, third).map(({ mebibytes }) => mebibytes));
const atEnd = median(settled.slice(-third).map(({ mebibytes }) => mebibytes));
const { webSocket, http, nats } = counts;
const parsedShare = 1 - counts.refusedByRate / Math.max(1, webSocket + nats);
const targets = [
  { what: 'the program survives', value: survived && broken === null ? 1 : 0, atLeast: 1 },
  { what: 'answers without a token', value: violations.length, atMost: 0 },
  { what: 'messages within the rate limit, share', value: parsedShare, atLeast: 0.5 },
  ...(flags.smoke
    ? []
    : [
        { what: 'growth of resident memory, share', value: atEnd / atStart - 1, atMost: 0.05 },
        { what: 'p99 of /healthz, ms', value: quantile(health.durations, 0.99), atMost: 100 },
        { what: '/healthz failed', value: health.failures, atMost: 0 },
      ]),
];
finish(
  flags,
  {
    messages: { webSocket, http, nats, withToken: counts.withToken },
    refusedByRate: counts.refusedByRate,
    unanswered: counts.unanswered,
    violations: violations.slice(0, 5),
    broken,
    exitCode: code,
    errorLines: errorLines.slice(0, 5),
    lastLog: logMessages.slice(-3),
    rssMiB: {
      atStart,
      atEnd,
      peak: Math.max(...rssMiB.map(({ mebibytes }) => mebibytes)),
      everyTenSeconds: rssMiB.filter((_, i) => i % 20 === 0).map((at) => Math.round(at.mebibytes)),
    },
    healthMs: {
      probes: health.durations.length,
      failures: health.failures,
      p50: quantile(health.durations, 0.5),
      p99: quantile(health.durations, 0.99),
    },
    load: loadavg()[0],
  },
  targets,
);
const isMissed = targets.some((target) => {
  const { atLeast = -Infinity, atMost = Infinity } = { ...target } as Partial<typeof target> & {
    atLeast?: number;
    atMost?: number;
  };
  return !(target.value >= atLeast && target.value <= atMost);
});
process.exit(isMissed ? 1 : 0);

/** Sends sessions of one kind after the other until enough messages were sent. */
async function runLane(lane: number, host: string, nats: NatsConnection | null): Promise<void> {
  const random = seededRandom(1000 * numberOf(flags.seed) + lane);
  const fuzzer = new Fuzzer(random, host, token);
  while (total() < messagesMax && program.running) {
    const kind = random();
    if (kind < 0.45) {
      const isFlood = random() < floodShare;
      await webSocketSession(fuzzer, host, isFlood ? 7 * burst : burst);
    } else if (kind < 0.6 && nats !== null) await natsSession(fuzzer, nats);
    else for (let i = 0; i < burst / 2; i++) await httpRequest(fuzzer, host);
  }
}

/** A client with the token that sends messages; each is answered, or ends the connection. */
async function webSocketSession(fuzzer: Fuzzer, host: string, messages: number): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`ws://${host}/ws`, { headers });
  socket.on('error', () => undefined);
  let answered = 0;
  let sent = 0;
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary || !data.includes('"type":"answer"')) return;
    answered++;
    if (data.includes('"rate-limited"')) counts.refusedByRate++;
  });
  const ended = once(socket, 'close').catch(() => undefined);
  await Promise.race([once(socket, 'open').catch(() => undefined), ended]);
  while (sent < messages && socket.readyState === socket.OPEN) {
    socket.send(fuzzer.message());
    sent++;
    // Others take their turns meanwhile; a client cannot know more of a server than its answers.
    if (sent % 20 === 0) await delay(1);
  }
  counts.webSocket += sent;
  counts.withToken += sent;
  const deadlineMs = performance.now() + 3000;
  while (answered < sent && socket.readyState === socket.OPEN && performance.now() < deadlineMs) {
    await delay(5);
  }
  if (socket.readyState === socket.OPEN) counts.unanswered += sent - answered;
  socket.close();
  const timeout = setTimeout(() => socket.terminate(), 1000);
  await ended;
  clearTimeout(timeout);
}

/** Requests over the broker, of which as many are made as the rate limit admits in a second. */
async function natsSession(fuzzer: Fuzzer, nats: NatsConnection): Promise<void> {
  for (let i = 0; i < burst / 4; i++) {
    counts.nats++;
    counts.withToken++;
    const message = fuzzer.message();
    const data = typeof message === 'string' ? Buffer.from(message) : message;
    try {
      const reply = await nats.request('lifelens.default.command', data, { timeout: 10_000 });
      if (Buffer.from(reply.data).includes('"rate-limited"')) counts.refusedByRate++;
    } catch {
      counts.unanswered++;
    }
  }
}

/** One request on a connection of its own; whatever comes back without a token must say nothing. */
async function httpRequest(fuzzer: Fuzzer, host: string): Promise<void> {
  const { bytes, hasToken } = fuzzer.request();
  counts.http++;
  if (hasToken) counts.withToken++;
  const [name = '', port] = host.split(':');
  const socket = connectSocket(Number(port), name);
  socket.on('error', () => undefined);
  let answer = '';
  // An unfinished request is not worth the server's whole time limit.
  const timeout = setTimeout(() => socket.destroy(), 250);
  socket.on('data', (data: Buffer) => {
    answer += data.toString('latin1');
    if (answer.includes('\r\n\r\n')) setTimeout(() => socket.destroy(), 5);
  });
  socket.write(bytes);
  await once(socket, 'close').catch(() => undefined);
  clearTimeout(timeout);
  if (!hasToken && revealsSomething(answer)) violations.push(`${bytes.toString()} → ${answer}`);
}

/** Whether an answer is more than a refusal or the bare state of health. */
function revealsSomething(answer: string): boolean {
  const [, status] = /^HTTP\/1\.1 (\d+)/.exec(answer) ?? [];
  if (status === undefined) return answer !== '';
  if (['400', '401', '405', '408', '421', '429', '431', '403'].includes(status)) return false;
  const body = answer.split('\r\n\r\n')[1] ?? '';
  return !/^(\{"ok":(true|false)\}\n)?$/.test(body) || status === '101';
}

async function recordRss(): Promise<void> {
  const status = await readFile(`/proc/${program.pid}/status`, 'utf8').catch(() => '');
  const kibibytes = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? NaN);
  if (Number.isFinite(kibibytes)) rssMiB.push({ messages: total(), mebibytes: kibibytes / 1024 });
}

/** A real broker on a free port; null where none is installed. */
async function startBroker(): Promise<{ process: ChildProcess; address: string } | null> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  const flagsOfBroker = ['--addr', '127.0.0.1', '--port', String(port)];
  const child = spawn('nats-server', flagsOfBroker, { stdio: ['ignore', 'ignore', 'pipe'] });
  return new Promise((resolve) => {
    child.once('error', () => resolve(null));
    child.stderr.on('data', (part: Buffer) => {
      if (part.includes('Server is ready')) {
        resolve({ process: child, address: `127.0.0.1:${port}` });
      }
    });
  });
}
