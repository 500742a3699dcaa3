import { answerCodes, type AnswerCode } from '../operators/foundation/errors/answer-codes.ts';
import { z } from 'zod';
import type { Command, CommandResult, LabelTarget } from './events.ts';

/** Rises when a client that understood the older messages would misread a newer one. */
export const PROTOCOL_VERSION = 1;

/** The largest command in bytes, on the WebSocket and on NATS. */
export const COMMAND_BYTES_MAX = 256 * 1024;

export const EVENT_TYPES = ['detections', 'sample', 'model', 'metrics', 'camera'] as const;
export const COMMAND_NAMES = [
  'label',
  'notA',
  'dismiss',
  'undo',
  'rollback',
  'pause',
  'resume',
] as const satisfies readonly Command['command'][];

/** Codes that a sink itself answers with; those of the pipeline pass through unchanged. */
export const ANSWER_CODES = Object.keys(answerCodes) as readonly AnswerCode[];

/** What a client learns first; the WebSocket sends it once, before anything else. */
export interface HelloFacts {
  /** The product's version. */
  readonly version: string;
  readonly cameras: readonly string[];
  readonly engine: string;
  readonly strategy: string;
  readonly headVersion: number;
  /** Classes the active head learned. */
  readonly classes: readonly string[];
  /** Classes the frozen model brings along. */
  readonly baseClasses: readonly string[];
}

const text = (max: number) => z.string().min(1).max(max);
const className = text(64).regex(
  /^(?! )[\p{L}\p{M}\p{N} _./-]+(?<! )$/u,
  'expected letters, digits, inner spaces and _ - . / only',
);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const camera = text(64);
const coordinate = z.number().min(-65_536).max(65_536);
const box = z
  .tuple([coordinate, coordinate, coordinate, coordinate])
  .refine(([x0, y0, x1, y1]) => x1 > x0 && y1 > y0, 'expected [x0,y0,x1,y1] with x1>x0 and y1>y0');

/**
 * A union would answer "invalid input" and leave the client guessing, so one
 * object takes every key and the check on the combination comes after.
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
  const named = ['sampleId', 'clusterId', 'trackId', 'box'].filter(
    (key) => value[key] !== undefined,
  );
  if (named.length !== 1) return 'expected exactly one of sampleId, clusterId, trackId, box';
  const inPicture = named[0] === 'trackId' || named[0] === 'box';
  if (inPicture && value['camera'] === undefined) return `expected camera beside ${named[0] ?? ''}`;
  if (!inPicture && value['camera'] !== undefined) return 'camera goes with trackId or box only';
  if (named[0] !== 'box' && value['frame'] !== undefined) return 'frame goes with box only';
  return null;
}

/** Every message may carry an id, which its answer repeats, and the name of who says it. */
const envelope = { id: text(64).optional(), by: text(64).optional() };

const commandOptions = [
  z.strictObject({ ...envelope, command: z.literal('label'), class: className, target }),
  z.strictObject({ ...envelope, command: z.literal('notA'), class: className, target }),
  z.strictObject({ ...envelope, command: z.literal('dismiss'), target }),
  z.strictObject({ ...envelope, command: z.literal('undo'), labelId: text(64).optional() }),
  z.strictObject({ ...envelope, command: z.literal('rollback'), version: count.optional() }),
  z.strictObject({ ...envelope, command: z.literal('pause'), camera: camera.optional() }),
  z.strictObject({ ...envelope, command: z.literal('resume'), camera: camera.optional() }),
] as const;

const messageTypes = z.array(z.enum(EVENT_TYPES)).max(EVENT_TYPES.length);
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

/** What a WebSocket client may say besides the commands. */
export const SUBSCRIPTION_NAMES = ['subscribe', 'unsubscribe'] as const;

const commandSchema = z.discriminatedUnion('command', commandOptions);
const clientSchema = z.discriminatedUnion('command', [...commandOptions, ...subscriptionOptions]);

