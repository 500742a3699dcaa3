import ts from 'typescript';
import type { PublicProgram } from './public-program.ts';

/** The `@example` blocks of all public names, as files named after them. */
export function docExamples({ program, subpaths }: PublicProgram): ReadonlyMap<string, string> {
  const checker = program.getTypeChecker();
  const examples = subpaths.flatMap(({ names }) =>
    names.flatMap(({ name, symbol }) =>
      symbol
        .getJsDocTags(checker)
        .filter((tag) => tag.name === 'example')
        // An export makes it a module, so that its names are its own.
        .map(
          ({ text }, i) =>
            [`${name}-${i + 1}.ts`, `${ts.displayPartsToString(text)}\nexport {};\n`] as const,
        ),
    ),
  );
  return new Map(examples);
}
