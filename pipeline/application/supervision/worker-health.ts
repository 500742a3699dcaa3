import type { SupervisedState } from '../../../operators/foundation/threads/supervisor.ts';
import type { HealthPart } from '../../../sinks/health.ts';

/** A supervised worker as a part of a health report. */
export function workerHealth(
  name: string,
  { state, detail }: { readonly state: SupervisedState; readonly detail: string },
): HealthPart {
  return { kind: 'worker', name, ok: state === 'running', detail };
}

/** The store of the state as a part of a health report. */
export function storeHealth({ failure }: { readonly failure: string | null }): HealthPart {
  return { kind: 'store', name: 'state', ok: failure === null, detail: failure ?? 'saves' };
}
