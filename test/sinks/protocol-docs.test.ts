import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answerCodes } from '../../operators/foundation/errors/answer-codes.ts';
import { parseConfig } from '../../pipeline/configuration/config.ts';
import { httpDefaults } from '../../sinks/http/http-server.ts';
import type { TimeBasis } from '../../operators/foundation/time/time-basis.ts';
import { jsonLinesDefaults, openJsonLines } from '../../sinks/json-lines.ts';
import { natsDefaults, natsSubjects } from '../../sinks/nats.ts';
import { outboxLimits } from '../../sinks/outbox.ts';
import {
  commandBytesMax,
  commandNames,
  eventTypes,
  parseClientMessage,
  protocolVersion,
  subscriptionNames,
} from '../../sinks/protocol.ts';
import { webSocketDefaults, webSocketLimits } from '../../sinks/websocket/websocket-limits.ts';
import { detections, oneOfEach } from './sample-events.ts';

const page = await readFile(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

/** Every JSON example of the page. */
const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
  ([, text]) => JSON.parse(text!) as Record<string, unknown>,
);

/** The page with every run of white space as one space. */
const prose = page.replace(/\s+/g, ' ');

const mebibytes = (bytes: number) => `${bytes / 1024 / 1024} MiB`;
const kibibytes = (bytes: number) => `${bytes / 1024} KiB`;

/** The table of the WebSocket's limits: value and consequence by limit. */
function limitRows(): Record<string, string[]> {
  const [, table] = /\| limit +\| value[^\n]*\n\|[-| ]+\n((?:\|[^\n]*\n)+)/.exec(page)!;
  const rows = table!.trimEnd().split('\n');
  const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()));
  return Object.fromEntries(cells.map(([, limit, value, beyond]) => [limit!, [value!, beyond!]]));
}

describe('docs/protocol.md', () => {
  it('has a section for every type of message', () => {
    for (const type of [...eventTypes, 'hello']) expect(page).toContain(`\n### \`${type}\`\n`);
    expect(page).toContain('## Answers');
  });

  it('lists every command, every answer code and every NATS subject', () => {
    for (const name of commandNames) expect(page).toMatch(new RegExp(`\\| \`${name}\` +\\|`));
    for (const name of subscriptionNames) expect(page).toContain(`"command": "${name}"`);
    for (const code of Object.keys(answerCodes))
      expect(page).toMatch(new RegExp(`\\| \`${code}\` +\\|`));
    for (const subject of Object.values(natsSubjects)) {
      expect(page).toContain(`| \`lifelens.<instance>.${subject}\``);
    }
  });

  it('states the version of the code', () => {
    expect(page).toContain(`The protocol's version is ${protocolVersion}.`);
    for (const { v } of examples) expect([undefined, protocolVersion]).toContain(v);
  });

  it('shows commands that the code accepts', () => {
    const commands = examples.filter((example) => 'command' in example);
    expect(commands.length).toBeGreaterThanOrEqual(4);
    for (const command of commands) {
      expect(parseClientMessage(JSON.stringify(command))).toMatchObject({ ok: true });
    }
  });

  it('shows messages with their fields', () => {
    for (const event of oneOfEach) {
      const example = examples.find(({ type }) => type === event.type);
      expect(Object.keys(example!).sort(), event.type).toEqual(Object.keys(event).sort());
    }
  });

  it('shows the line of the detections file with its keys', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'lifelens-')), 'lines.jsonl');
    const sink = await openJsonLines(file);
    sink.publish(detections(1));
    await sink.close();
    const line = JSON.parse(await readFile(file, 'utf8')) as { detections: object[] };
    const example = examples.at(-1) as unknown as typeof line;
    expect(Object.keys(example)).toEqual(Object.keys(line));
    expect(Object.keys(example.detections[0]!)).toEqual(Object.keys(line.detections[0]!));
  });

  it('explains every basis of time, and counts frames in flight', () => {
    const bases: Record<TimeBasis, true> = { capture: true, arrival: true, media: true };
    for (const basis of Object.keys(bases)) expect(prose).toContain(`\`${basis}\`, the`);
    expect(prose).toContain('`captured` = `detected` + all `dropped` + frames in flight');
  });

  it('states the limits of the WebSocket', () => {
    const { burst, perSecond, pendingMax } = webSocketDefaults.commandLimits;
    const { clientsMax, heartbeatMs, pendingBytesMax } = webSocketDefaults;
    const { refusalsMax } = webSocketLimits;
    expect(limitRows()).toEqual({
      "size of a client's message": [kibibytes(commandBytesMax), 'closed with 1009'],
      'messages of a client': [
        `${burst} at once, ${perSecond} per second`,
        `answered \`rate-limited\`; more than ${refusalsMax} in a row: closed with 1008`,
      ],
      'unanswered commands of a client': [`${pendingMax}`, 'answered `busy`'],
      clients: [`${clientsMax} (configurable)`, 'closed with 1013'],
      'waiting for a client': [mebibytes(pendingBytesMax), 'dropped, see above'],
      [`time to answer a ping (one every ${heartbeatMs / 1000} s)`]: [
        `${heartbeatMs / 1000} s`,
        'disconnected',
      ],
    });
    expect(prose).toContain(`At most ${mebibytes(pendingBytesMax)} wait per client`);
    const { modelEventsSent, samplesSent, sampleBytesSent, picturesPerSecond } = webSocketLimits;
    expect(prose).toContain(`the last ${modelEventsSent} model events`);
    expect(prose).toContain(`(at most ${samplesSent}, at most ${mebibytes(sampleBytesSent)})`);
    expect(prose).toContain(`0.1 to 60, ${picturesPerSecond} until set`);
    expect(prose).toContain(`above ${kibibytes(commandBytesMax)} (NATS`);
  });

  it('states the limits of NATS and of the detections file', () => {
    const { burst, perSecond, pendingMax } = natsDefaults.commandLimits;
    expect(prose).toContain(
      `may send ${burst} commands at once and ${perSecond} per second, of which ${pendingMax}`,
    );
    const { min, max } = natsDefaults.backoffMs;
    expect(prose).toContain(`with a pause of ${min / 1000} to ${max / 1000} s`);
    const bytes = mebibytes(natsDefaults.pendingBytesMax);
    expect(prose).toContain(`up to ${bytes} (or ${outboxLimits.messagesMax} messages) wait`);
    const fileBytes = mebibytes(jsonLinesDefaults.pendingBytesMax);
    expect(prose).toContain(`Up to ${fileBytes} wait for a slow disk`);
  });

  it('shows the limits and the strategy of the default configuration', () => {
    const { dashboard, learn } = parseConfig({});
    const { burst, perSecond, pendingMax } = webSocketDefaults.commandLimits;
    const hello = examples.find(({ type }) => type === 'hello')!;
    expect(hello).toMatchObject({
      strategy: learn.strategy,
      limits: {
        commandBytesMax,
        commandBurst: burst,
        commandsPerSecond: perSecond,
        commandsPendingMax: pendingMax,
        pendingBytesMax: webSocketDefaults.pendingBytesMax,
      },
    });
    const metrics = examples.find(({ type }) => type === 'metrics')!;
    expect(metrics['model']).toMatchObject({ strategy: learn.strategy });
    expect(dashboard).toMatchObject({ ...httpDefaults, clientsMax: webSocketDefaults.clientsMax });
    expect(prose).toContain(`by default on \`${httpDefaults.host}:${httpDefaults.port}\``);
  });
});
