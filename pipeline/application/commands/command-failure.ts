import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import { StateError } from '../../../operators/foundation/files/state-error.ts';
import { LabelError } from '../../../operators/label/label-error.ts';
import { HeadHistoryError } from '../../../operators/swap/head-history.ts';
import type { CommandResult } from '../../../sinks/events.ts';

/** The reply to a command that failed: with the error's code where the sender is at fault. */
export function commandFailure(error: unknown): CommandResult {
  if (error instanceof StateError) {
    return { ok: false, code: 'not-saved', message: `nothing was changed: ${error.message}` };
  }
  const known = error instanceof LabelError || error instanceof HeadHistoryError;
  return { ok: false, code: known ? error.code : 'failed', message: messageOf(error) };
}
