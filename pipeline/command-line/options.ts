import { InvalidArgumentError, Option, type Command } from 'commander';
import { configDefaults } from '../configuration/config.ts';
import { defaultViewSize } from '../../operators/detect/engines/engine-models.ts';
import { engineChoices } from '../../operators/detect/engines/engine-choice.ts';
import { builtInCropSizes } from '../../operators/detect/engines/engine.ts';
import {
  detectThreadsMax,
  detectWorkersMax,
  viewSides,
} from '../configuration/schema/detection-schema.ts';
import { hintAtStrategy } from '../../operators/learn/strategies/strategy-registry.ts';
import { detectorFormats } from '../../operators/detect/models/detector-file.ts';
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

/**
 * The strategy of a command, one of `names`; an earlier name of one is refused with the new one.
 */
export const strategyOption = (description: string, names: readonly string[]): Option => {
  const option = new Option('--strategy <name>', description).choices(names);
  return option.argParser((name: string) => {
    if (names.includes(name)) return name;
    const expected = `Allowed choices are ${names.join(', ')}`;
    throw new InvalidArgumentError(`${hintAtStrategy(name) ?? expected}.`);
  });
};

/** Appends the default to the description of an option. */
export const withDefault = (description: string, value: string | number): string =>
  `${description} (default: ${value})`;

const sizeText = `side of a square of as many pixels as the detector’s input has, a multiple of ${viewSides.step}`;

/** The size for work that is the same on every machine, with any detector. */
const sizeOption = (): Option =>
  new Option(
    '--size <pixels>',
    withDefault(sizeText, `${defaultViewSize}, or with --model the model’s own`),
  ).argParser(viewSize);

/** The same where the detector is always the built-in one. */
export const builtInSizeOption = (): Option =>
  new Option('--size <pixels>', withDefault(sizeText, defaultViewSize)).argParser(viewSize);

/** The size for live cameras, which may be measured. */
export const liveSizeOption = (): Option =>
  new Option(
    '--size <pixels>',
    withDefault(`${sizeText}, or auto: as large as this machine can`, configDefaults.detect.size),
  ).argParser((text) => (text === 'auto' ? text : viewSize(text)));

export const shapeOption = (): Option =>
  new Option(
    '--shape <shape>',
    withDefault('shape of the detector’s input', configDefaults.detect.shape),
  ).choices(['own', 'square']);

/** The threads of the detector for live cameras, which may be measured. */
export const threadsOption = (): Option =>
  new Option(
    '--threads <n>',
    withDefault('threads of the detector, or auto: measured', configDefaults.detect.threads),
  ).argParser(countOrAuto(detectThreadsMax));

/** How many frames are detected at once. */
export const workersOption = (): Option =>
  new Option(
    '--workers <n>',
    withDefault('frames that are detected at once, or auto', configDefaults.detect.workers),
  ).argParser(countOrAuto(detectWorkersMax));

/** Reads `auto` or a whole number from 1 to `most`. */
function countOrAuto(most: number): (text: string) => 'auto' | number {
  return (text) => {
    if (text === 'auto') return text;
    const value = positiveInteger(text);
    if (value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from 1 to ${most}.`);
  };
}

export const modelOption = (): Option =>
  new Option(
    '--model <file>',
    withDefault('ONNX file or model.json of a detector', 'the built-in one'),
  );

export const formatOption = (): Option =>
  new Option(
    '--format <name>',
    withDefault('how the outputs of --model are read', 'recognised'),
  ).choices(['auto', ...detectorFormats]);

export const namesOption = (): Option =>
  new Option(
    '--names <file>',
    withDefault('file with the class names of --model, or coco-80 or coco-91', 'its own'),
  );

export const encoderOption = (): Option =>
  new Option(
    '--encoder <file>',
    withDefault('ONNX file or model.json of an encoder of crops', 'the built-in one'),
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

/** Adds the options of `SeeingFlags`, with the size as this command takes it. */
export function addSeeingOptions(command: Command, size = sizeOption()): Command {
  const options = [shapeOption(), modelOption(), formatOption(), namesOption()];
  const ofCrops = [encoderOption(), cropSizeOption(), engineOption()];
  for (const option of [size, ...options, ...ofCrops]) command.addOption(option);
  return command;
}

export const reportOption = (): Option =>
  new Option('--report <file>', 'write the JSON report to this file (- for standard output)');

export const skipBrokenOption = (): Option =>
  new Option(
    '--skip-broken',
    'leave out pictures that cannot be read, and list them in the report',
  );
