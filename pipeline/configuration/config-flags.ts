import { substituteEnvironment } from './config-environment.ts';
import { ConfigError } from './config-error.ts';
import { parseConfig, type Config } from './config.ts';
import { readConfigFile, type ConfigFileContents } from './config-file.ts';

/** The flags of any command that override fields of the configuration. */
export interface ConfigFlags {
  readonly config?: string;
  readonly source?: string;
  readonly fast?: boolean;
  readonly loop?: boolean;
  readonly fps?: number;
  readonly size?: Config['detect']['size'];
  readonly shape?: Config['detect']['shape'];
  readonly model?: string;
  readonly format?: Config['detect']['format'];
  readonly names?: string;
  readonly encoder?: string;
  readonly cropSize?: Config['detect']['cropSize'];
  readonly engine?: Config['detect']['engine'];
  readonly threads?: Config['detect']['threads'];
  readonly workers?: Config['detect']['workers'];
  readonly strategy?: string;
  readonly state?: string;
  readonly seed?: number;
  readonly dashboard?: boolean;
  readonly port?: number;
  readonly logLevel?: Config['log']['level'];
}

/** The flags of a command on its detector, its encoder, and their views. */
export type SeeingFlags = Pick<
  ConfigFlags,
  'size' | 'shape' | 'model' | 'format' | 'names' | 'encoder' | 'cropSize' | 'engine'
>;

type Mapping = Record<string, unknown>;

/**
 * Builds the configuration of a command: its `--config` file, if any, overridden by its flags.
 *
 * `--source` replaces all cameras of the file, and may refer to the environment as the file does;
 * `--fast`, `--loop` and `--fps` apply to each camera.
 *
 * @throws ConfigError when the file or the flags violate the schema.
 */
export async function configFromFlags(
  flags: ConfigFlags,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Config> {
  const contents: ConfigFileContents =
    flags.config === undefined
      ? { value: {}, substituted: new Map() }
      : await readConfigFile(flags.config, environment);
  const merged = overrideWithFlags(contents.value as Mapping, {
    ...flags,
    ...sourceOf(flags, environment),
  });
  return parseConfig(merged, contents.substituted, flags.config ?? null);
}

/** The `--source` flag with its references to the environment replaced. */
function sourceOf(
  { source }: ConfigFlags,
  environment: Readonly<Record<string, string | undefined>>,
): Pick<ConfigFlags, 'source'> {
  if (source === undefined) return {};
  const { value, problems } = substituteEnvironment({ '--source': source }, environment, {});
  if (problems.length > 0) throw new ConfigError('invalid', problems, null);
  return { source: (value as Record<'--source', string>)['--source'] };
}

function overrideWithFlags(input: Mapping, flags: ConfigFlags): Mapping {
  const merged: Mapping = { ...input, ...present({ seed: flags.seed }) };
  const override = (section: string, fields: Mapping): void => {
    const given = present(fields);
    if (Object.keys(given).length === 0) return;
    // A section that is not a mapping stays as it is, so that the schema reports it.
    const written = merged[section] ?? {};
    if (isMapping(written)) merged[section] = { ...written, ...given };
  };
  const { size, shape, model, format, names, encoder, cropSize, engine } = flags;
  const models = { size, shape, model, format, names, encoder, cropSize, engine };
  override('detect', { ...models, threads: flags.threads, workers: flags.workers });
  override('learn', { strategy: flags.strategy });
  override('state', { dir: flags.state });
  override('dashboard', {
    port: flags.port,
    // `--no-dashboard` disables it; without the flag the file decides.
    enabled: flags.dashboard === false ? false : undefined,
  });
  override('log', { level: flags.logLevel });
  merged['cameras'] = camerasOf(input['cameras'], flags);
  return merged;
}

function camerasOf(written: unknown, flags: ConfigFlags): unknown {
  let cameras = written ?? { world: { source: 'world' } };
  if (flags.source !== undefined) {
    const name = flags.source === 'world' ? 'world' : 'camera';
    cameras = { [name]: { source: flags.source } };
  }
  const fields = present({
    fps: flags.fps,
    loop: flags.loop,
    pace: flags.fast === true ? 'demand' : undefined,
  });
  if (!isMapping(cameras)) return cameras;
  const overridden = Object.entries(cameras).map(([name, camera]) => [
    name,
    isMapping(camera) ? { ...camera, ...fields } : camera,
  ]);
  return Object.fromEntries(overridden) as unknown;
}

function present(fields: Mapping): Mapping {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
