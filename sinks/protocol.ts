import { z } from 'zod';
import { messageOf } from '../operators/foundation/errors/message-of.ts';
import { normaliseClassName } from '../operators/foundation/names/class-name.ts';
import type { AnswerCode } from '../operators/foundation/errors/answer-codes.ts';
import type { Command, CommandResult, LabelTarget } from './events.ts';

/** Rises when a client that understood the older messages would misread a newer one. */
export const protocolVersion = 1;

/** The largest command in bytes, on the WebSocket and on NATS. */
export const commandBytesMax = 256 * 1024;

export const eventTypes = ['detections', 'sample', 'model', 'metrics', 'camera'] as const;
export const commandNames = [
  'label',
  'notA',
  'dismiss',
  'undo',
  'rename',
  'merge',
  'remove',
  'rollback',
  'pause',
  'resume',
] as const satisfies readonly Command['command'][];

/** Facts about the running program; the WebSocket sends them first, once per connection. */
export interface HelloFacts {
  /** Version of lifelens. */
  readonly version: string;
  readonly cameras: readonly string[];
  readonly engine: string;
  /** The models that see, as heads and samples record them. */
  readonly detector: string;
  readonly encoder: string;
  readonly strategy: string;
  readonly headVersion: number;
  /** Classes that the active head has learned. */
  readonly classes: readonly string[];
  /** Classes of the frozen model. */
  readonly baseClasses: readonly string[];
}

const text = (max: number) => z.string().min(1).max(max);
const className = z.string().transform((given, context) => {
  try {
    return normaliseClassName(given);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
    return z.NEVER;
  }
});
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const camera = text(64);
const coordinate = z.number().min(-65_536).max(65_536);
const box = z
  .tuple([coordinate, coordinate, coordinate, coordinate])
  .refine(([x0, y0, x1, y1]) => x1 > x0 && y1 > y0, 'expected [x0,y0,x1,y1] with x1>x0 and y1>y0');

/**
 * A union would be refused with a mere "invalid input", so one object accepts every key and a
 * second check explains which combination was expected.
 */
const target = z
  .strictObject({
    sampleId: text(64).optional(),
    clusterId: text(64).optional(),
    trackId: count.optional(),
    box: box.optional(),
    camera: camera.optional(),
    frame: count.optional(),
  })
  .superRefine((value, context) => {
    const problem = targetProblem(value);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  })
  .transform(
    (value) =>
      Object.fromEntries(
        Object.entries(value).filter(([, field]) => field !== undefined),
      ) as unknown as LabelTarget,
  );

function targetProblem(value: Readonly<Record<string, unknown>>): string | null {
  const given = ['sampleId', 'clusterId', 'trackId', 'box'].filter(
    (key) => value[key] !== undefined,
  );
  if (given.length !== 1) return 'expected exactly one of sampleId, clusterId, trackId, box';
  const isInPicture = given[0] === 'trackId' || given[0] === 'box';
  if (isInPicture && value['camera'] === undefined) {
    return `expected camera beside ${given[0] ?? ''}`;
  }
  if (!isInPicture && value['camera'] !== undefined) return 'camera goes with trackId or box only';
  if (given[0] !== 'box' && value['frame'] !== undefined) return 'frame goes with box only';
  return null;
}

/** Optional fields of every message: an id, which the answer repeats, and the sender's name. */
const envelope = { id: text(64).optional(), by: text(64).optional() };

const commandOptions = [
  z.strictObject({ ...envelope, command: z.literal('label'), class: className, target }),
  z.strictObject({ ...envelope, command: z.literal('notA'), class: className, target }),
  z.strictObject({ ...envelope, command: z.literal('dismiss'), target }),
  z.strictObject({ ...envelope, command: z.literal('undo'), labelId: text(64).optional() }),
  z.strictObject({ ...envelope, command: z.literal('rename'), class: className, to: className }),
  z.strictObject({ ...envelope, command: z.literal('merge'), class: className, into: className }),
  z.strictObject({ ...envelope, command: z.literal('remove'), class: className }),
  z.strictObject({ ...envelope, command: z.literal('rollback'), version: count.optional() }),
  z.strictObject({ ...envelope, command: z.literal('pause'), camera: camera.optional() }),
  z.strictObject({ ...envelope, command: z.literal('resume'), camera: camera.optional() }),
] as const;

const messageTypes = z.array(z.enum(eventTypes)).max(eventTypes.length);
const subscriptionFields = {
  ...envelope,
  types: messageTypes.optional(),
  pictures: z.boolean().optional(),
};
const subscriptionOptions = [
  z.strictObject({
    ...subscriptionFields,
    command: z.literal('subscribe'),
    cameras: z.array(camera).max(64).optional(),
    maxFps: z.number().min(0.1).max(60).optional(),
  }),
  z.strictObject({ ...subscriptionFields, command: z.literal('unsubscribe') }),
] as const;

