import { mergeMap, type OperatorFunction } from 'rxjs';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import type { InFlight } from '../../../operators/foundation/streams/in-flight.ts';
import type { HeadHistory } from '../../../operators/swap/head-history.ts';
import type { SwapEvent } from '../../../operators/swap/swap.ts';
import type { PendingRollback } from '../learning/model-event.ts';
import type { CommandResult } from '../../../sinks/events.ts';
import { commandFailure } from './command-failure.ts';
import type { RequestOf } from './control-cameras.ts';

function replyTo(outcome: SwapEvent): CommandResult {
  if (outcome.type !== 'rolled-back') {
    return commandFailure(outcome.type === 'failed' ? outcome.error : outcome.type);
  }
  const { version } = outcome.head;
  if (outcome.unsaved === undefined) return { ok: true, headVersion: version };
  const message = `head ${version} is active until lifelens ends, but is not saved: ${messageOf(outcome.unsaved)}`;
  return { ok: false, code: 'not-saved', message };
}

/**
 * Turns rollback commands into requests to the swap, and replies once the swap has settled them.
 * A version that is not held is refused here, where the reply can name what is wrong with it.
 */
export function requestRollbacks(
  heads: HeadHistory,
  modelInFlight: Pick<InFlight, 'begin'>,
): OperatorFunction<RequestOf<'rollback'>, PendingRollback> {
  return mergeMap(({ command: { version }, by, reply }): readonly PendingRollback[] => {
    try {
      heads.target(version);
    } catch (error) {
      reply(commandFailure(error));
      return [];
    }
    const end = modelInFlight.begin();
    const settled = (outcome: SwapEvent): void => {
      end();
      reply(replyTo(outcome));
    };
    return [{ type: 'rollback', by, ...(version === undefined ? {} : { version }), settled }];
  });
}
