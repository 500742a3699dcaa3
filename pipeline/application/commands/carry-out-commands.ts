import {
  concat,
  concatMap,
  connect,
  defer,
  filter,
  finalize,
  map,
  merge,
  of,
  type Observable,
  type OperatorFunction,
} from 'rxjs';
import { callBack } from '../../../operators/foundation/streams/call-back.ts';
import type { InFlight } from '../../../operators/foundation/streams/in-flight.ts';
import type { Clock } from '../../../operators/foundation/time/clock.ts';
import type { SampleLookup } from '../../../operators/label/find-samples.ts';
import type { LabelEvent } from '../../../operators/label/label-event.ts';
import { labelSamples } from '../../../operators/label/label-samples.ts';
import type { SampleLabels } from '../../../operators/label/sample-labels.ts';
import type { HeadHistory } from '../../../operators/swap/head-history.ts';
import type { Command, CommandRequest, CommandResult } from '../../../sinks/events.ts';
import type { Camera } from '../camera.ts';
import type { PendingRollback } from '../learning/model-event.ts';
import { commandFailure } from './command-failure.ts';
import { controlCameras, type RequestOf } from './control-cameras.ts';
import { noteOf } from './note-of.ts';
import { requestRollbacks } from './request-rollbacks.ts';

export interface CommandParts {
  readonly cameras: ReadonlyMap<string, Pick<Camera, 'pause' | 'resume'>>;
  readonly heads: HeadHistory;
  readonly labels: SampleLabels;
  readonly lookup: SampleLookup;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** Learned samples of a class, by id, that can no longer be taken out of the learner. */
  readonly learnedFor: (classId: string) => number;
  /** Counts every command until its reply. */
  readonly commandsInFlight: Pick<InFlight, 'begin'>;
  /** Counts every rollback until it is settled. */
  readonly modelInFlight: Pick<InFlight, 'begin'>;
}

/** What each command is about, and so which branch carries it out. */
const subjects = {
  pause: 'camera',
  resume: 'camera',
  rollback: 'model',
  rename: 'labels',
  merge: 'labels',
  remove: 'labels',
  label: 'labels',
  notA: 'labels',
  dismiss: 'labels',
  undo: 'labels',
} as const satisfies Record<Command['command'], string>;

/** Names of the commands about a subject. */
type CommandFor<Subject> = {
  [Name in keyof typeof subjects]: (typeof subjects)[Name] extends Subject ? Name : never;
}[keyof typeof subjects];

/** What commands lead to beyond their reply. */
export type CommandEffect =
  | { readonly type: 'labelled'; readonly event: LabelEvent }
  | { readonly type: 'rollback'; readonly request: PendingRollback };

/** Carries out commands, whoever sent them, and replies to each exactly once. Never errors. */
export function carryOutCommands(
  parts: CommandParts,
): OperatorFunction<CommandRequest, CommandEffect> {
  const { cameras, heads, modelInFlight } = parts;
  return (requests) =>
    defer(() => {
      const unanswered = new Set<CommandRequest>();
      return requests.pipe(
        map((request) => tracked(request, unanswered, parts.commandsInFlight)),
        connect((shared) =>
          merge(
            shared.pipe(filter(isFor('camera')), controlCameras(cameras)),
            shared.pipe(
              filter(isFor('model')),
              requestRollbacks(heads, modelInFlight),
              map((request): CommandEffect => ({ type: 'rollback', request })),
            ),
            shared.pipe(filter(isFor('labels')), label(parts)),
          ),
        ),
        finalize(() => {
          for (const { reply } of unanswered) reply(stopping);
        }),
      );
    });
}

/** The reply to commands that were still being carried out when the program stopped. */
const stopping: CommandResult = {
  ok: false,
  code: 'failed',
  message: 'lifelens is stopping; the command may not have been carried out',
};

/** Labels samples. Emits the effect before the reply, so that it is in force at the reply. */
function label({
  labels,
  lookup,
  clock,
  learnedFor,
}: CommandParts): OperatorFunction<RequestOf<CommandFor<'labels'>>, CommandEffect> {
  return (requests) =>
    requests.pipe(
      labelSamples({ labels, lookup, clock }),
      concatMap((outcome): Observable<CommandEffect> => {
        const { reply } = outcome.request;
        if ('error' in outcome) return callBack(() => reply(commandFailure(outcome.error)));
        const { event } = outcome;
        const { labelId, changes } = event;
        const note = noteOf(outcome.request.command, event, learnedFor);
        const result = { ok: true, labelId, samples: changes.length } as const;
        return concat(
          of<CommandEffect>({ type: 'labelled', event }),
          callBack(() => reply(note === null ? result : { ...result, note })),
        );
      }),
    );
}

/** Counts a request as in flight until its reply, of which only the first is sent. */
function tracked(
  request: CommandRequest,
  unanswered: Set<CommandRequest>,
  inFlight: Pick<InFlight, 'begin'>,
): CommandRequest {
  const end = inFlight.begin();
  const counted: CommandRequest = {
    ...request,
    reply: (result) => {
      if (!unanswered.delete(counted)) return;
      end();
      request.reply(result);
    },
  };
  unanswered.add(counted);
  return counted;
}

function isFor<Subject extends (typeof subjects)[Command['command']]>(subject: Subject) {
  return (request: CommandRequest): request is RequestOf<CommandFor<Subject>> =>
    subjects[request.command.command] === subject;
}
