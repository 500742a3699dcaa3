/**
 * A configuration that can't be used. `message` has a line a problem, each led by the file's name.
 *
 * `missing`: no such file. `unreadable`: it can't be read. `syntax`: neither YAML nor JSON.
 * `invalid`: it breaks the schema.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: 'missing' | 'unreadable' | 'syntax' | 'invalid';
  /** One line each: path, expectation, what was there. */
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
