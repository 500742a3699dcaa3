import {
  candidatesMax,
  denseCandidatesMax,
} from '../../../operators/detect/models/candidates/pick-candidates.ts';
import { classesMax } from '../../../operators/detect/models/names/class-map.ts';
import { namesBytesMax } from '../../../operators/detect/models/names/read-names-file.ts';
import { inputSideMax } from '../../../operators/detect/models/onnx/input-size.ts';
import { modelBytesMax } from '../../../operators/detect/models/onnx/onnx-file.ts';
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
      name: 'Side of its input',
      value: inputSideMax,
      unit: 'pixels',
      beyond: 'The model is refused.',
      enforcedIn: 'operators/detect/models/onnx/input-size.ts',
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
