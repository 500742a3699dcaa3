import { detectorWatchdog } from '../../../operators/detect/detector.ts';
import { classesMaxDefault } from '../../../operators/label/sample-labels.ts';
import { supervision } from '../../../operators/foundation/threads/supervisor.ts';
import { courtesyLimits } from '../../../operators/learn/courtesy.ts';
import { learnerDefaults, learnerWatchdog } from '../../../operators/learn/learner.ts';
import { waitingForRestartMax } from '../../../operators/learn/supervised-learner.ts';
import { bestVersionsMax } from '../../../operators/gate/best-heads.ts';
import { liveEvidenceLimits } from '../../../operators/gate/live-evidence.ts';
import { splitLimits } from '../../../operators/label/held-out-split.ts';
import { swapsWaitingMax } from '../../../operators/swap/swap.ts';
import { scenesMax } from '../../../pipeline/application/open-workers.ts';
import { backgroundLimits } from '../../../pipeline/application/sampling/background-collector.ts';
import { backgroundObjectsMax } from '../../../pipeline/application/sampling/background-split.ts';
import { flushEveryMs } from '../../../pipeline/application/flush-state.ts';
import { pinnedMax } from '../../../pipeline/application/learning/pinned-samples.ts';
import { endLimits } from '../../../pipeline/application/supervision/end-limits.ts';
import { giveWayAfterMs } from '../../../pipeline/application/supervision/give-way-to-learning.ts';
import { proposalsMax } from '../../../pipeline/batch/score-proposals.ts';
import { imagesPerUpdate } from '../../../pipeline/batch/train-on-images.ts';
import { backgroundBytesMax } from '../../../pipeline/state/background-ledger.ts';
import { idBlock } from '../../../pipeline/state/durable-ids.ts';
import { journalEntriesKept, journalEntriesMax } from '../../../pipeline/state/prune-journal.ts';
import type { LimitTable } from './limit.ts';

/** Limits of labels, learning and supervision. */
export const learningLimits: LimitTable = {
  'Labels and learning': [
    {
      name: 'Background scenes in flight over all cameras',
      value: backgroundLimits.inFlightMax,
      unit: 'scenes',
      beyond: 'The scene is skipped and counted.',
      enforcedIn: 'pipeline/application/sampling/background-collector.ts',
    },
    {
      name: 'Background scenes waiting for an update, 0.8 MB each',
      value: backgroundLimits.scenesMax,
      unit: 'scenes',
      beyond: 'The oldest make room.',
      enforcedIn: 'pipeline/application/sampling/background-collector.ts',
    },
    {
      name: 'Background negatives waiting for an update',
      value: backgroundLimits.negativesMax,
      unit: 'negatives',
      beyond: 'The oldest make room.',
      enforcedIn: 'pipeline/application/sampling/background-collector.ts',
    },
    {
      name: 'Background negatives held out for the gate',
      value: backgroundLimits.heldOutMax,
      unit: 'negatives',
      beyond: 'The oldest of the camera with the most make room.',
      enforcedIn: 'pipeline/application/sampling/background-collector.ts',
    },
    {
      name: 'Journal entries',
      value: journalEntriesMax,
      unit: 'entries',
      beyond:
        'Old entries about samples that are gone from memory and learner are dropped, and can no longer be undone.',
      enforcedIn: 'pipeline/state/prune-journal.ts',
    },
    {
      name: 'Newest journal entries, which are never dropped',
      value: journalEntriesKept,
      unit: 'entries',
      beyond: 'Older ones are dropped as above.',
      enforcedIn: 'pipeline/state/prune-journal.ts',
    },
    {
      name: 'Learned classes (`learn.classesMax`)',
      value: classesMaxDefault,
      unit: 'classes',
      beyond: 'A label that would create another is answered `too-many-classes`.',
      enforcedIn: 'operators/label/sample-labels.ts',
    },
    {
      name: 'Background objects whose side is remembered',
      value: backgroundObjectsMax,
      unit: 'objects',
      beyond: 'The oldest is forgotten.',
      enforcedIn: 'pipeline/application/sampling/background-split.ts',
    },
    {
      name: 'Labelled objects whose side is remembered',
      value: splitLimits.objectsMax,
      unit: 'objects',
      beyond: 'The one that was not seen for longest is forgotten.',
      enforcedIn: 'operators/label/held-out-split.ts',
    },
    {
      name: 'Sightings of a labelled object',
      value: splitLimits.sightingsMax,
      unit: 'sightings',
      beyond: 'The newest replaces the one before it.',
      enforcedIn: 'operators/label/held-out-split.ts',
    },
    {
      name: 'Held-out samples of a labelled object',
      value: splitLimits.samplesMax,
      unit: 'samples',
      beyond: 'The oldest is forgotten, and stays held out.',
      enforcedIn: 'operators/label/held-out-split.ts',
    },
    {
      name: 'Versions that guard a class they recall best',
      value: bestVersionsMax,
      unit: 'versions',
      beyond: 'The one that guards the fewest samples is given up.',
      enforcedIn: 'operators/gate/best-heads.ts',
    },
    {
      name: 'Labelled live samples that are compared after a swap',
      value: liveEvidenceLimits.notesMax,
      unit: 'samples',
      beyond: 'The active head becomes the one to compare with.',
      enforcedIn: 'operators/gate/live-evidence.ts',
    },
    {
      name: 'Labelled samples held for the next update beyond the memory',
      value: pinnedMax,
      unit: 'samples',
      beyond: 'The oldest is released; it is not learned where the memory has evicted it too.',
      enforcedIn: 'pipeline/application/learning/pinned-samples.ts',
    },
    {
      name: 'Learned background that is kept to train a lost learner again',
      value: backgroundBytesMax,
      unit: 'bytes',
      beyond: 'The oldest is removed.',
      enforcedIn: 'pipeline/state/background-ledger.ts',
    },
    {
      name: 'Numbers of samples, tracks and clusters that are reserved at a time',
      value: idBlock,
      unit: 'numbers',
      beyond: 'More are reserved; after a crash, those reserved are left out.',
      enforcedIn: 'pipeline/state/durable-ids.ts',
    },
    {
      name: 'Scenes waiting for the learn worker',
      value: scenesMax,
      unit: 'calls',
      beyond: 'The call rejects with `LearnerError` `busy`.',
      enforcedIn: 'pipeline/application/open-workers.ts',
    },
    {
      name: 'Updates, saves and restores waiting for the learn worker',
      value: learnerDefaults.updatesMax,
      unit: 'calls',
      beyond: 'The call rejects with `LearnerError` `busy`.',
      enforcedIn: 'operators/learn/learner.ts',
    },
    {
      name: 'Candidate heads and rollbacks waiting',
      value: swapsWaitingMax,
      unit: 'requests',
      beyond: 'The request fails.',
      enforcedIn: 'operators/swap/swap.ts',
    },
    {
      name: 'Interval at which new samples are stored',
      value: flushEveryMs,
      unit: 'ms',
      beyond: 'Samples wait for the next time; a label stores its samples at once.',
      enforcedIn: 'pipeline/application/flush-state.ts',
    },
    {
      name: 'Images per update of `lifelens teach`',
      value: imagesPerUpdate,
      unit: 'images',
      beyond: 'The next update begins.',
      enforcedIn: 'pipeline/batch/train-on-images.ts',
    },
    {
      name: 'Proposals per image of `lifelens eval`',
      value: proposalsMax,
      unit: 'boxes',
      beyond: 'Weaker proposals are not scored.',
      enforcedIn: 'pipeline/batch/score-proposals.ts',
    },
  ],
  Supervision: [
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
