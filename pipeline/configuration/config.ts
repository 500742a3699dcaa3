import { z } from 'zod';
import { defaultStrategy, strategyNames } from '../../operators/learn/strategies/strategy-registry.ts';
import { ConfigError } from './config-error.ts';
import { describeProblems, type SubstitutedPaths } from './config-problems.ts';
import type { JsonSchema } from './json-schema.ts';

const camera = z.strictObject({
  source: z
    .string()
    .min(1)
    .max(4096)
    .describe(
      'What to watch: `world`, a video file, a folder of images, `rtsp://…`, `http://…` or a device such as `/dev/video0`.',
    ),
  enabled: z.boolean().default(true).describe('False leaves this camera out.'),
  fps: z
    .number()
    .min(0.1)
    .max(120)
    .nullable()
    .default(null)
    .describe('Takes at most this many frames a second; null: as many as the source has.'),
  loop: z.boolean().default(false).describe('Starts a file or folder again when it ends.'),
  pace: z
    .enum(['live', 'demand'])
    .default('live')
    .describe(
      '`live`: frames come at their own speed and a busy detector costs frames. `demand`: every frame is taken, as fast as the detector goes.',
    ),
  maxSidePixels: z
    .int()
    .min(160)
    .max(7680)
    .default(1280)
    .describe('Longer side of the picture that is kept for second looks and thumbnails.'),
  poolFrames: z
    .int()
    .min(3)
    .max(64)
    .default(8)
    .describe('Frames that may exist at once; a live camera drops frames beyond it.'),
  stallMs: z
    .int()
    .min(500)
    .max(600_000)
    .default(10_000)
    .describe('A live camera that sends no frame for this long is taken for lost and restarted.'),
});

const cameraName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
    'expected a camera name of 1 to 63 letters, digits, "-" and "_"',
  );

const detect = z.strictObject({
  size: z
    .literal([320, 512])
    .default(320)
    .describe('Side in pixels of the square view the detector sees: 320 is quick, 512 sees more.'),
  engine: z
    .enum(['auto', 'onnx', 'tfjs'])
    .default('auto')
    .describe('Runtime of the detector; `auto` takes the quickest that starts.'),
  threads: z
    .int()
    .min(1)
    .max(64)
    .nullable()
    .default(null)
    .describe('Threads of the detector; null: one fewer than there are cores.'),
  minObjectness: z
    .number()
    .min(0.01)
    .max(1)
    .default(0.1)
    .describe('Places where the detector sees less of an object than this are left out.'),
  maxOverlap: z
    .number()
    .min(0.1)
    .max(1)
    .default(0.6)
    .describe('Boxes that overlap by more (IoU) are one object.'),
  maxPeaks: z.int().min(1).max(1000).default(100).describe('Most places looked at in a frame.'),
});

const track = z.strictObject({
  baseScoreMin: z
    .number()
    .min(0.01)
    .max(1)
    .default(0.35)
    .describe('Score from which on a name of the base model counts, smoothed over frames.'),
  minHits: z
    .int()
    .min(1)
    .max(1000)
    .default(3)
    .describe('Frames an object is seen in before its track is believed.'),
  lostMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(1000)
    .describe('A track ends when its object was not seen for longer.'),
  tracksMax: z.int().min(1).max(4096).default(128).describe('Tracks alive at once in a camera.'),
  lookEveryMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(1000)
    .describe('A second look at a track is repeated after this time, later for one at rest.'),
  looksPerFrame: z
    .int()
    .min(0)
    .max(16)
    .default(2)
    .describe('Most second looks at full resolution in a frame; 0 takes none.'),
});

const discover = z.strictObject({
  noveltyMin: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('Unknown objects less novel than this are not asked about.'),
  doubtShare: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      'An object that the base model names is asked about all the same where that name has less than this share of what the model sees there; 0 doubts no name. 0.3 helps where hardly anything is of a COCO class.',
    ),
  samplesPerTrackMax: z
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe('Samples of one track, spread over its life.'),
  sampleEveryMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(800)
    .describe('Time between two samples of one track.'),
  samplesPerMinute: z
    .int()
    .min(1)
    .max(6000)
    .default(60)
    .describe('Samples of one camera in any minute.'),
  staticSamplesPerMinute: z
    .int()
    .min(0)
    .max(6000)
    .default(6)
    .describe('Of these, samples of things at rest: most of them are furniture.'),
});

const remember = z.strictObject({
  bytesMax: z
    .int()
    .min(256 * 1024)
    .max(16 * 1024 ** 3)
    .default(16 * 1024 ** 2)
    .describe('Cap of the sample memory in bytes; it covers all that a sample costs.'),
  policy: z
    .enum(['balanced', 'reservoir', 'herding'])
    .default('balanced')
    .describe('Which sample goes when the memory is full.'),
  thumbnails: z
    .boolean()
    .default(true)
    .describe('Keeps a small JPEG of every sample for the person who names it.'),
  thumbnailPixels: z.int().min(32).max(256).default(96).describe('Longer side of a thumbnail.'),
});

const learn = z.strictObject({
  strategy: z.enum(strategyNames).default(defaultStrategy).describe('Learning method.'),
  minLabels: z.int().min(1).max(10_000).default(4).describe('New labels that start an update.'),
  maxWaitMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .default(5_000)
    .describe('A single new label starts an update after this wait.'),
  coolDownMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .default(500)
    .describe('Least time from the start of one update to the next.'),
  heldOutShare: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.2)
    .describe('Share of the labelled objects that is only judged on, never trained on.'),
});

