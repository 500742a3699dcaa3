import {
  catchError,
  connect,
  EMPTY,
  endWith,
  filter,
  ignoreElements,
  interval,
  map,
  merge,
  mergeMap,
  takeUntil,
  tap,
  type Observable,
} from 'rxjs';
import type { Clusters } from '../../operators/discover/clusters.ts';
import { messageOf } from '../../operators/foundation/errors/message-of.ts';
import { systemClock, type Clock } from '../../operators/foundation/time/clock.ts';
import type { LabelEvent } from '../../operators/label/label-event.ts';
import type { CommandRequest, DetectionsMessage, LifelensEvent } from '../../sinks/events.ts';
import type { Log } from '../log.ts';
import { cameraGraph, type CameraGraphParts } from './camera-graph.ts';
import type { CameraEvent } from './camera-event.ts';
import type { Camera } from './camera.ts';
import { carryOutCommands, type CommandParts } from './commands/carry-out-commands.ts';
import { announceWhenLive } from './learning/announce-when-live.ts';
import { learnAndSwap, type LearningParts } from './learning/learn-and-swap.ts';
import { announcementOf } from './learning/model-messages.ts';
import type { LiveStatus } from './live-status.ts';
import type { ModelMeter } from './metrics/model-meter.ts';
import type { RunMeter } from './metrics/run-meter.ts';
import type { SampleTaker } from './sampling/sample-taker.ts';

/** Time between two metrics messages, in ms. */
const metricsEveryMs = 1000;

export interface LiveGraphParts extends CameraGraphParts, CommandParts, LearningParts {
  readonly cameras: ReadonlyMap<string, Camera>;
  readonly clock: Clock;
  readonly sampleTaker: Pick<SampleTaker, 'take' | 'remembered$'>;
  readonly modelInFlight: CameraGraphParts['modelInFlight'] & LearningParts['modelInFlight'];
  readonly commandsInFlight: CommandParts['commandsInFlight'] & LearningParts['commandsInFlight'];
  readonly background: CameraGraphParts['background'] & LearningParts['background'];
  readonly clusters: Pick<Clusters, 'setState'>;
  readonly status: Pick<LiveStatus, 'sampleMessage' | 'settled' | 'changedSamples'>;
  readonly runMeter: RunMeter;
  readonly modelMeter: ModelMeter;
  readonly log: Pick<Log, 'error' | 'warn' | 'debug'>;
}

/**
 * The whole program as one stream: cameras and commands in, events out.
 *
 * Frames become detections and samples; label commands become updates of the model, which go
 * through the gate into the detector. Completes once all cameras have ended; errors with the last
 * camera's failure where none is left. Updates that are in flight then are abandoned.
 */
export function liveGraph(
  commands: Observable<CommandRequest>,
  parts: LiveGraphParts,
): Observable<LifelensEvent> {
  const cameraEvents = merge(...[...parts.cameras.values()].map((camera) => camera.events$));
  return allCameras(parts).pipe(
    connect((detections) => {
      // The same where the last camera fails: a head that is live by then is still announced.
      const ended = detections.pipe(
        ignoreElements(),
        catchError(() => EMPTY),
        endWith(null),
      );
      return merge(
        cameraEvents.pipe(
          tap((event) => noteProgress(event, parts)),
          filter((event) => event.type === 'state'),
          map(cameraMessage),
        ),
        fromCommands(commands, cameraEvents, ended, parts),
        sampleMessages(parts).pipe(takeUntil(ended)),
        // A question is opened, withdrawn, or joined with another one.
        detections.pipe(
          catchError(() => EMPTY),
          mergeMap(() => parts.status.changedSamples()),
        ),
        interval(metricsEveryMs).pipe(
          map(() => parts.runMeter.message()),
          takeUntil(ended),
        ),
        detections,
      );
    }),
  );
}

/** All cameras. One that fails leaves the others alone; the last one's error errors the run. */
function allCameras(parts: LiveGraphParts): Observable<DetectionsMessage> {
  const cameras = [...parts.cameras.values()];
  let failures = 0;
  return merge(
    ...cameras.map((camera) =>
      cameraGraph(camera, parts).pipe(
        catchError((error: unknown) => {
          failures++;
          if (failures === cameras.length) throw error;
          parts.log.error(
            { camera: camera.name },
            `camera failed, the others go on: ${messageOf(error)}`,
          );
          return EMPTY;
        }),
      ),
    ),
  );
}

/** Commands → labels → updates → swaps, until the cameras have ended. */
function fromCommands(
  commands: Observable<CommandRequest>,
  cameraEvents: Observable<CameraEvent>,
  ended: Observable<unknown>,
  parts: LiveGraphParts,
): Observable<LifelensEvent> {
  const { clusters, heads, clock, modelMeter, runMeter, status } = parts;
  const detectedVersions = cameraEvents.pipe(
    filter((event) => event.type === 'detected'),
    map(({ headVersion }) => headVersion),
  );
  return commands.pipe(
    carryOutCommands(parts),
    tap(({ type }) => {
      if (type === 'labelled') runMeter.labelCommands++;
    }),
    connect((effects) => {
      const labelled = effects.pipe(
        filter((effect) => effect.type === 'labelled'),
        map(({ event }) => event),
      );
      const rollbacks = effects.pipe(
        filter((effect) => effect.type === 'rollback'),
        map(({ request }) => request),
      );
      const modelEvents = learnAndSwap(labelled, rollbacks, parts).pipe(takeUntil(ended));
      // A head that is not live yet is announced as learning ends.
      const model = modelEvents.pipe(
        tap((event) => modelMeter.count(event)),
        map((event) => announcementOf(event, heads, clock.wallMs())),
        announceWhenLive(detectedVersions, clock),
        tap((message) => modelMeter.time(message)),
      );
      const samples = labelled.pipe(
        tap((event) => setClusterState(clusters, event)),
        mergeMap((event) => event.changes),
        mergeMap(({ after }) =>
          after === null ? [] : [status.sampleMessage(status.settled(after))],
        ),
        takeUntil(ended),
      );
      return merge(model, samples);
    }),
  );
}

/** Samples that entered the memory. */
function sampleMessages({ sampleTaker, runMeter, status }: LiveGraphParts) {
  return sampleTaker.remembered$.pipe(
    tap(({ evicted }) => runMeter.remembered(evicted.length)),
    filter(({ stored: taken }) => taken),
    map(({ sample }) => status.sampleMessage(status.settled(sample))),
  );
}

/** A label of a whole cluster decides what becomes of its further samples. */
function setClusterState(clusters: Pick<Clusters, 'setState'>, { cluster }: LabelEvent): void {
  if (cluster === null) return;
  const { id, label } = cluster;
  if (label === null) clusters.setState(id, { kind: 'unlabelled' });
  else if (label.kind === 'background') clusters.setState(id, { kind: 'dismissed' });
  else clusters.setState(id, { kind: 'class', class: label.class ?? '' });
}

function noteProgress(event: CameraEvent, { runMeter, log }: LiveGraphParts): void {
  if (event.type === 'captured') runMeter.started();
  if (event.type === 'advice') log.warn({ camera: event.camera }, event.text);
  if (event.type === 'crop-failed') log.debug({ err: event.error }, 'a crop was not embedded');
}

function cameraMessage({
  camera,
  state,
  detail,
}: Extract<CameraEvent, { type: 'state' }>): LifelensEvent {
  return { type: 'camera', camera, state, detail, timestampMs: systemClock.wallMs() };
}
