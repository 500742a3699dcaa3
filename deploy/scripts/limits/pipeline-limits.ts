import { detectorLimits } from '../../../operators/detect/detector.ts';
import { aliasesMax } from '../../../operators/discover/clusters.ts';
import { clusterCountsMax } from '../../../operators/discover/sampler.ts';
import { killAfterMs } from '../../../operators/ingest/ffmpeg/ffmpeg-process.ts';
import { reopenBackoffMs } from '../../../operators/ingest/sources/live-camera.ts';
import { classesMaxDefault } from '../../../operators/label/sample-labels.ts';
import { learnerDefaults } from '../../../operators/learn/learner.ts';
import { sampleOverheadBytes } from '../../../operators/remember/sample-bytes.ts';
import { swapsWaitingMax } from '../../../operators/swap/swap.ts';
import { cropSchedulerDefaults } from '../../../operators/track/crop-scheduler.ts';
import { demandSlots } from '../../../pipeline/application/camera.ts';
import { recentFramesKept } from '../../../pipeline/application/open-cameras.ts';
import { scenesMax } from '../../../pipeline/application/open-workers.ts';
import { backgroundLimits } from '../../../pipeline/application/sampling/background-collector.ts';
import { framesInSampling } from '../../../pipeline/application/sampling/sample-taker.ts';
import { flushEveryMs } from '../../../pipeline/application/flush-state.ts';
import { pinnedMax } from '../../../pipeline/application/learning/pinned-samples.ts';
import { proposalsMax } from '../../../pipeline/batch/score-proposals.ts';
import { imagesPerUpdate } from '../../../pipeline/batch/train-on-images.ts';
import { backgroundBytesMax } from '../../../pipeline/state/background-ledger.ts';
import { idBlock } from '../../../pipeline/state/durable-ids.ts';
import { journalEntriesKept, journalEntriesMax } from '../../../pipeline/state/prune-journal.ts';
import type { LimitTable } from './limit.ts';

/** Limits of frames, samples and learning. */
export const pipelineLimits: LimitTable = {
  Frames: [
    {
      name: 'Frames in progress of a camera with pace `demand`',
      value: demandSlots,
      unit: 'frames',
      beyond: 'Reading pauses until a frame is released.',
      enforcedIn: 'pipeline/application/camera.ts',
    },
    {
      name: 'Recent frames kept per camera in addition, for labels of boxes',
      value: recentFramesKept,
      unit: 'frames',
      beyond: 'The oldest is released; labelling it is answered `frame-gone`.',
      enforcedIn: 'pipeline/application/open-cameras.ts',
    },
    {
      name: 'Calls in the detect worker',
      value: detectorLimits.postedMax,
      unit: 'calls',
      beyond: 'Further calls wait; a live camera drops stale frames.',
      enforcedIn: 'operators/detect/detector.ts',
    },
    {
      name: 'Calls waiting for the detect worker',
      value: detectorLimits.waitingMax,
      unit: 'calls',
      beyond: 'The call rejects with `EngineError` `overloaded`.',
      enforcedIn: 'operators/detect/detector.ts',
    },
    {
      name: 'First wait before a lost camera is reopened',
      value: reopenBackoffMs.first,
      unit: 'ms',
      beyond: 'It doubles with every attempt, with jitter.',
      enforcedIn: 'operators/ingest/sources/live-camera.ts',
    },
    {
      name: 'Longest wait before a lost camera is reopened',
      value: reopenBackoffMs.max,
      unit: 'ms',
      beyond: 'Attempts continue at this interval.',
      enforcedIn: 'operators/ingest/sources/live-camera.ts',
    },
    {
      name: 'Time that ffmpeg has to end after SIGTERM',
      value: killAfterMs,
      unit: 'ms',
      beyond: 'It is killed.',
      enforcedIn: 'operators/ingest/ffmpeg/ffmpeg-process.ts',
    },
  ],
  'Crops and samples': [
    {
      name: 'Crop embeddings in flight per camera',
      value: cropSchedulerDefaults.pendingMax,
      unit: 'crops',
      beyond: 'Further crops are skipped and counted.',
      enforcedIn: 'operators/track/crop-scheduler.ts',
    },
    {
      name: 'Crop embeddings waiting for the learn worker',
      value: learnerDefaults.cropsMax,
      unit: 'calls',
      beyond: 'The call rejects with `LearnerError` `busy`.',
      enforcedIn: 'operators/learn/learner.ts',
    },
    {
      name: 'Frames per camera whose samples are being made',
      value: framesInSampling,
      unit: 'frames',
      beyond: 'Further samples are skipped and counted.',
      enforcedIn: 'pipeline/application/sampling/sample-taker.ts',
    },
    {
      name: 'Overhead counted per sample',
      value: sampleOverheadBytes,
      unit: 'bytes',
      beyond: 'Part of the cap `remember.bytesMax`.',
      enforcedIn: 'operators/remember/sample-bytes.ts',
    },
    {
      name: 'Ids of merged clusters that are still resolved',
      value: aliasesMax,
      unit: 'ids',
      beyond: 'The oldest id is forgotten.',
      enforcedIn: 'operators/discover/clusters.ts',
    },
    {
      name: 'Clusters whose stationary samples are counted',
      value: clusterCountsMax,
      unit: 'clusters',
      beyond: 'The oldest count is forgotten.',
      enforcedIn: 'operators/discover/sampler.ts',
    },
  ],
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
      beyond: 'The oldest make room.',
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
};
