import { readFileSync } from 'node:fs';

/** The version in package.json, which lies above this folder in a checkout as in a package. */
export function readVersion(): string {
  const url = new URL('../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(url, 'utf8')) as { version: string };
  return version;
}