const swap = z.strictObject({
  tolerance: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('A new head is refused when any class loses more than this share of its recall.'),
  keepVersions: z
    .int()
    .min(1)
    .max(100)
    .default(20)
    .describe('Newest heads kept for rollback, besides the active one and its parent.'),
});

const names = (what: string) =>
  z.array(z.string().min(1).max(255)).max(64).default([]).describe(what);

const dashboard = z.strictObject({
  enabled: z.boolean().default(true).describe('Serves the page, the WebSocket and /metrics.'),
  host: z
    .string()
    .min(1)
    .max(255)
    .default('127.0.0.1')
    .describe('Address to listen on. Set a token before you leave loopback.'),
  port: z.int().min(0).max(65_535).default(8080).describe('Port; 0 takes any free one.'),
  token: z
    .string()
    .min(8)
    .max(256)
    .nullable()
    .default(null)
    .describe('Secret that clients must show; null: none is asked for.'),
  allowedHosts: names('Names under which a proxy or a DNS entry reaches this server.'),
  allowedOrigins: names('Pages from elsewhere that may connect, `https://name:port`.'),
  clientsMax: z.int().min(1).max(1024).default(32).describe('Clients at once; more are refused.'),
  pictureFps: z
    .number()
    .min(0.1)
    .max(60)
    .default(10)
    .describe('Pictures a second and camera for those who watch; none are made for nobody.'),
});

const optional = (what: string) =>
  z.string().min(1).max(4096).nullable().default(null).describe(what);

const nats = z.strictObject({
  enabled: z.boolean().default(false).describe('Publishes to a NATS broker and takes commands.'),
  servers: z
    .array(z.string().min(1).max(1024))
    .min(1)
    .max(16)
    .default(['nats://127.0.0.1:4222'])
    .describe('Broker addresses, tried in turn.'),
  instance: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, "-" and "_"')
    .default('default')
    .describe('Name of this program in the subjects, `lifelens.<instance>.…`.'),
  user: optional('User name.'),
  password: optional('Password; take it from the environment, `${NATS_PASSWORD}`.'),
  token: optional('Token, instead of user and password.'),
  credsFile: optional('A `.creds` file with JWT and seed, instead of user and password.'),
  tls: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Encrypts the connection.'),
      caFile: optional('Authority to trust; null: those of the system.'),
      certFile: optional('Certificate that this client shows.'),
      keyFile: optional('Key of that certificate.'),
    })
    .prefault({})
    .describe('Encryption.'),
  thumbnails: z
    .boolean()
    .default(false)
    .describe('Publishes samples with their thumbnails; otherwise pictures stay on the machine.'),
});

const log = z.strictObject({
  level: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'])
    .default('info')
    .describe('How much to log.'),
  format: z
    .enum(['auto', 'pretty', 'json'])
    .default('auto')
    .describe('`auto`: pretty on a terminal, JSON lines elsewhere.'),
});

const world = z.strictObject({
  labelDelayMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(3_000)
    .describe('Virtual time after which the simulation names an unknown from its ground truth.'),
});

/** The schema of a configuration file; every field has a description, bounds and a default. */
export const configSchema = z
  .strictObject({
    seed: z.int().min(0).max(0xffff_ffff).default(1).describe('Seed of everything random.'),
    cameras: z
      .record(cameraName, camera)
      .refine((cameras) => Object.values(cameras).some(({ enabled }) => enabled), {
        error: 'expected at least one enabled camera',
      })
      .prefault({ world: { source: 'world' } })
      .describe('The cameras, by name.'),
    detect: detect.prefault({}).describe('The detector.'),
    track: track.prefault({}).describe('Following objects from frame to frame.'),
    discover: discover.prefault({}).describe('Noticing unknown objects.'),
    remember: remember.prefault({}).describe('The sample memory.'),
    learn: learn.prefault({}).describe('The learner.'),
    swap: swap.prefault({}).describe('The gate before a new head goes live.'),
    state: z
      .strictObject({
        dir: z
          .string()
          .min(1)
          .max(4096)
          .nullable()
          .default(null)
          .describe(
            'Folder for heads, samples and learner, taken up again at the next start; null: nothing is kept. Relative to the working directory.',
          ),
      })
      .prefault({})
      .describe('What outlives the process.'),
    dashboard: dashboard.prefault({}).describe('The page, the WebSocket and the health endpoints.'),
    nats: nats.prefault({}).describe('The NATS sink.'),
    log: log.prefault({}).describe('Logging, to standard error.'),
    world: world.prefault({}).describe('The simulated camera.'),
  })
  .describe('Configuration of lifelens.');

type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

/** A configuration with every default filled in; frozen all the way down. */
export type Config = Immutable<z.output<typeof configSchema>>;
/** One camera's part of a {@link Config}. */
export type CameraConfig = Config['cameras'][string];

/**
 * Checks `input` and fills in the defaults.
 *
 * Text that came from the environment may stand for a number or a boolean where the
 * schema wants one.
 *
 * @throws ConfigError with code `invalid`, naming every problem at once.
 */
export function parseConfig(
  input: unknown,
  substituted: SubstitutedPaths = new Map(),
  file: string | null = null,
): Config {
  const result = configSchema.safeParse(input ?? {});
  if (!result.success) {
    const problems = describeProblems(result.error.issues, configJsonSchema(), input, substituted);
    throw new ConfigError('invalid', problems, file);
  }
  return deepFreeze(result.data);
}

let jsonSchema: JsonSchema | undefined;

/** The JSON Schema (2020-12) of a configuration file: what editors complete and check against. */
export function configJsonSchema(): JsonSchema {
  jsonSchema ??= z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema;
  return jsonSchema;
}

function deepFreeze<T>(value: T): Immutable<T> {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value as Immutable<T>;
}
