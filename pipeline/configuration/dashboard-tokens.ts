import { readFile } from 'node:fs/promises';
import { codeOf } from '../../operators/foundation/errors/code-of.ts';
import type { AccessToken } from '../../sinks/http/access-tokens.ts';
import { ConfigError } from './config-error.ts';
import type { Config } from './config.ts';

/** As for a token in the file itself. */
const lengthMin = 8;
const lengthMax = 256;

/**
 * Reads the tokens of `dashboard.tokens` from where the configuration says they are. White space
 * around the token in a file does not count: editors end files with a line break.
 *
 * @throws ConfigError with the path of each token that is missing, too short, or another's as well.
 */
export async function readDashboardTokens(
  { token: single, tokens }: Pick<Config['dashboard'], 'token' | 'tokens'>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly AccessToken[]> {
  const problems: string[] = [];
  const read: AccessToken[] = [];
  const known = new Set<string | null>([single]);
  for (const [index, { name, scope, ...where }] of tokens.entries()) {
    const at = `dashboard.tokens[${index}]`;
    const found = await find(where, environment);
    if ('problem' in found) problems.push(`${at}.${found.problem}`);
    else if (known.has(found.token)) problems.push(`${at}: another token is the same`);
    else read.push({ name, scope, token: found.token });
    if ('token' in found) known.add(found.token);
  }
  if (problems.length > 0) throw new ConfigError('invalid', problems, null);
  return read;
}

async function find(
  where: Pick<Config['dashboard']['tokens'][number], 'token' | 'tokenFile' | 'tokenEnv'>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly token: string } | { readonly problem: string }> {
  const { token, tokenFile, tokenEnv } = where;
  if (token !== undefined) return { token };
  if (tokenEnv !== undefined) {
    const value = environment[tokenEnv];
    return checked(value?.trim(), `tokenEnv: environment variable ${tokenEnv}`);
  }
  try {
    const text = await readFile(tokenFile!, 'utf8');
    return checked(text.trim(), `tokenFile: ${tokenFile!}`);
  } catch (error) {
    return { problem: `tokenFile: ${tokenFile!} can't be read (${codeOf(error)})` };
  }
}

function checked(
  token: string | undefined,
  place: string,
): { readonly token: string } | { readonly problem: string } {
  if (token === undefined) return { problem: `${place} is not set` };
  if (token.length >= lengthMin && token.length <= lengthMax) return { token };
  return {
    problem: `${place}: expected a token of ${lengthMin} to ${lengthMax} characters, got ${token.length}`,
  };
}
