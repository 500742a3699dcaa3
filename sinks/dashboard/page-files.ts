import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface PageFile {
  readonly contentType: string;
  readonly etag: string;
  readonly bytes: Buffer;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * Reads the dashboard's files into memory, keyed by URL path; `/` is `index.html`.
 * They are plain ES modules and style sheets and need no build.
 */
export async function loadPageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const folder = fileURLToPath(new URL('./page/', import.meta.url));
  const files = new Map<string, PageFile>();
  for (const name of await readdir(folder, { recursive: true })) {
    const contentType = contentTypes[extname(name)];
    if (contentType === undefined) continue;
    const bytes = await readFile(join(folder, name));
    const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`;
    const file = { contentType, etag, bytes };
    files.set(`/${name.split(sep).join('/')}`, file);
    if (name === 'index.html') files.set('/', file);
  }
  return files;
}
