import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (name: string) => readFileSync(`${root}${name}`, 'utf8');
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'deploy', 'examples']
    .filter((folder) => existsSync(`${root}${folder}`))
    .flatMap((folder) =>
      readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
        .map((name) => posix.join(folder, ...name.split(/[\\/]/)))
        .filter((name) => name.endsWith('.md')),
    ),
];

/** Paths that documents name although no checkout has them. */
const createdByUsers = ['deploy/.env'];

/** Paths in backticks. `*` and `<…>` stand for a name, so such a path is none of a single file. */
function pathsIn(text: string): string[] {
  const named = /`((?:pipeline|operators|sinks|deploy|test|examples|docs)\/[^`\s*<]*)`/g;
  return [...text.matchAll(named)].map(([, path = '']) => path);
}

/** Relative links: the path from the root, and the heading that is linked to or an empty string. */
function linksIn(name: string, text: string) {
  const links = [...text.matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
  return links.map(([, path = '', heading = '']) => ({
    path: path === '' ? name : posix.join(posix.dirname(name), path),
    heading,
  }));
}

/** The names by which GitHub links to the headings of a document. */
function headingsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) => title);
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe.each(documents)('%s', (name) => {
  const text = read(name);
  const exists = (path: string) => existsSync(`${root}${path}`);

  test('names files and folders that exist', () => {
    const missing = pathsIn(text).filter((path) => !exists(path));
    expect(missing.filter((path) => !createdByUsers.includes(path))).toEqual([]);
  });

  test('links to files and headings that exist', () => {
    const broken = linksIn(name, text).filter(
      ({ path, heading }) =>
        !exists(path) || (heading !== '' && !headingsOf(read(path)).has(heading)),
    );
    expect(broken).toEqual([]);
  });
});
