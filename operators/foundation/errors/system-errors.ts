import type { ErrorTable } from './error-entry.ts';

/** Errors of the surroundings: files, folders, ports and signals. */
export const systemErrors = {
  StateError: {
    meaning: 'State on disk cannot be used.',
    consequence: 'The command ends with one line on standard error; the state stays as it is.',
    exitCode: 1,
    codes: {
      missing: { meaning: 'The file or folder does not exist.', remedy: 'Correct the path.' },
      unreadable: {
        meaning: 'The file cannot be read.',
        remedy: 'Check the permissions of the state folder.',
      },
      unwritable: {
        meaning: 'The folder cannot be written to.',
        remedy: 'Check its permissions and the free space.',
      },
      corrupt: {
        meaning: 'A file is damaged, or of another strategy, format or version.',
        remedy: 'Restore it from a backup, use the strategy that wrote it, or another folder.',
      },
      'other-models': {
        meaning: 'The active head was learned with another detector or encoder.',
        remedy: 'Use the same `--encoder` and configuration as when it was learned.',
      },
      'in-use': {
        meaning: 'Another process holds the lock of the folder.',
        remedy: 'End that process; its lock ends with it.',
      },
      fenced: {
        meaning: 'Another program has opened the state, although this one had it open.',
        remedy: 'Let one program use a state folder; never delete its lock files.',
      },
    },
  },
  SealedFileError: {
    meaning: 'Bytes are not a complete file of the expected kind and version.',
    consequence: 'For state files reported as a `StateError`; a cache file is written anew.',
    exitCode: null,
    codes: {
      SEALED_FILE: {
        meaning: 'Magic number, version, length or checksum do not match.',
        remedy: 'See the `StateError` that it causes.',
      },
    },
  },
  PortError: {
    meaning: 'The dashboard’s address cannot be listened on.',
    consequence: 'The run ends with one line on standard error.',
    exitCode: 1,
    codes: {
      EADDRINUSE: {
        meaning: 'The port is in use.',
        remedy: 'Choose another one with `--port`; 0 selects a free one.',
      },
      EACCES: {
        meaning: 'The user may not open the port.',
        remedy: 'Choose a port above 1023.',
      },
    },
    otherSystemCodes: true,
  },
  DetectionsFileError: {
    meaning: 'The file of `--detections` cannot be written.',
    consequence:
      'At the start the run ends. Later one line is logged, and further lines are dropped and counted.',
    exitCode: 1,
    codes: {
      ENOENT: { meaning: 'Its folder does not exist.', remedy: 'Create the folder.' },
      EACCES: { meaning: 'Permission denied.', remedy: 'Check the permissions.' },
      ENOSPC: { meaning: 'The disk is full.', remedy: 'Free space.' },
    },
    otherSystemCodes: true,
  },
  NatsCredentialsError: {
    meaning: 'The file of `nats.credsFile` cannot be read.',
    consequence: 'The run ends with one line on standard error.',
    exitCode: 1,
    codes: {
      unreadable: {
        meaning: 'The file is missing or cannot be read.',
        remedy: 'Correct the path, or the permissions.',
      },
    },
  },
  NatsAddressError: {
    meaning: 'An address of a NATS broker is malformed.',
    consequence:
      'From a configuration reported as a `ConfigError`; otherwise thrown by `NatsSink`.',
    exitCode: 1,
    codes: {
      'bad-address': {
        meaning: 'The address is none of the forms in the message, or two carry other credentials.',
        remedy: 'Write `nats://host:port`; percent-encode reserved characters in credentials.',
      },
    },
  },
  ReportError: {
    meaning: 'The file of `--report` cannot be written.',
    consequence: 'Detected before the work starts, as far as possible; the command ends.',
    exitCode: 1,
    codes: {
      unwritable: {
        meaning: 'The path is not writable.',
        remedy: 'Correct the path, check permissions and free space.',
      },
    },
  },
  OutputError: {
    meaning: 'Standard output cannot be written to.',
    consequence: 'The command ends with one line on standard error.',
    exitCode: 1,
    codes: {
      unwritable: {
        meaning: 'The write failed, for instance on a full disk.',
        remedy: 'Check where standard output is redirected to.',
      },
    },
  },
  CacheError: {
    meaning: 'The cache of `bench learning` cannot be used.',
    consequence: 'The command ends with one line on standard error.',
    exitCode: 1,
    codes: {
      unusable: {
        meaning: 'There is no home folder, or the cache cannot be read or written.',
        remedy: 'Name another folder with `--cache`.',
      },
    },
  },
  Interrupted: {
    meaning: 'A signal ended the command.',
    consequence:
      '`teach`, `eval` and `bench learning` end without a report; `run` ends in order with exit code 0. A second signal exits at once.',
    exitCode: 1,
    codes: {
      SIGINT: { meaning: 'Ctrl-C.', remedy: 'None needed.', exitCode: 130 },
      SIGTERM: { meaning: 'Termination requested.', remedy: 'None needed.', exitCode: 143 },
    },
  },
} as const satisfies ErrorTable;
