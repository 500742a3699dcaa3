import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { describeProblems, type SubstitutedPaths } from './config-problems.ts';
import type { JsonSchema } from './json-schema.ts';
import { cameraNameSchema, cameraSchema, worldSchema } from './schema/camera-schema.ts';
import { detectSchema, trackSchema } from './schema/detection-schema.ts';
import {
  discoverSchema,
  learnSchema,
  rememberSchema,
  swapSchema,
} from './schema/learning-schema.ts';
import { dashboardSchema, logSchema, natsSchema, stateSchema } from './schema/service-schema.ts';

const configSchema = z
  .strictObject({
    seed: z
      .int()
      .min(0)
      .max(0xffff_ffff)
      .default(1)
      .describe('Seed of all random number generators.'),
    cameras: z
      .record(cameraNameSchema, cameraSchema)
      .refine((cameras) => Object.values(cameras).some(({ enabled }) => enabled), {
        error: 'expected at least one enabled camera',
      })
      .prefault({ world: { source: 'world' } })
      .describe('The cameras, by name.'),
    detect: detectSchema.prefault({}).describe('The detector.'),
    track: trackSchema.prefault({}).describe('Tracking of objects across frames.'),
    discover: discoverSchema.prefault({}).describe('Discovery of unknown objects.'),
    remember: rememberSchema.prefault({}).describe('The sample memory.'),
    learn: learnSchema.prefault({}).describe('The learner.'),
    swap: swapSchema.prefault({}).describe('The gate that every new head must pass.'),
    state: stateSchema.prefault({}).describe('State that outlives the process.'),
    dashboard: dashboardSchema
      .prefault({})
      .describe('The dashboard, the WebSocket and the health endpoints.'),
    nats: natsSchema.prefault({}).describe('The NATS sink.'),
    log: logSchema.prefault({}).describe('Logging, to standard error.'),
    world: worldSchema.prefault({}).describe('The simulated camera.'),
  })
  .describe('Configuration of lifelens.');

type Immutable<T> = T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

/** A configuration with every default filled in; deeply frozen. */
export type Config = Immutable<z.output<typeof configSchema>>;
/** A configuration as written: omitted fields get their defaults. */
export type ConfigInput = Immutable<z.input<typeof configSchema>>;
/** The configuration of one camera. */
export type CameraConfig = Config['cameras'][string];

/**
 * Validates `input` and fills in the defaults.
 *
 * `substituted` holds the paths whose text comes from the environment, which error messages
 * do not quote. `file` is named in them.
 *
 * @throws ConfigError with code `invalid`, listing every problem.
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

/** The JSON Schema (2020-12) of a configuration file, for editors and documentation. */
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

/** The configuration of an empty file: every default, and the simulated camera. */
export const configDefaults: Config = parseConfig({});