/** Changes what a WebSocket client receives. */
export type Subscription = z.infer<(typeof subscriptionOptions)[number]>;

export type Parsed<T> =
  | { readonly ok: true; readonly id?: string; readonly by?: string; readonly value: T }
  | { readonly ok: false; readonly id?: string; readonly code: string; readonly message: string };

/**
 * Reads a command that came as JSON text. Never throws: what is wrong comes
 * back as a code and one line that names the path and what was expected there.
 */
export function parseCommand(json: string | Uint8Array): Parsed<Command> {
  return parse(json, commandSchema) as Parsed<Command>;
}

/** Reads what a WebSocket client sends: commands, and `subscribe` and `unsubscribe`. */
export function parseClientMessage(json: string | Uint8Array): Parsed<Command | Subscription> {
  return parse(json, clientSchema) as Parsed<Command | Subscription>;
}

function parse(json: string | Uint8Array, schema: z.ZodType): Parsed<unknown> {
  const bytes = typeof json === 'string' ? Buffer.byteLength(json) : json.byteLength;
  if (bytes > COMMAND_BYTES_MAX) {
    const message = `expected at most ${COMMAND_BYTES_MAX} bytes, got ${bytes}`;
    return { ok: false, code: 'too-large', message };
  }
  let raw: unknown;
  try {
    raw = JSON.parse(typeof json === 'string' ? json : Buffer.from(json).toString('utf8'));
  } catch {
    return { ok: false, code: 'bad-json', message: 'expected one JSON object' };
  }
  const id = idOf(raw);
  const result = schema.safeParse(raw);
  if (!result.success) {
    const message = describe(result.error.issues[0]);
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

/** A refused command still gets its answer under its own id, when it has a usable one. */
function idOf(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null || !('id' in raw)) return undefined;
  return typeof raw.id === 'string' && raw.id.length >= 1 && raw.id.length <= 64
    ? raw.id
    : undefined;
}

function describe(issue: z.core.$ZodIssue | undefined): string {
  if (issue === undefined) return 'expected a command';
  const path = issue.path.length === 0 ? 'message' : issue.path.join('.');
  if (issue.path[0] === 'command' && issue.code === 'invalid_union') {
    return `command: expected one of ${COMMAND_NAMES.join(', ')}`;
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
 * One message's JSON after its opening brace. It is made once for all clients,
 * and each client's `envelope` puts its own sequence number in front.
 */
export function encodeBody(message: object): string {
  return JSON.stringify(message).slice(1);
}

/** Puts protocol version and sequence number before a body from `encodeBody`. */
export function encodeEnvelope(seq: number, body: string): string {
  const separator = body === '}' ? '' : ',';
  return `{"v":${PROTOCOL_VERSION},"seq":${seq}${separator}${body}`;
}

const PICTURE_MAGIC = 0x4c;

/**
 * Lays a picture out as one binary message: byte 0 the letter `L`, byte 1 the
 * protocol version, byte 2 the length n of the camera's name, n bytes of UTF-8,
 * the frame as a big-endian uint32, timestampMs as a big-endian float64, then
 * the JPEG up to the end. Names above 255 bytes are cut.
 */
export function encodePicture(
  camera: string,
  frame: number,
  timestampMs: number,
  jpeg: Uint8Array,
): Buffer {
  const name = Buffer.from(camera, 'utf8').subarray(0, 255);
  const message = Buffer.allocUnsafe(15 + name.length + jpeg.byteLength);
  message.writeUInt8(PICTURE_MAGIC, 0);
  message.writeUInt8(PROTOCOL_VERSION, 1);
  message.writeUInt8(name.length, 2);
  message.set(name, 3);
  message.writeUInt32BE(frame >>> 0, 3 + name.length);
  message.writeDoubleBE(timestampMs, 7 + name.length);
  message.set(jpeg, 15 + name.length);
  return message;
}
