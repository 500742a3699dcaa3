#!/usr/bin/env node
// Starts the program: the compiled one of an installed package, or the sources of a checkout.
// Uses only syntax of old Node versions, so that they can report that they are too old.
import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 9)) {
  fail(`lifelens needs Node 20.9 or newer; this is ${process.versions.node}`);
} else {
  // A package ships no main.ts; a checkout has it, and possibly an outdated dist/.
  const source = new URL('./command-line/main.ts', import.meta.url);
  const isCheckout = existsSync(source);
  const main = await load(
    isCheckout ? source : new URL('../dist/pipeline/command-line/main.js', import.meta.url),
    isCheckout,
  );
  // main prints its errors and sets the exit code itself.
  if (main !== null) await main(process.argv.slice(2));
}

async function load(entry, isCheckout) {
  try {
    if (isCheckout) {
      const { register } = await import('tsx/esm/api');
      register();
    }
    return (await import(entry.href)).main;
  } catch (error) {
    if (error === null || error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    fail(`${String(error.message).split('\n')[0]}; run \`npm ci\` first`);
    return null;
  }
}

function fail(reason) {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
}
