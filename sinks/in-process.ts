import { Subject, type Observable } from 'rxjs';
import type { Command, CommandRequest, CommandResult, LifelensEvent, Sink } from './events.ts';

/** Commands that may await their result; further ones are refused. */
export const inProcessPendingMax = 64;

/** Gives the program that embeds lifelens its events, and takes that program's commands. */
export class InProcessSink implements Sink {
  readonly name = 'in-process';
  readonly dropped = 0;
  readonly #events = new Subject<LifelensEvent>();
  readonly #commands = new Subject<CommandRequest>();
  #pending = 0;

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
  send(command: Command, by: string): Promise<CommandResult> {
    if (!this.#commands.observed) {
      const message = 'commands are not accepted at the moment';
      return Promise.resolve({ ok: false, code: 'failed', message });
    }
    if (this.#pending >= inProcessPendingMax) {
      const message = `${inProcessPendingMax} commands still await their result`;
      return Promise.resolve({ ok: false, code: 'busy', message });
    }
    this.#pending++;
    return new Promise((resolve) => {
      const reply = (result: CommandResult): void => {
        this.#pending--;
        resolve(result);
      };
      this.#commands.next({ command, by, reply });
    });
  }

  async close(): Promise<void> {
    this.#events.complete();
    this.#commands.complete();
    await Promise.resolve();
  }
}
