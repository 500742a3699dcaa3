import { messageOf } from '../operators/foundation/errors/message-of.ts';
import type { CommandHandler, CommandResult, Command } from './events.ts';
import { TokenBucket } from './token-bucket.ts';

export interface CommandLimits {
  /** Commands at once before the rate applies. Default 40. */
  readonly burst?: number;
  /** Commands per second that are let through for ever. Default 20. */
  readonly perSecond?: number;
  /** Commands that may wait for their result. Default 16. */
  readonly pendingMax?: number;
}

/**
 * Takes the commands of one source (a client, a broker), within its rate and
 * its number of unfinished ones. Whatever the handler does, there is a result.
 */
export class CommandDesk {
  readonly #handle: CommandHandler;
  readonly #bucket: TokenBucket;
  readonly #pendingMax: number;
  #pending = 0;

  constructor(handle: CommandHandler, limits: CommandLimits = {}) {
    this.#handle = handle;
    this.#bucket = new TokenBucket(limits.burst ?? 40, limits.perSecond ?? 20);
    this.#pendingMax = limits.pendingMax ?? 16;
  }

  /** Counts one message, whatever is in it; null where it may go on. */
  admit(nowMs: number): CommandResult | null {
    if (!this.#bucket.take(nowMs)) {
      return { ok: false, code: 'rate-limited', message: 'too many commands; wait a second' };
    }
    return null;
  }

  async run(command: Command, by: string): Promise<CommandResult> {
    if (this.#pending >= this.#pendingMax) {
      const message = `${this.#pendingMax} commands are still being carried out`;
      return { ok: false, code: 'busy', message };
    }
    this.#pending += 1;
    try {
      return await this.#handle(command, by);
    } catch (error) {
      const message = messageOf(error);
      return { ok: false, code: 'failed', message };
    } finally {
      this.#pending -= 1;
    }
  }
}
