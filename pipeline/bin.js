#!/usr/bin/env node
// Starts the program: the compiled one of an installed package, or the sources of a checkout.
// Syntax that old versions of Node read too, so that they can say what is missing.
import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 9)) {
  process.stderr.write(`lifelens needs Node 20.9 or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  // A package ships main.js and no main.ts, a checkout has main.ts and perhaps a stale dist/.
  const source = new URL('./main.ts', import.meta.url);
  const isCheckout = existsSync(source);
  if (isCheckout) {
    const { register } = await import('tsx/esm/api');
    register();
  }
  const entry = isCheckout ? source : new URL('../dist/pipeline/main.js', import.meta.url);
  const { main } = await import(entry.href);
  await main(process.argv.slice(2));
}
