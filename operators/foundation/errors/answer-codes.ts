import type { ErrorCodeEntry } from './error-entry.ts';

/** Codes that any sink may answer a command with; see docs/protocol.md. */
export const answerCodes = {
  'bad-json': {
    meaning: 'The message is not a JSON object, or it is binary.',
    remedy: 'Send one JSON object per message.',
  },
  'bad-command': {
    meaning: 'The command is invalid; the message names the path and the expected value.',
    remedy: 'Correct the named field.',
  },
  'too-large': {
    meaning: 'The message exceeds the size limit (NATS; the WebSocket closes with 1009).',
    remedy: 'Send smaller messages.',
  },
  'rate-limited': {
    meaning: 'Too many messages; this one was not parsed, so the answer has no `id`.',
    remedy: 'Wait a second and send it again.',
  },
  forbidden: {
    meaning: 'The scope of the sender does not include the command.',
    remedy: 'Use a token of the scope in the message; see `dashboard.tokens` and `nats.scope`.',
  },
  busy: {
    meaning: 'Too many commands are still being executed.',
    remedy: 'Wait for an answer before the next command.',
  },
  'not-saved': {
    meaning: 'The command could not be stored, so it was not carried out.',
    remedy: 'Make room on the disk, or correct the permissions of the state folder; send it again.',
  },
  failed: {
    meaning: 'The command failed; nothing changed.',
    remedy: 'See the message and the log.',
  },
} as const satisfies Readonly<Record<string, ErrorCodeEntry>>;

/** A code of {@link answerCodes}. */
export type AnswerCode = keyof typeof answerCodes;
