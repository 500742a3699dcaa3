import {
  candidatesMax,
  denseCandidatesMax,
} from '../../../operators/detect/models/candidates/pick-candidates.ts';
import { classesMax } from '../../../operators/detect/models/names/class-map.ts';
import { namesBytesMax } from '../../../operators/detect/models/names/read-names-file.ts';
import { inputSideMax } from '../../../operators/detect/models/input-size.ts';
import { graphBytesMax } from '../../../operators/detect/models/tfjs/graph-model-file.ts';
import { shardsMax } from '../../../operators/detect/models/tfjs/read-weights.ts';
import { modelBytesMax } from '../../../operators/detect/models/model-bytes-max.ts';
import type { LimitTable } from './limit.ts';

/** Limits of models of the user. */
export const modelLimits: LimitTable = {
  'Detectors of your own': [
    {
      name: 'Size of an ONNX file',
      value: modelBytesMax,
      unit: 'bytes',
      beyond: 'It is refused before it is read.',
      enforcedIn: 'operators/detect/models/onnx/onnx-file.ts',
    },
    {
      name: 'Size of a GraphModel’s model.json',
      value: graphBytesMax,
      unit: 'bytes',
      beyond: 'It is refused before it is read.',
      enforcedIn: 'operators/detect/models/tfjs/graph-model-file.ts',
    },
    {
      name: 'Size of a GraphModel’s weights',
      value: modelBytesMax,
      unit: 'bytes',
      beyond: 'It is refused before they are read.',
      enforcedIn: 'operators/detect/models/tfjs/read-weights.ts',
    },
    {
      name: 'Files of a GraphModel’s weights',
      value: shardsMax,
      unit: 'files',
      beyond: 'It is refused.',
      enforcedIn: 'operators/detect/models/tfjs/read-weights.ts',
    },
    {
      name: 'Side of its input',
      value: inputSideMax,
      unit: 'pixels',
      beyond: 'The model is refused.',
      enforcedIn: 'operators/detect/models/input-size.ts',
    },
    {
      name: 'Size of a file of class names',
      value: namesBytesMax,
      unit: 'bytes',
      beyond: 'It is refused before it is read.',
      enforcedIn: 'operators/detect/models/names/read-names-file.ts',
    },
    {
      name: 'Classes of a detector',
      value: classesMax,
      unit: 'classes',
      beyond: 'The model is refused.',
      enforcedIn: 'operators/detect/models/names/class-map.ts',
    },
    {
      name: 'Candidates of a picture before overlaps are suppressed',
      value: candidatesMax,
      unit: 'candidates',
      beyond: 'Weaker ones are left out.',
      enforcedIn: 'operators/detect/models/candidates/pick-candidates.ts',
    },
    {
      name: 'Candidates of a picture that learning gets',
      value: denseCandidatesMax,
      unit: 'candidates',
      beyond: 'Weaker ones are left out.',
      enforcedIn: 'operators/detect/models/file-detector.ts',
    },
  ],
};
