import { classesMaxDefault } from '../../../operators/label/sample-labels.ts';
import { learnerDefaults } from '../../../operators/learn/learner.ts';
import { bestVersionsMax } from '../../../operators/gate/best-heads.ts';
import { liveEvidenceLimits } from '../../../operators/gate/live-evidence.ts';
import { splitLimits } from '../../../operators/label/held-out-split.ts';
import { swapsWaitingMax } from '../../../operators/swap/swap.ts';
import { scenesMax } from '../../../pipeline/application/open-workers.ts';
import { backgroundLimits } from '../../../pipeline/application/sampling/background-collector.ts';
import { backgroundObjectsMax } from '../../../pipeline/application/sampling/background-split.ts';
import { flushEveryMs } from '../../../pipeline/application/flush-state.ts';
import { examplesMax } from '../../../pipeline/application/learning/learn-difference.ts';
import { pinnedMax } from '../../../pipeline/application/learning/pinned-samples.ts';
import {
  deathsMax,
  failuresMax,
  retryMs,
} from '../../../pipeline/application/learning/update-failures.ts';
import { picturesMax } from '../../../pipeline/batch/contact-sheet/contact-sheet.ts';
import { candidatesMax, photosPerVote } from '../../../pipeline/batch/photos/locate-objects.ts';
import { proposalsMax } from '../../../pipeline/batch/score-proposals.ts';
import { imagesPerUpdate } from '../../../pipeline/batch/train-on-images.ts';
import { backgroundBytesMax } from '../../../pipeline/state/background-ledger.ts';
import { idBlock } from '../../../pipeline/state/durable-ids.ts';
import { journalEntriesKept, journalEntriesMax } from '../../../pipeline/state/prune-journal.ts';
import type { LimitTable } from './limit.ts';

/** Limits of labels and learning. */
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
      name: 'Examples of one update, added and removed together',
      value: examplesMax,
      unit: 'examples',
      beyond: 'The rest is learned with the next update.',
      enforcedIn: 'pipeline/application/learning/learn-difference.ts',
    },
    {
      name: 'First wait before an update that failed is tried again',
      value: retryMs.first,
      unit: 'ms',
      beyond: 'It doubles with every failure in a row.',
      enforcedIn: 'pipeline/application/learning/update-failures.ts',
    },
    {
      name: 'Longest wait before an update that failed is tried again',
      value: retryMs.most,
      unit: 'ms',
      beyond: 'Attempts continue at this interval.',
      enforcedIn: 'pipeline/application/learning/update-failures.ts',
    },
    {
      name: 'Updates that fail in a row',
      value: failuresMax,
      unit: 'updates',
      beyond: 'The learner is trained anew from what is kept.',
      enforcedIn: 'pipeline/application/learning/update-failures.ts',
    },
    {
      name: 'Updates in a row that end the learner thread',
      value: deathsMax,
      unit: 'updates',
      beyond: 'The samples that the last one added are left out until they are labelled again.',
      enforcedIn: 'pipeline/application/learning/update-failures.ts',
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
    {
      name: 'Candidates for the object of a photo without a box',
      value: candidatesMax,
      unit: 'boxes',
      beyond: 'Less prominent ones are left out.',
      enforcedIn: 'pipeline/batch/photos/locate-objects.ts',
    },
    {
      name: 'Photos of a class whose candidates vote together',
      value: photosPerVote,
      unit: 'photos',
      beyond: 'The next ones vote among themselves.',
      enforcedIn: 'pipeline/batch/photos/locate-objects.ts',
    },
    {
      name: 'Pictures on a contact sheet',
      value: picturesMax.some,
      unit: 'pictures',
      beyond: 'They are drawn evenly over the classes.',
      enforcedIn: 'pipeline/batch/contact-sheet/contact-sheet.ts',
    },
    {
      name: 'Photos on the contact sheet of `photos:`',
      value: picturesMax.whole,
      unit: 'photos',
      beyond: 'They are drawn evenly over the classes.',
      enforcedIn: 'pipeline/batch/contact-sheet/contact-sheet.ts',
    },
  ],
};
