import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lifelens } from '../../pipeline/laboratory/benchmarks/rig/lifelens-process.ts';
import { hasChromium, openChromium } from './chromium.ts';

let folder: string;
let lifelens: Lifelens;
let context: BrowserContext;
let closeBrowser: () => Promise<void>;
let page: Page;
const pageErrors: string[] = [];

describe.skipIf(!hasChromium)('the dashboard of a running lifelens', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lifelens-live-'));
    // The simulated annotator waits for an hour, so that all labels come from the page.
    const config = 'world: { labelDelayMs: 3600000 }\nlearn: { maxWaitMs: 500 }\n';
    await writeFile(join(folder, 'quiet.yaml'), config);
    lifelens = new Lifelens(['run', '--config', 'quiet.yaml', '--port', '0'], { cwd: folder });
    const url = await lifelens.url();
    ({ context, close: closeBrowser } = await openChromium());
    page = await context.newPage();
    page.on('pageerror', (error) => pageErrors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') pageErrors.push(message.text());
    });
    await page.goto(url);
  });

  afterAll(async () => {
    await closeBrowser();
    await lifelens.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  const text = (selector: string): Promise<string> =>
    page
      .locator(selector)
      .allTextContents()
      .then((texts) => texts.join('\n'));

  it('shows moving frames', async () => {
    await page.waitForSelector('#status[data-state=open]');
    await page.waitForSelector('#picture[data-frame]');
    const shown = async () => ({
      frame: Number(await page.locator('#picture').getAttribute('data-frame')),
      pixels: await page.evaluate('document.getElementById("picture").toDataURL("image/jpeg")'),
    });
    const before = await shown();
    await expect
      .poll(async () => (await shown()).frame, { timeout: 15_000 })
      .toBeGreaterThan(before.frame + 10);
    expect((await shown()).pixels).not.toBe(before.pixels);
    expect(Number(await text('#fps'))).toBeGreaterThan(1);
  });

  it('labels an unknown, which is learned and listed among the classes', async () => {
    // Each card is an unknown; the first one gets a new class.
    const card = page.locator('.card[data-cluster]').first();
    await card.waitFor({ timeout: 60_000 });
    expect(await card.locator('img').count()).toBeGreaterThan(0);
    await card.locator('input').fill('thing of the garden');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.toast:has-text("Labelled “thing of the garden”")');
    await page.waitForSelector('#timeline li:has-text("Head 1 is live")', { timeout: 30_000 });
    await page.waitForSelector('#classes tr:has-text("thing of the garden")');
    expect(await text('#timeline')).toContain('label → live');
    expect(pageErrors).toEqual([]);
  });

  it('shows the end of the program, which exits cleanly', async () => {
    const { code, errorLines, orphans } = await lifelens.stop('SIGINT');
    expect({ code, errorLines, orphans }).toEqual({ code: 0, errorLines: [], orphans: [] });
    await page.waitForSelector('#status:not([data-state=open])');
  });
});
