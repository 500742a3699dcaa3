import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';

// `tsx deploy/scripts/take-dashboard-picture.ts [SECONDS]` writes docs/images/dashboard.png: the
// dashboard after SECONDS (80) of the simulated camera. Needs Chromium and an idle machine.
const seconds = Number(process.argv[2] ?? 80);
const target = fileURLToPath(new URL('../../docs/images/dashboard.png', import.meta.url));
const launcher = fileURLToPath(new URL('../../pipeline/bin.js', import.meta.url));

const lifelens = spawn(process.execPath, [launcher, 'run', '--port', '0'], {
  stdio: ['ignore', 'ignore', 'pipe'],
});
const exited = once(lifelens, 'exit');
const profile = await mkdtemp(join(tmpdir(), 'lifelens-picture-'));
try {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    headless: true,
    chromiumSandbox: false,
    viewport: { width: 1440, height: 900 },
    args: ['--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync'],
  });
  const page = await context.newPage();
  await page.goto(await addressOf(lifelens.stderr));
  await page.waitForTimeout(1000 * seconds);
  const picture = await page.screenshot();
  await sharp(picture).png({ palette: true, quality: 92, effort: 9 }).toFile(target);
  await context.close();
} finally {
  lifelens.kill('SIGINT');
  await exited;
  await rm(profile, { recursive: true, force: true });
}

/**
 * Finds the dashboard's address in the log; keeps reading, since a closed pipe would end lifelens.
 */
function addressOf(log: Readable): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    log.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-4096);
      const found = /dashboard at (http:\/\/\S+?\/)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    });
    log.once('end', () => reject(new Error(`lifelens exited: ${text}`)));
  });
}
