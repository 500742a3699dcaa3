import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasChromium, openChromium } from './chromium.ts';
import { FakeLifelens } from './fake-lifelens.ts';
import { FakeWorld } from './fake-world.ts';

const pollOptions = { timeout: 10_000 };

let world: FakeWorld;
let context: BrowserContext;
let closeBrowser: () => Promise<void>;
let lifelens: FakeLifelens;
let page: Page;
let pageErrors: string[] = [];

describe.skipIf(!hasChromium)('the dashboard', () => {
  beforeAll(async () => {
    world = await FakeWorld.create();
    ({ context, close: closeBrowser } = await openChromium());
  });

  afterAll(() => closeBrowser());

  beforeEach(async () => {
    lifelens = new FakeLifelens(world);
    await lifelens.start();
    page = await context.newPage();
    pageErrors = [];
    page.on('pageerror', (error) => pageErrors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') pageErrors.push(message.text());
    });
    page.on('dialog', (dialog) => {
      pageErrors.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(lifelens.url);
    await page.waitForSelector('#status[data-state=open]');
  });

  afterEach(async () => {
    await page.close();
    await lifelens.stop();
  });

  /** The frame number of the shown picture. */
  const shownFrame = async (): Promise<number> =>
    Number(await page.locator('#picture').getAttribute('data-frame'));

  /** The canvas's content as a data URL. */
  const pixels = (): Promise<string> =>
    page.evaluate('document.getElementById("picture").toDataURL("image/jpeg", 0.3)');

  /** Waits until an expression is true in the page, whose policy forbids injected polling. */
  const holds = (expression: string): Promise<void> =>
    expect.poll(() => page.evaluate(expression), pollOptions).toBe(true);

  const waitForFrames = async (): Promise<void> => {
    await page.waitForSelector('#picture[data-frame]');
    const before = await shownFrame();
    await holds(`Number(document.getElementById("picture").dataset.frame) > ${before + 3}`);
  };

  it('shows a moving live picture, with its boxes counted by kind', async () => {
    await waitForFrames();
    const before = await pixels();
    expect(before.length).toBeGreaterThan(5_000);
    await waitForFrames();
    expect(await pixels()).not.toBe(before);
    const counts = await page.locator('#legend b').allTextContents();
    expect(counts).toEqual(['3', '1', '2']);
    expect(await page.locator('#stage-note').isVisible()).toBe(false);
    expect(pageErrors).toEqual([]);
  });

  it('subscribes to pictures of the selected camera only', async () => {
    await waitForFrames();
    expect(lifelens.sink.wantsPictures('gate')).toBe(false);
    await page.click('#cameras [data-camera=gate]');
    await expect.poll(() => lifelens.sink.wantsPictures('gate'), pollOptions).toBe(true);
    expect(lifelens.sink.wantsPictures('yard')).toBe(false);
    expect(await page.locator('[data-camera=gate]').getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => lifelens.sink.wantsPictures('yard'), pollOptions).toBe(true);
  });

  it('shows performance, memory, model history and classes', async () => {
    await holds('document.getElementById("fps").textContent !== "–"');
    expect(Number(await page.locator('#fps').textContent())).toBeGreaterThan(20);
    expect(await page.locator('#memory-max').textContent()).toBe('of 16.0 MiB');
    const meter = page.locator('#memory-meter');
    expect(Number(await meter.getAttribute('aria-valuenow'))).toBeGreaterThan(9_000_000);
    expect(await page.locator('#drops-note').textContent()).toBe('busy 118 · late 8');
    expect(await page.locator('#timeline li b').allTextContents()).toEqual([
      'Candidate refused, head 3 stays',
      'Head 3 is live',
      'Learning',
    ]);
    expect(await page.locator('#timeline').textContent()).toContain('label → live 1.2 s');
    const first = page.locator('#classes tr').first();
    expect(await first.textContent()).toMatch(/^traffic cone2093%1,8\d\dChange…$/);
  });

  it('shows the worthiest question first, two that are one as one, and none withdrawn', async () => {
    const cards = '[...document.querySelectorAll(".card")].map((card) => card.dataset.cluster)';
    const areCards = (...ids: string[]) => holds(`${cards}.join() === "${ids.join()}"`);
    await lifelens.addSample('cluster-1', { worth: 0.2 });
    await lifelens.addSample('cluster-2', { worth: 0.6 });
    await lifelens.addSample('cluster-3', { worth: 0.4 });
    await areCards('cluster-2', 'cluster-3', 'cluster-1');
    await lifelens.addSample('cluster-3', { sampleId: 'cluster-1-1', worth: 0.8 });
    await areCards('cluster-3', 'cluster-2');
    await lifelens.addSample('cluster-2', { sampleId: 'cluster-2-1', asked: false });
    await areCards('cluster-3');
  });

  it('shows an unknown as a card and updates it without a reload', async () => {
    expect(await page.locator('#cards-empty').isVisible()).toBe(true);
    await lifelens.addSample('cluster-1');
    await page.waitForSelector('.card[data-cluster=cluster-1] img');
    await lifelens.addSample('cluster-1');
    await holds('document.querySelectorAll(".card img").length === 2');
    expect(await page.locator('.card').count()).toBe(1);
    expect(await page.locator('.card-facts').textContent()).toContain('2 samples on yard');
    const width = 'document.querySelector(".card img").naturalWidth';
    await holds(`${width} === 128`);
  });

  it('labels an unknown: sends the command, shows the answer and the new head', async () => {
    for (let i = 0; i < 3; i++) await lifelens.addSample('cluster-1');
    await page.fill('.card input', 'hammer');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.toast:has-text("Labelled “hammer” (3 samples)")');
    expect(lifelens.commands).toEqual([
      [{ command: 'label', class: 'hammer', target: { clusterId: 'cluster-1' } }, 'person'],
    ]);
    await page.waitForSelector('text=Head 4 is live');
    expect(await page.locator('.card').count()).toBe(0);
    await holds('document.querySelector("#legend [data-kind=learned] b").textContent === "2"');
    await page.waitForSelector('#classes th:has-text("hammer")');
    expect(await page.locator('#class-names option[value=hammer]').count()).toBe(1);
    expect(await page.locator('#announcer').textContent()).toContain('Head 4 is live');
  });

  it('undoes a label', async () => {
    await lifelens.addSample('cluster-1');
    await page.fill('.card input', 'hamster');
    await page.click('.card button[value=label]');
    await page.click('.toast button:has-text("Undo")');
    await page.waitForSelector('.card[data-cluster=cluster-1]');
    expect(lifelens.commands.at(-1)?.[0]).toEqual({ command: 'undo', labelId: 'l1' });
  });

  it('labels an unknown as not of a class, and dismisses one', async () => {
    await lifelens.addSample('cluster-1');
    await page.fill('.card input', 'dog');
    await page.click('.card button[value=notA]');
    await page.waitForSelector('.toast:has-text("Not a “dog” (1 samples)")');
    await holds('document.querySelectorAll(".card").length === 0');
    await lifelens.addSample('cluster-2');
    await page.click('.card button[value=dismiss]');
    await holds('document.querySelectorAll(".card").length === 0');
    expect(lifelens.commands.map(([command]) => command.command)).toEqual(['notA', 'dismiss']);
  });

  it('shows why a label was refused, and keeps the card', async () => {
    await lifelens.addSample('cluster-1');
    await page.fill('.card input', 'a\u202Eb');
    await page.click('.card button[value=label]');
    await page.waitForSelector('.card .error:has-text("expected a class name without control")');
    expect(await page.locator('.card').count()).toBe(1);
    expect(lifelens.commands).toEqual([]);
  });

  it('removes a card whose samples no longer exist', async () => {
    await lifelens.addSample('cluster-1');
    await page.waitForSelector('.card');
    lifelens.samples.clear();
    await page.fill('.card input', 'hammer');
    await page.click('.card button[value=label]');
    await page.waitForSelector('.toast[data-kind=error]');
    expect(await page.locator('.card').count()).toBe(0);
  });

  it('labels an object in a drawn box', async () => {
    await waitForFrames();
    const canvas = (await page.locator('#picture').boundingBox())!;
    const at = (x: number, y: number): [number, number] => [
      canvas.x + (canvas.width * x) / 960,
      canvas.y + (canvas.height * y) / 540,
    ];
    await page.click('#mark');
    await page.mouse.move(...at(100, 100));
    await page.mouse.down();
    await page.mouse.move(...at(200, 150), { steps: 4 });
    await page.mouse.move(...at(300, 200), { steps: 4 });
    await page.mouse.up();
    await page.fill('#name-dialog-class', 'window');
    await page.keyboard.press('Enter');
    await expect.poll(() => lifelens.commands.length, pollOptions).toBe(1);
    const [command] = lifelens.commands[0]!;
    expect(command).toMatchObject({
      command: 'label',
      class: 'window',
      target: { camera: 'yard' },
    });
    const { box } = (command as unknown as { target: { box: number[] } }).target;
    for (const [i, expected] of [100, 100, 300, 200].entries()) {
      expect(Math.abs(box[i]! - expected)).toBeLessThanOrEqual(3);
    }
  });

  it('rolls back after a confirmation, and pauses the camera', async () => {
    await page.waitForSelector('#rollback:enabled');
    await page.click('#rollback');
    await page.click('#confirm-dialog button[value=cancel]');
    await page.click('#rollback');
    await page.click('#confirm-dialog button[value=yes]');
    await page.waitForSelector('text=Rolled back to head 2');
    await page.click('#pause');
    await expect.poll(() => lifelens.commands.length, pollOptions).toBe(2);
    expect(lifelens.commands.map(([command]) => command)).toEqual([
      { command: 'rollback' },
      { command: 'pause', camera: 'yard' },
    ]);
  });

  it('shows untrusted names as text, never as markup', async () => {
    const evil = '<img src=x onerror="alert(1)"><script>alert(2)</script>';
    const more = { camera: evil, clusterId: `${evil}"]`, sampleId: evil };
    await lifelens.addSample('cluster-1', { ...more, thumbnail: '"><script>alert(3)</script>' });
    lifelens.sink.publish({
      type: 'model',
      event: 'swapped',
      headVersion: 9,
      classes: [evil],
      timestampMs: 1,
      detail: evil,
      verdicts: [{ class: evil, before: null, after: 1, samples: 1 }],
    });
    lifelens.sink.publish({
      type: 'camera',
      camera: evil,
      state: 'lost',
      detail: evil,
      timestampMs: 1,
    });
    await page.waitForSelector('text=Head 9 is live');
    await waitForFrames();
    expect(await page.locator('#timeline').textContent()).toContain(evil);
    expect(await page.locator('.card-facts').textContent()).toContain(evil);
    expect(await page.locator('img[src=x], main script, .card script').count()).toBe(0);
    // The page's policy would also report a blocked script here.
    expect(pageErrors).toEqual([]);
  });

  it('shows a lost connection and reconnects after a restart', async () => {
    await lifelens.addSample('cluster-1');
    await waitForFrames();
    const { port } = lifelens;
    await lifelens.stop();
    await page.waitForSelector('#banner:has-text("Connection lost")');
    expect(await page.locator('#status').getAttribute('data-state')).not.toBe('open');
    lifelens = new FakeLifelens(world);
    await lifelens.start(port);
    await page.waitForSelector('#status[data-state=open]');
    expect(await page.locator('#banner').isVisible()).toBe(false);
    // The new process has no samples, and its frame numbers start again.
    expect(await page.locator('.card').count()).toBe(0);
    await expect.poll(() => lifelens.sink.wantsPictures('yard'), pollOptions).toBe(true);
    await holds('Number(document.getElementById("picture").dataset.frame) > 0');
    await waitForFrames();
  });

  it('fits a phone: no element is wider than the screen', async () => {
    for (let i = 0; i < 3; i++) await lifelens.addSample('cluster-2');
    await page.setViewportSize({ width: 390, height: 844 });
    await waitForFrames();
    const widest = await page.evaluate('document.documentElement.scrollWidth');
    expect(widest).toBeLessThanOrEqual(390);
    const button = (await page.locator('.card button[value=label]').boundingBox())!;
    expect(button.height).toBeGreaterThanOrEqual(40);
  });

  it('can be used with the keyboard only', async () => {
    await lifelens.addSample('cluster-1');
    await page.waitForSelector('.card');
    for (let presses = 0; presses < 20; presses++) {
      await page.keyboard.press('Tab');
      const inCard = 'document.activeElement.matches(".card input")';
      if (await page.evaluate(inCard)) break;
    }
    await page.keyboard.type('hammer');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await expect
      .poll(() => lifelens.commands[0]?.[0], pollOptions)
      .toMatchObject({ class: 'hammer' });
  });
});
