import type { ErrorTable } from './error-entry.ts';

/** Errors in what the user provides: command line, configuration, labelled sets and sources. */
export const inputErrors = {
  UsageError: {
    meaning: 'The command line is invalid.',
    consequence: 'One line on standard error; nothing is started.',
    exitCode: 2,
    codes: {
      usage: {
        meaning: 'A command, flag or value is unknown, or a required flag is missing.',
        remedy: 'See `lifelens COMMAND --help`.',
      },
    },
  },
  ConfigError: {
    meaning: 'The configuration is unusable.',
    consequence: 'One line per problem on standard error; nothing is started.',
    exitCode: 2,
    codes: {
      missing: { meaning: 'The file does not exist.', remedy: 'Correct the path of `--config`.' },
      unreadable: {
        meaning: 'The file cannot be read, is a folder, or is too large.',
        remedy: 'Check its path, permissions and size.',
      },
      syntax: {
        meaning: 'The file is neither YAML nor JSON.',
        remedy: 'Correct the line and column in the message.',
      },
      invalid: {
        meaning: 'A value violates the schema, or an environment variable is not set.',
        remedy: 'Correct the listed fields; [config.md](config.md) describes them.',
      },
    },
  },
  DatasetError: {
    meaning: 'A labelled set cannot be read.',
    consequence:
      '`teach`, `eval`, `check` or `bench learning` ends with one line on standard error.',
    exitCode: 1,
    codes: {
      'bad-spec': {
        meaning: 'The specification has an unknown format.',
        remedy: 'Use one of the forms in `lifelens teach --help`.',
        exitCode: 2,
      },
      'not-found': {
        meaning: 'A file or folder of the set does not exist or cannot be read.',
        remedy: 'Correct the path, or restore the file.',
      },
      'bad-file': {
        meaning: 'The contents of a file are malformed.',
        remedy: 'Correct the file at the place in the message.',
      },
      'bad-picture': {
        meaning: 'An image cannot be decoded.',
        remedy: 'Replace the image, remove it from the set, or use `--skip-broken`.',
      },
      empty: {
        meaning: 'The set holds no images, class names or objects.',
        remedy: 'Check that the specification names the intended folder and list.',
      },
    },
  },
  ClassNameError: {
    meaning: 'A text cannot be the name of a class.',
    consequence: 'Reported as a `bad-command` answer, a `DatasetError` or a `ConfigError`.',
    exitCode: null,
    codes: {
      'bad-name': {
        meaning: 'The name is empty, too long, in several lines, or has control characters.',
        remedy: 'Use 1 to 64 visible characters.',
      },
    },
  },
  SourceError: {
    meaning: 'A source cannot be opened or cannot continue.',
    consequence:
      'At the start the run ends. Later only that camera fails; a network camera or device that is away is tried for ever, also at the start.',
    exitCode: 1,
    codes: {
      'not-found': {
        meaning: 'The file, folder or device does not exist or cannot be read.',
        remedy: 'Correct the source.',
      },
      'not-a-video': {
        meaning: 'The file contains no decodable video.',
        remedy: 'Check it with `ffmpeg -i FILE`.',
      },
      unreachable: {
        meaning: 'The camera or stream cannot be opened.',
        remedy:
          'Check address, credentials and network; it is tried again, except where `--frames` limits the run.',
      },
      'no-ffmpeg': {
        meaning: 'ffmpeg is missing or does not run.',
        remedy: 'Install ffmpeg, or set `FFMPEG_PATH`.',
      },
      'bad-source': {
        meaning: 'The source is malformed, unsupported, or broke off while it was read.',
        remedy: 'Use one of the forms in `lifelens run --help`.',
      },
      empty: {
        meaning: 'The folder contains no supported image.',
        remedy: 'Add jpg, png, webp, bmp, tif, gif or avif files.',
      },
    },
  },
  ProbeError: {
    meaning: 'ffmpeg finds no video in an input.',
    consequence: 'Internal: reported as a `SourceError`.',
    exitCode: null,
    codes: {
      'no-video': {
        meaning: 'The input has no video stream, or does not answer in time.',
        remedy: 'See the `SourceError` that it causes.',
      },
    },
  },
  SettingsError: {
    meaning: 'The first picture of a video has another shape than the header states.',
    consequence: 'Internal: the video is opened again, with other settings.',
    exitCode: null,
    codes: {
      'other-shape': {
        meaning: 'It is turned otherwise, or of another size.',
        remedy: 'None is needed.',
      },
    },
  },
  DecodeError: {
    meaning: 'ffmpeg ended before the end of the video.',
    consequence: 'Internal: reported as a `SourceError`; a live camera is reopened.',
    exitCode: null,
    codes: {
      'broken-off': {
        meaning: 'ffmpeg failed, was killed, stalled, or decoded no frame.',
        remedy: 'See the `SourceError` that it causes.',
      },
    },
  },
  EntityError: {
    meaning: 'A Pascal VOC file contains an undefined XML entity.',
    consequence: 'Internal: reported as a `DatasetError`.',
    exitCode: null,
    codes: {
      'unknown-entity': {
        meaning: 'The entity is neither predefined nor an allowed character reference.',
        remedy: 'See the `DatasetError` that it causes.',
      },
    },
  },
} as const satisfies ErrorTable;
