import { describe, expect, test } from 'vitest';
import type { CommandRequest } from '../../sinks/events.ts';
import { InProcessSink, inProcessPendingMax } from '../../sinks/in-process.ts';

describe('commands of the embedding program', () => {
  test('are refused without a subscriber', async () => {
    const result = await new InProcessSink().send({ command: 'undo' });
    expect(result).toMatchObject({ ok: false, code: 'failed' });
  });

  test('are checked as those of other clients', async () => {
    const sink = new InProcessSink();
    const requests: CommandRequest[] = [];
    sink.commands$.subscribe((request) => requests.push(request));
    const refused = await sink.send({ command: 'remove', class: 'two\nlines' });
    expect(refused).toMatchObject({ ok: false, code: 'bad-command' });
    void sink.send({ command: 'remove', class: ' traffic  cone ' });
    expect(requests).toMatchObject([
      {
        command: { command: 'remove', class: 'traffic cone' },
        by: 'program',
        principal: { kind: 'program', name: null, scope: 'manage' },
      },
    ]);
  });

  test('resolve with their reply, and are refused beyond the bound until one is answered', async () => {
    const sink = new InProcessSink();
    const requests: CommandRequest[] = [];
    sink.commands$.subscribe((request) => requests.push(request));
    const send = () => sink.send({ command: 'undo' });
    const pending = Array.from({ length: inProcessPendingMax }, send);
    expect(await send()).toMatchObject({ ok: false, code: 'busy' });
    expect(requests).toHaveLength(inProcessPendingMax);
    requests[0]!.reply({ ok: true, labelId: 'l1' });
    expect(await pending[0]).toEqual({ ok: true, labelId: 'l1' });
    void send();
    expect(requests).toHaveLength(inProcessPendingMax + 1);
  });
});
