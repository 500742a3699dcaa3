import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Source folders that the package is built from, and folders below them that it leaves out. */
export interface PackageFolders {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** Files other than TypeScript that are read at run time. */
const asset = /\.(js|html|css|svg|json)$/;
/** The launcher stays outside dist/: it chooses between dist/ and the sources. */
const launcher = 'pipeline/bin.js';

/** Reads the folders from tsconfig.build.json, so that code and assets follow the same rule. */
export function packageFolders(root: string): PackageFolders {
  const text = readFileSync(join(root, 'tsconfig.build.json'), 'utf8');
  return JSON.parse(text) as PackageFolders;
}

/** Lists the assets of the package, relative to `root`, in order. */
export function assetsOf(root: string, { include, exclude }: PackageFolders): string[] {
  return include
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(folder, name),
      ),
    )
    .filter((file) => asset.test(file) && file !== launcher)
    .filter((file) => !exclude.some((folder) => file.startsWith(`${folder}/`)))
    .sort();
}
