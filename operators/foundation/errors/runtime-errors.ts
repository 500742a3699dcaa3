import type { ErrorTable } from './error-entry.ts';

/** Errors of detection, learning and commands while the program runs. */
export const runtimeErrors = {
  EngineError: {
    meaning: 'A detection engine cannot be loaded or fails.',
    consequence: '`failed` drops the frame as `corrupt`; the others end the command.',
    exitCode: 1,
    codes: {
      unavailable: {
        meaning: 'The selected engine does not load on this machine.',
        remedy: 'Use `--engine auto`, or install the optional dependency in the message.',
      },
      'bad-model': {
        meaning:
          'The file of `detect.model` is missing, broken, or not understood, or does not take views of the shape of a camera’s pictures; or the files of the built-in models are missing or of another version.',
        remedy:
          'See the message, which lists inputs and outputs, and [detectors.md](detectors.md); `--shape square` avoids views of other shapes; for the built-in models, reinstall lifelens.',
      },
      failed: { meaning: 'One call failed; later calls may succeed.', remedy: 'None needed.' },
      overloaded: {
        meaning: 'More calls are queued than the detector accepts.',
        remedy: 'Limit concurrent calls; lifelens itself never reaches this bound.',
      },
      died: {
        meaning: 'The worker died or hung again after each restart; no further call succeeds.',
        remedy: 'Correct the cause, which the log names at each restart, and start again.',
      },
      closed: {
        meaning: 'The detector was closed; no further call succeeds.',
        remedy: 'None needed at shutdown.',
      },
    },
  },
  LearnerError: {
    meaning: 'A call to the learner was not answered.',
    consequence:
      '`busy`, `failed` and `died` skip a crop or scene, or delay an update; `unavailable` ends the command at the start.',
    exitCode: 1,
    codes: {
      unavailable: {
        meaning: 'The learn worker did not start.',
        remedy:
          'See the message; the causes are those of an `EngineError`, or a strategy module that exports no `createStrategy`.',
      },
      busy: {
        meaning: 'Too many calls of this kind are queued.',
        remedy: 'Retry later, or skip the call.',
      },
      failed: { meaning: 'This call failed; later calls may succeed.', remedy: 'See the log.' },
      died: {
        meaning:
          'The worker died or hung. It is restarted; where it fails again and again, no further call succeeds.',
        remedy: 'Retry the call; after the end of the program, correct the cause in the log.',
      },
      closed: {
        meaning: 'The learner was closed; no further call succeeds.',
        remedy: 'None needed at shutdown.',
      },
    },
  },
  LabelError: {
    meaning: 'A label command cannot be executed.',
    consequence: 'Its answer carries the code; nothing changes.',
    exitCode: null,
    codes: {
      'unknown-target': {
        meaning: 'The sample, cluster, track, camera or box does not exist.',
        remedy: 'Use a target of a current message.',
      },
      'frame-gone': {
        meaning: 'The frame of the box is no longer in memory.',
        remedy: 'Send the box sooner, or omit `frame` for the newest one.',
      },
      'nothing-to-undo': {
        meaning: 'There is no label command to undo, or not the given one.',
        remedy: 'Check `labelId`.',
      },
      'unknown-class': {
        meaning: 'No learned class has this name.',
        remedy: 'Use one of the names in the message.',
      },
      'class-exists': {
        meaning: 'Another class has this name.',
        remedy: 'Choose another name, or merge the classes.',
      },
      'bad-class-name': {
        meaning: 'The name of a class is malformed.',
        remedy: 'Use 1 to 64 printable characters.',
      },
      'too-many-classes': {
        meaning: 'There are as many classes as `learn.classesMax` allows.',
        remedy: 'Merge or remove some, or raise the limit.',
      },
    },
  },
  HeadHistoryError: {
    meaning: 'A rollback is impossible.',
    consequence: 'The answer to `rollback` carries the code; nothing changes.',
    exitCode: null,
    codes: {
      'unknown-version': {
        meaning: 'The version is not kept.',
        remedy: 'Use a version in the message, or raise `swap.keepVersions`.',
      },
      'no-previous': {
        meaning: 'The active head has no parent.',
        remedy: 'None needed: this is the oldest head.',
      },
      'other-models': {
        meaning: 'The head was learned with another detector or encoder.',
        remedy: 'Configure those models again, or use a version that was learned with these.',
      },
    },
  },
  RefusedError: {
    meaning: '`lifelens teach` learned a head that the gate refused.',
    consequence: 'The command ends with one line on standard error; the state stays as it is.',
    exitCode: 1,
    codes: {
      refused: {
        meaning: 'The new head would lose recall or raise false alarms.',
        remedy: 'Check the labels, or raise `swap.tolerance` in the file of `--config`.',
      },
    },
  },
  StrategyError: {
    meaning: 'A strategy refuses its input in `bench learning`.',
    consequence: 'The command ends with one line on standard error.',
    exitCode: 1,
    codes: {
      refused: {
        meaning: 'Usually `--memory` is too small for the strategy.',
        remedy: 'Raise it to the number in the message.',
      },
    },
  },
  BytesError: {
    meaning: 'A strategy needs more bytes than its cap allows.',
    consequence: 'In `bench learning` reported as a `StrategyError`.',
    exitCode: null,
    codes: {
      'too-few-bytes': {
        meaning: 'The cap is below the minimum for the number of classes.',
        remedy: 'Raise the cap to the number in the message.',
      },
    },
  },
  ProtocolError: {
    meaning: 'The labelled sets do not suit the protocol of `bench learning`.',
    consequence: 'The command ends with one line on standard error.',
    exitCode: 1,
    codes: {
      unsuited: {
        meaning:
          'Classes or objects that the protocol requires are missing, or the detector is not the built-in one.',
        remedy: 'Choose other sets or another protocol, or leave out `--model`.',
      },
    },
  },
} as const satisfies ErrorTable;
