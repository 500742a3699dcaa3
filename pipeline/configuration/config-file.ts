import { readFile, stat } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import { withoutSecrets } from '../../operators/foundation/secrets/shown-address.ts';
import { configJsonSchema, parseConfig, type Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import { substituteEnvironment } from './config-environment.ts';

/** Larger files are refused: nobody writes that much configuration by hand. */
export const fileBytesMax = 1024 * 1024;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads a YAML or JSON configuration file; references to variables are resolved in `environment`.
 *
 * @throws ConfigError naming the file and the line and column, or the path, of every problem.
 */
export async function loadConfig(file: string, environment: Environment): Promise<Config> {
  const { value, substituted } = await readConfigFile(file, environment);
  return parseConfig(value, substituted, file);
}

/** The contents of a configuration file, with environment references replaced and no defaults. */
export interface ConfigFileContents {
  readonly value: unknown;
  readonly substituted: ReadonlyMap<string, string>;
}

/** Reads a file as {@link loadConfig} does, without validation, so that flags can override it. */
export async function readConfigFile(
  file: string,
  environment: Environment,
): Promise<ConfigFileContents> {
  const input = parseText(await readText(file), file);
  if (input !== null && (typeof input !== 'object' || Array.isArray(input))) {
    throw new ConfigError('invalid', ['expected a mapping of keys to values'], file);
  }
  const { value, substituted, problems } = substituteEnvironment(
    input ?? {},
    environment,
    configJsonSchema(),
  );
  if (problems.length > 0) throw new ConfigError('invalid', problems, file);
  return { value, substituted };
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > fileBytesMax) {
      const problem = `expected at most ${fileBytesMax} bytes, got ${size}`;
      throw new ConfigError('unreadable', [problem], file);
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw new ConfigError('missing', ['no such file'], file, { cause: error });
    const reasons: Record<string, string> = {
      EISDIR: 'is a folder, expected a file',
      EACCES: 'may not be read (permission denied)',
    };
    const reason = reasons[code ?? ''] ?? `can't be read (${code ?? String(error)})`;
    throw new ConfigError('unreadable', [reason], file, { cause: error });
  }
}

/** Reads JSON as YAML, of which it is a subset: one parser, one style of message. */
function parseText(text: string, file: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false, merge: true });
  const problems = [...document.errors, ...document.warnings].map(({ message, pos }) => {
    const { line, col } = lineCounter.linePos(pos[0]);
    return `${line}:${col}: ${withoutSecrets(message)}`;
  });
  if (problems.length > 0) throw new ConfigError('syntax', problems.slice(0, 1), file);
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    const problem = withoutSecrets((error as Error).message);
    throw new ConfigError('syntax', [problem], file, { cause: error });
  }
}