/** Messages that only the WebSocket accepts, besides the commands. */
export const subscriptionNames = ['subscribe', 'unsubscribe'] as const;

const commandSchema = z.discriminatedUnion('command', commandOptions);
const clientSchema = z.discriminatedUnion('command', [...commandOptions, ...subscriptionOptions]);

/** Changes what a WebSocket client receives. */
export type Subscription = z.infer<(typeof subscriptionOptions)[number]>;

export type Parsed<T> =
  | { readonly ok: true; readonly id?: string; readonly by?: string; readonly value: T }
  | {
      readonly ok: false;
      readonly id?: string;
      readonly code: AnswerCode;
      readonly message: string;
    };

/**
 * Parses a command from JSON text. Never throws: a problem is returned as a code and one line
 * with the path and the expectation.
 */
export function parseCommand(json: string | Uint8Array): Parsed<Command> {
  return parse(json, commandSchema) as Parsed<Command>;
}

/** Parses a message of a WebSocket client: a command, `subscribe` or `unsubscribe`. */
export function parseClientMessage(json: string | Uint8Array): Parsed<Command | Subscription> {
  return parse(json, clientSchema) as Parsed<Command | Subscription>;
}

/** Checks a command of the embedding program as {@link parseCommand} checks those of others. */
export function checkCommand(command: Command): Parsed<Command> {
  return check(command, commandSchema) as Parsed<Command>;
}

function parse(json: string | Uint8Array, schema: z.ZodType): Parsed<unknown> {
  const bytes = typeof json === 'string' ? Buffer.byteLength(json) : json.byteLength;
  if (bytes > commandBytesMax) {
    const message = `expected at most ${commandBytesMax} bytes, got ${bytes}`;
    return { ok: false, code: 'too-large', message };
  }
  let raw: unknown;
  try {
    raw = JSON.parse(typeof json === 'string' ? json : Buffer.from(json).toString('utf8'));
  } catch {
    return { ok: false, code: 'bad-json', message: 'expected one JSON object' };
  }
  return check(raw, schema);
}

function check(raw: unknown, schema: z.ZodType): Parsed<unknown> {
  const id = idOf(raw);
  const result = schema.safeParse(raw);
  if (!result.success) {
    const message = describeIssue(result.error.issues[0]);
    return { ok: false, ...(id !== undefined && { id }), code: 'bad-command', message };
  }
  const { id: _id, by, ...fields } = result.data as Record<string, unknown>;
  const value = Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined));
  return {
    ok: true,
    ...(id !== undefined && { id }),
    ...(typeof by === 'string' && { by }),
    value,
  };
}

/** Finds the id of a refused message, if it is valid, so that the answer can repeat it. */
function idOf(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null || !('id' in raw)) return undefined;
  return typeof raw.id === 'string' && raw.id.length >= 1 && raw.id.length <= 64
    ? raw.id
    : undefined;
}

function describeIssue(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'expected a command';
  const path = issue.path.length === 0 ? 'message' : issue.path.join('.');
  if (issue.path[0] === 'command' && issue.code === 'invalid_union') {
    return `command: expected one of ${commandNames.join(', ')}`;
  }
  const message = issue.message.slice(0, 200);
  return `${path}: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

/** The answer to one message of a client. */
export type AnswerMessage = { readonly type: 'answer'; readonly id?: string } & CommandResult;

export function answerTo(id: string | undefined, result: CommandResult): AnswerMessage {
  return { type: 'answer', ...(id !== undefined && { id }), ...result };
}

/**
 * Encodes a message as JSON without the opening brace, once for all clients; `encodeEnvelope`
 * adds each client's own sequence number.
 */
export function encodeBody(message: object): string {
  return JSON.stringify(message).slice(1);
}

/** Prepends protocol version and sequence number to a body from `encodeBody`. */
export function encodeEnvelope(seq: number, body: string): string {
  const separator = body === '}' ? '' : ',';
  return `{"v":${protocolVersion},"seq":${seq}${separator}${body}`;
}

const pictureMagic = 0x4c;

/**
 * Encodes a picture as one binary message: the letter `L`, the protocol version, the length n of
 * the camera's name (1 byte each), n bytes of UTF-8, the frame as a big-endian uint32,
 * timestampMs as a big-endian float64, then the JPEG. Names above 255 bytes are truncated.
 */
export function encodePicture(
  camera: string,
  frame: number,
  timestampMs: number,
  jpeg: Uint8Array,
): Buffer {
  const name = Buffer.from(camera, 'utf8').subarray(0, 255);
  const message = Buffer.allocUnsafe(15 + name.length + jpeg.byteLength);
  message.writeUInt8(pictureMagic, 0);
  message.writeUInt8(protocolVersion, 1);
  message.writeUInt8(name.length, 2);
  message.set(name, 3);
  message.writeUInt32BE(frame >>> 0, 3 + name.length);
  message.writeDoubleBE(timestampMs, 7 + name.length);
  message.set(jpeg, 15 + name.length);
  return message;
}
