import { baseRetention } from './base-retention.ts';
import { classIncremental } from './class-incremental.ts';
import { fewShot } from './few-shot.ts';
import { longRun } from './long-run.ts';
import { openWorld } from './open-world.ts';
import type { Protocol } from './protocol.ts';
import { stream } from './stream.ts';

const protocols: readonly Protocol[] = [
  ...classIncremental,
  ...fewShot,
  baseRetention,
  openWorld,
  stream,
  ...longRun,
];

/** Names of all protocols. */
export const protocolNames: readonly string[] = protocols.map(({ name }) => name);

/** Finds a protocol by name; undefined for an unknown name. */
export function findProtocol(name: string): Protocol | undefined {
  return protocols.find((protocol) => protocol.name === name);
}

/** Names and summaries for the help text, one line per protocol. */
export function describeProtocols(): string {
  const width = Math.max(...protocolNames.map(({ length }) => length));
  return protocols.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n');
}
