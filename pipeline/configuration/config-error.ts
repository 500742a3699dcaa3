import type { ErrorCode } from '../../operators/foundation/errors/error-codes.ts';

/**
 * An unusable configuration. `message` has one line per problem, each starting with the file name.
 *
 * `missing`: the file does not exist. `unreadable`: it cannot be read. `syntax`: it is neither
 * YAML nor JSON. `invalid`: it violates the schema.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: ErrorCode<'ConfigError'>;
  /** One line each: path, expected value, actual value. */
  readonly problems: readonly string[];
  readonly file: string | null;

  constructor(
    code: ConfigError['code'],
    problems: readonly string[],
    file: string | null,
    options?: ErrorOptions,
  ) {
    const lead = file === null ? '' : `${file}: `;
    super(problems.map((problem) => lead + problem).join('\n'), options);
    this.code = code;
    this.problems = problems;
    this.file = file;
  }
}
