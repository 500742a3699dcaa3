import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** One name that a subpath of the package exports. */
export interface PublicName {
  readonly name: string;
  /** The symbol behind re-exports. */
  readonly symbol: ts.Symbol;
  readonly kind: 'value' | 'type';
}

/** One subpath of the package, such as `lifelens/sources`, with its names in alphabetical order. */
export interface Subpath {
  readonly specifier: string;
  readonly names: readonly PublicName[];
}

/** The public API as the TypeScript compiler reads it. */
export interface PublicProgram {
  readonly program: ts.Program;
  readonly subpaths: readonly Subpath[];
}

/** Reads the sources behind the `exports` of package.json. */
export function openPublicProgram(): PublicProgram {
  const entries = publicEntries();
  const program = createProgram([...entries.values()]);
  const checker = program.getTypeChecker();
  const subpaths = [...entries].map(([specifier, file]) => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${specifier} has no module at ${file}`);
    const names = checker
      .getExportsOfModule(module)
      .map((exported) => publicName(exported, checker));
    return { specifier, names: names.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  });
  return { program, subpaths };
}

/** Type-checks sources that are not on disk, by name, and lists what is wrong with them. */
export function checkSources(
  { program }: PublicProgram,
  sources: ReadonlyMap<string, string>,
): readonly string[] {
  const virtual = new Map([...sources].map(([name, text]) => [join(root, 'examples', name), text]));
  const host = ts.createCompilerHost(program.getCompilerOptions());
  const disk = { ...host };
  host.fileExists = (file) => virtual.has(file) || disk.fileExists(file);
  host.readFile = (file) => virtual.get(file) ?? disk.readFile(file);
  host.getSourceFile = (file, options, ...rest) => {
    const text = virtual.get(file);
    if (text !== undefined) return ts.createSourceFile(file, text, options);
    return program.getSourceFile(file) ?? disk.getSourceFile(file, options, ...rest);
  };
  const checked = ts.createProgram([...virtual.keys()], program.getCompilerOptions(), host);
  return [...virtual.keys()].flatMap((file) => {
    const source = checked.getSourceFile(file);
    const problems = [
      ...checked.getSyntacticDiagnostics(source),
      ...checked.getSemanticDiagnostics(source),
    ];
    return problems.map(
      ({ messageText }) =>
        `${file.slice(root.length)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
}

/** Source files by the specifier that users import. */
function publicEntries(): ReadonlyMap<string, string> {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  };
  return new Map(
    Object.entries(exports).flatMap(([path, target]) => {
      if (typeof target === 'string') return [];
      const source = target.default.replace('./dist/', '').replace(/\.js$/, '.ts');
      return [[join(name, path), join(root, source)]];
    }),
  );
}

function createProgram(files: string[]): ts.Program {
  const path = join(root, 'tsconfig.json');
  const { config } = ts.readConfigFile(path, (file) => ts.sys.readFile(file)) as {
    config: unknown;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(path));
  return ts.createProgram(files, {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    removeComments: true,
    rootDir: root,
  });
}

function publicName(exported: ts.Symbol, checker: ts.TypeChecker): PublicName {
  const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
  const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
  const isValue = (symbol.flags & ts.SymbolFlags.Value) !== 0;
  return { name: exported.name, symbol, kind: isValue ? 'value' : 'type' };
}
