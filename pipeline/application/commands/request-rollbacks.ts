import { mergeMap, type OperatorFunction } from 'rxjs';
import type { InFlight } from '../../../operators/foundation/streams/in-flight.ts';
import type { HeadHistory } from '../../../operators/swap/head-history.ts';
import type { SwapEvent } from '../../../operators/swap/swap.ts';
import type { PendingRollback } from '../learning/learn-and-swap.ts';
import { commandFailure } from './command-failure.ts';
import type { RequestOf } from './control-cameras.ts';

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
      if (outcome.type === 'rolled-back') reply({ ok: true, headVersion: outcome.head.version });
      else reply(commandFailure(outcome.type === 'failed' ? outcome.error : outcome.type));
    };
    return [{ type: 'rollback', by, ...(version === undefined ? {} : { version }), settled }];
  });
}
