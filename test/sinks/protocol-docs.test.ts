import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { natsSubjects } from '../../sinks/nats.ts';
import { answerCodes } from '../../operators/foundation/errors/answer-codes.ts';
import {
  commandNames,
  eventTypes,
  parseClientMessage,
  protocolVersion,
  subscriptionNames,
} from '../../sinks/protocol.ts';
import { oneOfEach } from './sample-events.ts';

const page = await readFile(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

/** Every JSON example of the page. */
const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
  ([, text]) => JSON.parse(text!) as Record<string, unknown>,
);

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

  it('states the version that the code speaks', () => {
    expect(page).toContain(`The protocol's version is ${protocolVersion}.`);
    for (const { v } of examples) expect([undefined, protocolVersion]).toContain(v);
  });

  it('shows commands that the code takes', () => {
    const commands = examples.filter((example) => 'command' in example);
    expect(commands.length).toBeGreaterThanOrEqual(4);
    for (const command of commands) {
      expect(parseClientMessage(JSON.stringify(command))).toMatchObject({ ok: true });
    }
  });

  it('shows messages with the fields that they have', () => {
    for (const event of oneOfEach) {
      const example = examples.find(({ type }) => type === event.type);
      expect(Object.keys(example!).sort(), event.type).toEqual(Object.keys(event).sort());
    }
  });
});
