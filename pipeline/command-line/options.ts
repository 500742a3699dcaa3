import { InvalidArgumentError, Option } from 'commander';
import { configDefaults } from '../configuration/config.ts';
import { engineChoices } from '../../operators/detect/engines/engine-choice.ts';
import { defaultViewSize } from '../../operators/detect/engines/engine-models.ts';
import { builtInCropSizes } from '../../operators/detect/engines/engine.ts';
import { viewSides } from '../configuration/schema/detection-schema.ts';
import { logLevels, portMax } from '../configuration/schema/service-schema.ts';

/** Parses a whole number ≥ 1. */
export const positiveInteger = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('expected a whole number from 1.');
  }
  return value;
};

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError('expected a whole number from 0.');
  }
  return value;
};

/** Parses a number > 0. */
export const positiveNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('expected a number above 0.');
  }
  return value;
};

/** Parses a TCP port. */
export const port = (text: string): number => {
  const value = wholeNumber(text);
  if (value > portMax) throw new InvalidArgumentError(`expected a port from 0 to ${portMax}.`);
  return value;
};

const viewSize = (text: string): number => {
  const { min, max, step } = viewSides;
  const value = wholeNumber(text);
  if (value < min || value > max || value % step !== 0) {
    throw new InvalidArgumentError(`expected a multiple of ${step} from ${min} to ${max}.`);
  }
  return value;
};

const cropSize = (text: string): number => {
  const size = builtInCropSizes.find((each) => String(each) === text);
  if (size === undefined) {
    throw new InvalidArgumentError(`expected ${builtInCropSizes.join(' or ')}.`);
  }
  return size;
};

/** Appends the default to the description of an option. */
export const withDefault = (description: string, value: string | number): string =>
  `${description} (default: ${value})`;

const sizeText = `side of the detector’s input, a multiple of ${viewSides.step}`;

export const sizeOption = (): Option =>
  new Option(
    '--size <pixels>',
    withDefault(sizeText, `the model’s, or ${defaultViewSize}`),
  ).argParser(viewSize);

export const modelOption = (): Option =>
  new Option('--model <file>', withDefault('ONNX file of a detector', 'the built-in one'));

export const encoderOption = (): Option =>
  new Option(
    '--encoder <file>',
    withDefault('ONNX file of an encoder of crops', 'the built-in one'),
  );

export const cropSizeOption = (): Option =>
  new Option(
    '--crop-size <pixels>',
    withDefault(
      `side of the built-in encoder’s crops: ${builtInCropSizes.join(' or ')}`,
      configDefaults.detect.cropSize,
    ),
  ).argParser(cropSize);

export const engineOption = (): Option =>
  new Option(
    '--engine <name>',
    withDefault('runtime of the detector', configDefaults.detect.engine),
  ).choices(engineChoices);

export const seedOption = (): Option =>
  new Option(
    '--seed <n>',
    withDefault('seed of all random number generators', configDefaults.seed),
  ).argParser(wholeNumber);

export const logLevelOption = (): Option =>
  new Option(
    '--log-level <level>',
    withDefault('least severe level that is logged', configDefaults.log.level),
  ).choices(logLevels);

export const reportOption = (): Option =>
  new Option('--report <file>', 'write the JSON report to this file (- for standard output)');

export const skipBrokenOption = (): Option =>
  new Option(
    '--skip-broken',
    'leave out pictures that cannot be read, and list them in the report',
  );
