import { maskPixelsMax } from '../../../operators/datasets/cvat/cvat-shape.ts';
import { cvatPartBytesMax, cvatDepthMax } from '../../../operators/datasets/cvat/parse-cvat.ts';
import { trackBoxesMax } from '../../../operators/datasets/cvat/track-objects.ts';
import { entryBytesMax } from '../../../operators/datasets/long-files/read-json-parts.ts';
import { pictureFilesMax, pictureDepthMax } from '../../../operators/datasets/picture-paths.ts';
import { yoloDepthMax } from '../../../operators/datasets/yolo/yolo-files.ts';
import type { LimitTable } from './limit.ts';

/** Limits of labelled sets. All refuse the set with the place and what was expected. */
export const setLimits: LimitTable = {
  'Labelled sets': [
    {
      name: 'Files below the folder of pictures of a COCO, CVAT or Label Studio set',
      value: pictureFilesMax,
      unit: 'files',
      beyond: 'The set is refused with `DatasetError` `bad-file`.',
      enforcedIn: 'operators/datasets/picture-paths.ts',
    },
    {
      name: 'Levels of folders below it',
      value: pictureDepthMax,
      unit: 'levels',
      beyond: 'As above.',
      enforcedIn: 'operators/datasets/picture-paths.ts',
    },
    {
      name: 'Levels of folders of a YOLO set',
      value: yoloDepthMax,
      unit: 'levels',
      beyond: 'As above.',
      enforcedIn: 'operators/datasets/yolo/yolo-files.ts',
    },
    {
      name: 'Size of an entry of a COCO or Label Studio file; the file itself has no bound',
      value: entryBytesMax,
      unit: 'bytes',
      beyond: 'As above.',
      enforcedIn: 'operators/datasets/long-files/read-json-parts.ts',
    },
    {
      name: 'Size of a tag or text of a CVAT file; the file itself has no bound',
      value: cvatPartBytesMax,
      unit: 'bytes',
      beyond: 'As above.',
      enforcedIn: 'operators/datasets/cvat/parse-cvat.ts',
    },
    {
      name: 'Elements within each other in a CVAT file',
      value: cvatDepthMax,
      unit: 'levels',
      beyond: 'As above.',
      enforcedIn: 'operators/datasets/cvat/parse-cvat.ts',
    },
    {
      name: 'Boxes of all tracks of a CVAT file, over all frames',
      value: trackBoxesMax,
      unit: 'boxes',
      beyond: 'As above.',
      enforcedIn: 'operators/datasets/cvat/track-objects.ts',
    },
    {
      name: 'Pixels of a mask of CVAT',
      value: maskPixelsMax,
      unit: 'pixels',
      beyond: 'As above.',
      enforcedIn: 'operators/datasets/cvat/cvat-shape.ts',
    },
  ],
};
