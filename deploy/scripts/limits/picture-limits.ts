import { picturePixelsMax } from '../../../operators/ingest/pictures/decode-image.ts';
import { httpRedirectsMax } from '../../../operators/ingest/relay/camera-requests.ts';
import { partBytesMax } from '../../../operators/ingest/stills/part-body.ts';
import { decodersMax } from '../../../operators/ingest/stills/picture-intake.ts';
import { partHeadBytesMax } from '../../../operators/ingest/stills/picture-splitter.ts';
import { aspectMax } from '../../../operators/ingest/frames/view-plan.ts';
import type { Limit } from './limit.ts';

/** Limits of pictures that come one by one. */
export const pictureLimits: readonly Limit[] = [
  {
    name: 'Pixels of a picture',
    value: picturePixelsMax,
    unit: 'pixels',
    beyond: 'It is dropped as `corrupt` by its header, before memory is taken.',
    enforcedIn: 'operators/ingest/pictures/decode-image.ts',
  },
  {
    name: 'Proportions of the detector’s view of a picture',
    value: aspectMax,
    unit: 'times as long as wide',
    beyond: 'The picture is letterboxed in such a view.',
    enforcedIn: 'operators/ingest/frames/view-plan.ts',
  },
  {
    name: 'Pictures of a camera over HTTP that are decoded at once',
    value: decodersMax,
    unit: 'pictures',
    beyond: 'The newest waits; those before it are dropped as `stale`.',
    enforcedIn: 'operators/ingest/stills/picture-intake.ts',
  },
  {
    name: 'Bytes of a picture over HTTP',
    value: partBytesMax,
    unit: 'bytes',
    beyond: 'It is dropped as `corrupt`; a snapshot camera counts as lost.',
    enforcedIn: 'operators/ingest/stills/part-body.ts',
  },
  {
    name: 'Headers before a picture over HTTP',
    value: partHeadBytesMax,
    unit: 'bytes',
    beyond: 'They are skipped up to the next part.',
    enforcedIn: 'operators/ingest/stills/picture-splitter.ts',
  },
  {
    name: 'Redirects of a camera over HTTP',
    value: httpRedirectsMax,
    unit: 'redirects',
    beyond: 'The camera counts as lost.',
    enforcedIn: 'operators/ingest/relay/camera-requests.ts',
  },
];
