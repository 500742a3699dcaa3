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

/** Every protocol there is. */
export const protocolNames: readonly string[] = protocols.map(({ name }) => name);

/** A protocol by name; undefined for a name that none has. */
export function findProtocol(name: string): Protocol | undefined {
  return protocols.find((protocol) => protocol.name === name);
}

/** Names and summaries, a line each, for a person. */
export function describeProtocols(): string {
  const width = Math.max(...protocolNames.map(({ length }) => length));
  return protocols.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`).join('\n');
}
