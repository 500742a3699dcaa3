import { detectorLimits } from '../../../operators/detect/detector.ts';
import { turnLimits } from '../../../operators/detect/detection-turns.ts';
import { looksMax } from '../../../operators/detect/tiles/look-closer.ts';
import { tilesInFlightMax } from '../../../operators/detect/tiles/spare-turns.ts';
import { vectorLengthMax } from '../../../operators/detect/encoders/encoder-output.ts';
import { settingsBytesMax } from '../../../operators/detect/encoders/read-preprocessor.ts';
import { modelBytesMax } from '../../../operators/detect/models/model-bytes-max.ts';
import { aliasesMax } from '../../../operators/discover/clusters.ts';
import { standingsMax } from '../../../operators/discover/questions.ts';
import { clusterCountsMax, lackingMax, renewalsMax } from '../../../operators/discover/sampler.ts';
import { relayConnectionsMax } from '../../../operators/ingest/relay/http-relay.ts';
import { rtspRedirectsMax } from '../../../operators/ingest/relay/rtsp-relay.ts';
import { sentPicturesMax } from '../../../operators/ingest/relay/rtp/sent-pictures.ts';
import { rtspLimits } from '../../../operators/ingest/relay/rtsp-splitter.ts';
import { killAfterMs } from '../../../operators/ingest/ffmpeg/ffmpeg-process.ts';
import { reopenBackoffMs } from '../../../operators/ingest/sources/live-camera.ts';
import { mainFramesMax } from '../../../operators/ingest/sources/paired/main-frames.ts';
import { learnerDefaults } from '../../../operators/learn/learner.ts';
import { sampleOverheadBytes } from '../../../operators/remember/sample-bytes.ts';
import { cropSchedulerDefaults } from '../../../operators/track/crop-scheduler.ts';
import { demandSlots, stillLostEveryMs } from '../../../pipeline/application/camera.ts';
import { recentFramesKept } from '../../../pipeline/application/open-cameras.ts';
import { frameCopiesMax } from '../../../pipeline/application/sampling/frame-copies.ts';
import { framesInSampling } from '../../../pipeline/application/sampling/sample-taker.ts';
import type { LimitTable } from './limit.ts';
import { pictureLimits } from './picture-limits.ts';

