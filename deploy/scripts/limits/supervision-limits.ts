import { detectorWatchdog } from '../../../operators/detect/detector.ts';
import { nativeMsMax } from '../../../operators/foundation/threads/spawn-worker.ts';
import { supervision } from '../../../operators/foundation/threads/supervisor.ts';
import { courtesyLimits } from '../../../operators/learn/courtesy.ts';
import { learnerWatchdog } from '../../../operators/learn/learner.ts';
import { waitingForRestartMax } from '../../../operators/learn/supervised-learner.ts';
import { endLimits } from '../../../pipeline/application/supervision/end-limits.ts';
import { measureMsMax } from '../../../pipeline/application/sizing/open-detector.ts';
import { sizeWatchLimits } from '../../../pipeline/application/sizing/size-watch.ts';
import { giveWayAfterMs } from '../../../pipeline/application/supervision/give-way-to-learning.ts';
import type { LimitTable } from './limit.ts';

/** Limits of restarts, of waiting and of the end. */
export const supervisionLimits: LimitTable = {
  Supervision: [
    {
      name: 'Time for which the end of the process waits for a model that runs',
      value: nativeMsMax,
      unit: 'ms',
      beyond: 'ONNX Runtime may abort the process, which then ends by a signal.',
      enforcedIn: 'operators/foundation/threads/spawn-worker.ts',
    },
    {
      name: 'Time for measuring the detector at the start',
      value: measureMsMax,
      unit: 'ms',
      beyond: 'The size is chosen by what was measured until then.',
      enforcedIn: 'pipeline/application/sizing/open-detector.ts',
    },
    {
      name: 'Overload after which `detect.size: auto` takes a smaller size',
      value: sizeWatchLimits.overloadMs,
      unit: 'ms',
      beyond: 'Live cameras are opened anew; at the smallest size, a line of the log says so.',
      enforcedIn: 'pipeline/application/sizing/size-watch.ts',
    },
    {
      name: 'Idleness after which it takes a larger one',
      value: sizeWatchLimits.idleMs,
      unit: 'ms',
      beyond: 'As above.',
      enforcedIn: 'pipeline/application/sizing/size-watch.ts',
    },
    {
      name: 'Least time between two changes of the size',
      value: sizeWatchLimits.betweenMs,
      unit: 'ms',
      beyond: 'A change waits.',
      enforcedIn: 'pipeline/application/sizing/size-watch.ts',
    },
    {
      name: 'Time for which a size that was too much is not tried again',
      value: sizeWatchLimits.refusedMs,
      unit: 'ms',
      beyond: 'The size stays as it is; the time doubles each time that the size is too much.',
      enforcedIn: 'pipeline/application/sizing/size-watch.ts',
    },
    {
      name: 'Longest such time',
      value: sizeWatchLimits.refusedMaxMs,
      unit: 'ms',
      beyond: 'It doubles no more.',
      enforcedIn: 'pipeline/application/sizing/size-watch.ts',
    },
    {
      name: 'Silence of the learn worker after a ping',
      value: learnerWatchdog.silentMaxMs,
      unit: 'ms',
      beyond: 'Its thread is ended and started anew. Waiting for a processor does not count.',
      enforcedIn: 'operators/foundation/threads/watchdog.ts',
    },
    {
      name: 'Time without an answer to any call for crops or scenes',
      value: learnerWatchdog.stalls[0].maxMs,
      unit: 'ms',
      beyond: 'As for a silent thread.',
      enforcedIn: 'operators/foundation/threads/watchdog.ts',
    },
    {
      name: 'Duration of an update',
      value: learnerWatchdog.stalls[1].maxMs,
      unit: 'ms',
      beyond: 'As for a silent thread.',
      enforcedIn: 'operators/foundation/threads/watchdog.ts',
    },
    {
      name: 'Time without an answer from the detect worker',
      value: detectorWatchdog.stalls[0].maxMs,
      unit: 'ms',
      beyond: 'As for a silent thread.',
      enforcedIn: 'operators/foundation/threads/watchdog.ts',
    },
    {
      name: 'Failures of a worker within three minutes',
      value: supervision.failuresMax,
      unit: 'failures',
      beyond: 'The program ends with the reason and exit code 1.',
      enforcedIn: 'operators/foundation/threads/supervisor.ts',
    },
    {
      name: 'Longest wait before a worker is restarted',
      value: supervision.backoffMaxMs,
      unit: 'ms',
      beyond: 'It starts at 200 ms and doubles with each failure up to this.',
      enforcedIn: 'operators/foundation/threads/supervisor.ts',
    },
    {
      name: 'Duration of a restart with its restoration',
      value: supervision.startMaxMs,
      unit: 'ms',
      beyond: 'It counts as a failure.',
      enforcedIn: 'operators/foundation/threads/supervisor.ts',
    },
    {
      name: 'Time that a call waits for a restart',
      value: supervision.waitMaxMs,
      unit: 'ms',
      beyond: 'It is refused as `busy`, or its frame is dropped.',
      enforcedIn: 'operators/foundation/threads/supervisor.ts',
    },
    {
      name: 'Calls that wait for a restart of the learner',
      value: waitingForRestartMax,
      unit: 'calls',
      beyond: 'Further calls are refused as `busy`.',
      enforcedIn: 'operators/learn/supervised-learner.ts',
    },
    {
      name: 'Age of labelled work from which the learner rests no more',
      value: courtesyLimits.politeMs,
      unit: 'ms',
      beyond: 'It takes the share that its priority gives it.',
      enforcedIn: 'operators/learn/courtesy.ts',
    },
    {
      name: 'Age of labelled work from which live cameras give way',
      value: giveWayAfterMs,
      unit: 'ms',
      beyond: 'Every second frame is dropped as `learning`.',
      enforcedIn: 'pipeline/application/supervision/give-way-to-learning.ts',
    },
    {
      name: 'Time from a signal to the end of the process',
      value: endLimits.processMs,
      unit: 'ms',
      beyond: 'The process ends at once, with exit code 130 or 143.',
      enforcedIn: 'pipeline/command-line/main.ts',
    },
  ],
};
