import type { Subject } from 'rxjs';
import type { Command, CommandRequest, CommandResult } from './events.ts';
import { includesScope, type Principal, scopeNeeded, senderOf } from './principal.ts';
import { TokenBucket } from './token-bucket.ts';

/** Bounds the commands of one sender: a WebSocket client, or all clients of a NATS broker. */
export interface CommandLimits {
  /** Commands accepted at once before the rate applies. */
  readonly burst: number;
  /** Commands accepted per second in the long run. */
  readonly perSecond: number;
  /** Commands of the sender that may await their reply at the same time. */
  readonly pendingMax: number;
}

/**
 * Emits the commands of one sender as requests and resolves each with its reply.
 *
 * Refuses what the sender's scope does not include: every route of commands passes here, and none
 * is checked elsewhere. Limits the sender's rate and its unanswered commands. The subject belongs to the sink,
 * which shares it among the intakes of all its senders.
 */
export class CommandIntake {
  readonly #requests: Subject<CommandRequest>;
  readonly #bucket: TokenBucket;
  readonly #pendingMax: number;
  #pending = 0;

  constructor(requests: Subject<CommandRequest>, limits: CommandLimits) {
    this.#requests = requests;
    this.#bucket = new TokenBucket(limits.burst, limits.perSecond);
    this.#pendingMax = limits.pendingMax;
  }

  /** Counts one message, whatever it contains. Returns the refusal, or null within the rate. */
  admit(nowMs: number): CommandResult | null {
    if (!this.#bucket.take(nowMs)) {
      return { ok: false, code: 'rate-limited', message: 'too many commands; wait a second' };
    }
    return null;
  }

  /** Emits a request. Resolves with its first reply, or at once where the command is refused. */
  submit(command: Command, principal: Principal): Promise<CommandResult> {
    const forbidden = refusalOf(command, principal);
    if (forbidden !== null) return Promise.resolve(forbidden);
    if (this.#pending >= this.#pendingMax) {
      const message = `${this.#pendingMax} commands still await their result`;
      return Promise.resolve({ ok: false, code: 'busy', message });
    }
    if (!this.#requests.observed) {
      const message = 'commands are not accepted at the moment';
      return Promise.resolve({ ok: false, code: 'failed', message });
    }
    this.#pending += 1;
    return new Promise((resolve) => {
      let isAnswered = false;
      const reply = (result: CommandResult): void => {
        if (isAnswered) return;
        isAnswered = true;
        this.#pending -= 1;
        resolve(result);
      };
      this.#requests.next({ command, by: senderOf(principal), principal, reply });
    });
  }
}

function refusalOf({ command }: Command, { scope }: Principal): CommandResult | null {
  const needed = scopeNeeded[command];
  if (includesScope(scope, needed)) return null;
  const message = `${command} needs the scope ${needed}, and this client has ${scope}`;
  return { ok: false, code: 'forbidden', message };
}