/** Limits of frames, crops and samples. */
export const frameLimits: LimitTable = {
  Frames: [
    {
      name: 'Frames in progress of a camera with pace `demand`, and one for each further worker',
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
      name: 'Calls in each detect worker',
      value: detectorLimits.postedMax,
      unit: 'calls',
      beyond: 'Further calls wait; a live camera drops stale frames.',
      enforcedIn: 'operators/detect/detector.ts',
    },
    {
      name: 'Frames of live cameras, each with its turn, that follow those being detected',
      value: turnLimits.followingMax,
      unit: 'frames',
      beyond:
        'The newest frame of each camera waits for its turn; older ones are dropped as stale.',
      enforcedIn: 'operators/detect/detection-turns.ts',
    },
    {
      name: 'Withdrawn frames that the detect worker has not passed over yet',
      value: turnLimits.withdrawnMax,
      unit: 'frames',
      beyond: 'A newer frame waits for the next turn instead.',
      enforcedIn: 'operators/detect/detection-turns.ts',
    },
    {
      name: 'Tiles in the detect worker, over all cameras (`detect.tiles`)',
      value: tilesInFlightMax,
      unit: 'tiles',
      beyond: 'No tile is detected; nor is one while a frame waits or is expected before its end.',
      enforcedIn: 'operators/detect/tiles/spare-turns.ts',
    },
    {
      name: 'Tiles of one frame',
      value: looksMax,
      unit: 'tiles',
      beyond: 'The next frame of the camera has tiles again.',
      enforcedIn: 'operators/detect/tiles/look-closer.ts',
    },
    {
      name: 'Unanswered calls for frames that can be withdrawn',
      value: detectorLimits.claimedMax,
      unit: 'calls',
      beyond: 'The call rejects with `EngineError` `overloaded`.',
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
      name: 'Size of an ONNX file',
      value: modelBytesMax,
      unit: 'bytes',
      beyond: 'It is refused.',
      enforcedIn: 'operators/detect/models/onnx/onnx-file.ts',
    },
    {
      name: 'Values of an encoder’s vector',
      value: vectorLengthMax,
      unit: 'values',
      beyond: 'The encoder is refused.',
      enforcedIn: 'operators/detect/encoders/encoder-output.ts',
    },
    {
      name: 'Size of a preprocessor_config.json',
      value: settingsBytesMax,
      unit: 'bytes',
      beyond: 'The encoder is refused.',
      enforcedIn: 'operators/detect/encoders/read-preprocessor.ts',
    },
    {
      name: 'Connections of an ffmpeg to its relay',
      value: relayConnectionsMax,
      unit: 'connections',
      beyond: 'Further ones are closed.',
      enforcedIn: 'operators/ingest/relay/http-relay.ts',
    },
    ...pictureLimits,
    {
      name: 'Pictures of an RTSP camera whose times are kept while ffmpeg decodes them',
      value: sentPicturesMax,
      unit: 'pictures',
      beyond: 'The oldest is forgotten, and has the time of its arrival.',
      enforcedIn: 'operators/ingest/relay/rtp/sent-pictures.ts',
    },
    {
      name: 'Main pictures that wait for those of `detectSource`',
      value: mainFramesMax,
      unit: 'pictures',
      beyond: 'The oldest is released; at pace `demand`, reading pauses.',
      enforcedIn: 'operators/ingest/sources/paired/main-frames.ts',
    },
    {
      name: 'Redirects of an RTSP connection',
      value: rtspRedirectsMax,
      unit: 'redirects',
      beyond: 'The camera counts as lost.',
      enforcedIn: 'operators/ingest/relay/rtsp-relay.ts',
    },
    {
      name: 'Headers of an RTSP message',
      value: rtspLimits.headBytes,
      unit: 'bytes',
      beyond: 'The camera counts as lost.',
      enforcedIn: 'operators/ingest/relay/rtsp-splitter.ts',
    },
    {
      name: 'Body of an RTSP message',
      value: rtspLimits.bodyBytes,
      unit: 'bytes',
      beyond: 'The camera counts as lost.',
      enforcedIn: 'operators/ingest/relay/rtsp-splitter.ts',
    },
    {
      name: 'Time between two reports of a camera that stays lost',
      value: stillLostEveryMs,
      unit: 'ms',
      beyond: 'Attempts in between are not reported.',
      enforcedIn: 'pipeline/application/camera.ts',
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
      name: 'Time of frames after which an outage is over',
      value: reopenBackoffMs.stable,
      unit: 'ms',
      beyond: 'The next outage begins with the first wait again.',
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
      name: 'Copies of frames whose samples are being made',
      value: frameCopiesMax,
      unit: 'frames',
      beyond: 'The frame itself is held, in a slot of its camera.',
      enforcedIn: 'pipeline/application/sampling/frame-copies.ts',
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
      name: 'Tracks of which it is remembered whether they are asked about',
      value: standingsMax,
      unit: 'tracks',
      beyond: 'The oldest is forgotten; its samples stay as they are.',
      enforcedIn: 'operators/discover/questions.ts',
    },
    {
      name: 'Clusters whose stationary samples are counted',
      value: clusterCountsMax,
      unit: 'clusters',
      beyond: 'The oldest count is forgotten.',
      enforcedIn: 'operators/discover/sampler.ts',
    },
    {
      name: 'Objects that a track turns out to show later and that get a sample of their own',
      value: renewalsMax,
      unit: 'objects',
      beyond: 'Further ones are sampled as the first one is.',
      enforcedIn: 'operators/discover/sampler.ts',
    },
    {
      name: 'Samples of an object that are taken because its question has none',
      value: lackingMax,
      unit: 'samples',
      beyond: 'The question has no picture.',
      enforcedIn: 'operators/discover/sampler.ts',
    },
  ],
};
