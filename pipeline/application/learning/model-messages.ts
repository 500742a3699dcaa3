import type { HeadHistory } from '../../../operators/swap/head-history.ts';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import type { ModelMessage } from '../../../sinks/events.ts';
import type { Announcement } from './announce-when-live.ts';
import type { ModelEvent } from './model-event.ts';

/** A model event as sinks publish it; `timestampMs` is the time of the event. */
export function announcementOf(
  event: ModelEvent,
  heads: HeadHistory,
  timestampMs: number,
): Announcement {
  const { version, classes } = heads.active;
  const facts = { type: 'model', headVersion: version, classes, timestampMs } as const;
  switch (event.type) {
    case 'learning':
      return { message: { ...facts, event: 'learning', detail: event.detail } };
    case 'update-failed':
      return { message: { ...facts, event: 'failed', detail: event.detail } };
    case 'swapped':
      return swapAnnouncement(event, timestampMs);
    case 'refused': {
      const { reason, perClass: verdicts } = event.verdict;
      const detail = `the new head was refused: ${reason}`;
      return { message: { ...facts, event: 'refused', detail, verdicts } };
    }
    case 'rolled-back': {
      const { request } = event;
      const why = 'reason' in request ? `: ${request.reason}` : '';
      const detail = `back from head ${event.from} to head ${event.head.version}${why}`;
      return { message: { ...facts, event: 'rolled-back', ...headFacts(event.head), detail } };
    }
    case 'failed': {
      const detail = `${event.stage} failed: ${messageOf(event.error)}`;
      return { message: { ...facts, event: 'failed', detail } };
    }
  }
}

function swapAnnouncement(
  { request, head, verdict }: Extract<ModelEvent, { type: 'swapped' }>,
  timestampMs: number,
): Announcement {
  const update = 'updateMs' in request ? request : null;
  const message: ModelMessage = {
    type: 'model',
    timestampMs,
    event: 'swapped',
    ...headFacts(head),
    detail: `head ${head.version} is live: ${verdict.reason}`,
    ...(update === null ? {} : { updateMs: update.updateMs }),
    verdicts: verdict.perClass,
  };
  const firstLabelMs = update?.firstLabelMs ?? null;
  return { message, live: { headVersion: head.version, firstLabelMs } };
}

function headFacts(head: { readonly version: number; readonly classes: readonly string[] }) {
  return { headVersion: head.version, classes: head.classes };
}
