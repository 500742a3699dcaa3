import { Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { CommandIntake, type CommandLimits } from '../../sinks/command-intake.ts';
import type { Command, CommandRequest } from '../../sinks/events.ts';
import type { Scope } from '../../sinks/principal.ts';
import { person, program } from './principals.ts';

const undo: Command = { command: 'undo' };
const pause: Command = { command: 'pause' };

function create(limits: Partial<CommandLimits> = {}) {
  const requests = new Subject<CommandRequest>();
  const intake = new CommandIntake(requests, {
    burst: 3,
    perSecond: 1,
    pendingMax: 2,
    ...limits,
  });
  return { requests, intake };
}

/** Subscribes and keeps the requests without answering them. */
function collect(requests: Subject<CommandRequest>): CommandRequest[] {
  const collected: CommandRequest[] = [];
  requests.subscribe((request) => collected.push(request));
  return collected;
}

describe('a command intake', () => {
  it('emits each command at once, with its sender, and completes with the subject', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable }) => {
        const { requests, intake } = create();
        const received = new Subject<readonly [Command, string]>();
        requests.subscribe({
          next: ({ command, by }) => received.next([command, by]),
          complete: () => received.complete(),
        });
        cold('-a-b-|', { a: undo, b: pause }).subscribe({
          next: (command) => void intake.submit(command, person),
          complete: () => requests.complete(),
        });
        expectObservable(received).toBe('-a-b-|', { a: [undo, 'person'], b: [pause, 'person'] });
      },
    );
  });

  it('resolves with the reply, which may come before `submit` returns', async () => {
    const { requests, intake } = create();
    requests.subscribe(({ reply }) => reply({ ok: true, labelId: 'l1' }));
    expect(await intake.submit(undo, program())).toEqual({ ok: true, labelId: 'l1' });
  });

  it('resolves with the first of two replies and counts it once', async () => {
    const { requests, intake } = create({ pendingMax: 1 });
    const collected = collect(requests);
    const result = intake.submit(undo, program());
    collected[0]!.reply({ ok: true });
    collected[0]!.reply({ ok: false, code: 'failed', message: 'too late' });
    expect(await result).toEqual({ ok: true });
    void intake.submit(undo, program());
    expect(await intake.submit(undo, program())).toMatchObject({ code: 'busy' });
  });

  it('answers busy beyond its pending commands, until one of them is answered', async () => {
    const { requests, intake } = create();
    const collected = collect(requests);
    void intake.submit(undo, program());
    void intake.submit(undo, program());
    expect(await intake.submit(pause, program())).toEqual({
      ok: false,
      code: 'busy',
      message: '2 commands still await their result',
    });
    collected[0]!.reply({ ok: true });
    void intake.submit(pause, program());
    expect(collected.map(({ command }) => command)).toEqual([undo, undo, pause]);
  });

  it('answers failed without subscribers, and keeps no command for later', async () => {
    const { requests, intake } = create({ pendingMax: 1 });
    for (let i = 0; i < 3; i++) {
      expect(await intake.submit(undo, program())).toMatchObject({ ok: false, code: 'failed' });
    }
    expect(collect(requests)).toEqual([]);
    const subscription = requests.subscribe();
    subscription.unsubscribe();
    const collected = collect(requests);
    void intake.submit(pause, program());
    expect(collected.map(({ command }) => command)).toEqual([pause]);
  });

  it('answers failed once the subject is completed', async () => {
    const { requests, intake } = create();
    collect(requests);
    requests.complete();
    expect(await intake.submit(undo, program())).toMatchObject({ ok: false, code: 'failed' });
  });

  it('shares one subject among senders and limits each of them', async () => {
    const { requests, intake } = create({ pendingMax: 1 });
    const other = new CommandIntake(requests, { burst: 1, perSecond: 1, pendingMax: 1 });
    const collected = collect(requests);
    void intake.submit(undo, program('a'));
    void other.submit(pause, program('b'));
    expect(collected.map(({ by }) => by)).toEqual(['program:a', 'program:b']);
    expect(await other.submit(pause, program('b'))).toMatchObject({ code: 'busy' });
    expect([other.admit(0), intake.admit(0)]).toEqual([null, null]);
    expect(other.admit(0)).toMatchObject({ code: 'rate-limited' });
  });

  it('refuses what the scope of the sender does not include, and nothing else', async () => {
    const target = { sampleId: 's1' };
    const commands: readonly Command[] = [
      { command: 'label', class: 'cone', target },
      { command: 'notA', class: 'cone', target },
      { command: 'dismiss', target },
      undo,
      { command: 'rename', class: 'cone', to: 'bollard' },
      { command: 'merge', class: 'cone', into: 'bollard' },
      { command: 'remove', class: 'cone' },
      { command: 'rollback' },
      pause,
      { command: 'resume' },
    ];
    const { requests, intake } = create();
    requests.subscribe(({ reply }) => reply({ ok: true }));
    const allowed = async (scope: Scope) => {
      const names: string[] = [];
      for (const command of commands) {
        const result = await intake.submit(command, program(null, scope));
        if (result.ok) names.push(command.command);
        else expect(result.code).toBe('forbidden');
      }
      return names;
    };
    expect(await allowed('view')).toEqual([]);
    expect(await allowed('label')).toEqual(['label', 'notA', 'dismiss', 'undo']);
    expect(await allowed('manage')).toEqual(commands.map(({ command }) => command));
    expect(await intake.submit(pause, program('wall', 'view'))).toMatchObject({
      message: 'pause needs the scope manage, and this client has view',
    });
  });

  it('admits a burst, then a steady rate', () => {
    const { intake } = create();
    const codes = [0, 0, 0, 0, 1000, 1000].map((nowMs) => {
      const refusal = intake.admit(nowMs);
      return refusal === null || refusal.ok ? null : refusal.code;
    });
    expect(codes).toEqual([null, null, null, 'rate-limited', null, 'rate-limited']);
  });
});
