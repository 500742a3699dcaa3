import { Subject, type Observable } from 'rxjs';
import { CommandIntake } from './command-intake.ts';
import type { Command, CommandRequest, CommandResult, LifelensEvent, Sink } from './events.ts';
import type { Principal } from './principal.ts';
import { checkCommand } from './protocol.ts';

/** Commands that may await their result; further ones are refused. */
export const inProcessPendingMax = 64;

/** The program that embeds lifelens may do everything: it could call the parts directly. */
const embeddingProgram: Principal = { kind: 'program', name: null, scope: 'manage' };

/** Gives the program that embeds lifelens its events, and takes that program's commands. */
export class InProcessSink implements Sink {
  readonly name = 'in-process';
  readonly dropped = 0;
  readonly #events = new Subject<LifelensEvent>();
  readonly #commands = new Subject<CommandRequest>();
  readonly #intake = new CommandIntake(this.#commands, {
    burst: Infinity,
    perSecond: Infinity,
    pendingMax: inProcessPendingMax,
  });

  /** Every event, as it happens; completes on `close()`. Never errors. */
  get events$(): Observable<LifelensEvent> {
    return this.#events.asObservable();
  }

  get commands$(): Observable<CommandRequest> {
    return this.#commands.asObservable();
  }

  publish(event: LifelensEvent): void {
    this.#events.next(event);
  }

  /** Sends a command; resolves with its result, also where it failed. */
  async send(command: Command, principal: Principal = embeddingProgram): Promise<CommandResult> {
    const checked = checkCommand(command);
    if (!checked.ok) return { ok: false, code: checked.code, message: checked.message };
    return this.#intake.submit(checked.value, principal);
  }

  async close(): Promise<void> {
    this.#events.complete();
    this.#commands.complete();
    await Promise.resolve();
  }
}
