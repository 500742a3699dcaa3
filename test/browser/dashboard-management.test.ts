import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasChromium, openChromium } from './chromium.ts';
import { FakeLifelens } from './fake-lifelens.ts';
import { FakeWorld } from './fake-world.ts';
import type { Scope } from '../../sinks/principal.ts';

const pollOptions = { timeout: 10_000 };

let world: FakeWorld;
let context: BrowserContext;
let closeBrowser: () => Promise<void>;
let lifelens: FakeLifelens;
let page: Page;
let pageErrors: string[] = [];

describe.skipIf(!hasChromium)('managing on the dashboard', () => {
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

  it('keeps a card on which a name is typed while somebody else labels it', async () => {
    await lifelens.addSample('c1');
    const input = page.locator('[data-cluster=c1] input');
    await input.fill('brid');
    const labelled = (sample: string) =>
      lifelens.addSample('c1', { sampleId: sample, label: 'cat' });
    await labelled('c1-1');
    const facts = page.locator('[data-cluster=c1] .card-facts');
    await expect.poll(() => facts.textContent(), pollOptions).toContain('Labelled “cat” meanwhile');
    expect(await input.inputValue()).toBe('brid');
    // Nor does it go where the focus is elsewhere.
    await input.blur();
    expect(await input.count()).toBe(1);
    await input.fill('bird');
    await page.keyboard.press('Enter');
    await expect.poll(() => input.count(), pollOptions).toBe(0);
    expect(lifelens.commands.at(-1)![0]).toMatchObject({
      command: 'label',
      class: 'bird',
      target: { clusterId: 'c1' },
    });
  });

  it('lets a card go that is labelled elsewhere, once it is left without a name', async () => {
    await lifelens.addSample('c1');
    const input = page.locator('[data-cluster=c1] input');
    await input.focus();
    await lifelens.addSample('c1', { sampleId: 'c1-1', label: 'cat' });
    await expect.poll(() => page.locator('.card.gone').count(), pollOptions).toBe(1);
    await input.blur();
    await expect.poll(() => input.count(), pollOptions).toBe(0);
  });

  it('lets a card in use go once it is left, if nobody is asked about it any more', async () => {
    for (const id of ['c1', 'c2']) await lifelens.addSample(id);
    const input = page.locator('[data-cluster=c1] input');
    await input.focus();
    for (const id of ['c1', 'c2']) {
      await lifelens.addSample(id, { sampleId: `${id}-1`, asked: false });
    }
    await expect.poll(() => page.locator('.card').count(), pollOptions).toBe(1);
    expect(await input.count()).toBe(1);
    await input.blur();
    await expect.poll(() => page.locator('.card').count(), pollOptions).toBe(0);
  });

  it('never pushes out a card on which a name is typed, however many there are', async () => {
    await lifelens.addSample('typed', { worth: 0.1 });
    await page.locator('[data-cluster=typed] input').fill('cat');
    for (let i = 0; i < 61; i++) await lifelens.addSample(`c${i}`, { worth: 0.5 });
    await expect.poll(() => page.locator('[data-cluster=c60]').count(), pollOptions).toBe(1);
    expect(await page.locator('.card').count()).toBe(60);
    expect(await page.locator('[data-cluster=typed]').count()).toBe(1);
  });

  it('undoes any of the recent labels, with what the answer notes', async () => {
    for (const cluster of ['cluster-1', 'cluster-2']) {
      await lifelens.addSample(cluster);
      await page.fill(`.card[data-cluster=${cluster}] input`, 'hammer');
      await page.click(`.card[data-cluster=${cluster}] button[value=label]`);
      await page.waitForSelector(`.card[data-cluster=${cluster}]`, { state: 'detached' });
    }
    await page.click('#recent summary');
    expect(await page.locator('#recent-count').textContent()).toBe('2');
    lifelens.note = '1 of 1 samples is gone and stays learned';
    await page.locator('#recent-labels li').last().getByRole('button').click();
    await page.waitForSelector('text=Undone: 1 of 1 samples is gone and stays learned');
    expect(lifelens.commands.at(-1)?.[0]).toEqual({ command: 'undo', labelId: 'l1' });
    expect(await page.locator('#recent-labels li').count()).toBe(1);
  });

  /** Labels an unknown as hammer and opens the dialog to change that class. */
  const openClassDialog = async (): Promise<void> => {
    await lifelens.addSample('cluster-1');
    await page.fill('.card input', 'hammer');
    await page.keyboard.press('Enter');
    await page.click('button[aria-label="Change the class hammer"]');
    await page.waitForSelector('#class-dialog[open]');
  };

  it('renames a class', async () => {
    await openClassDialog();
    await page.fill('#class-dialog-name', "mum's hammer");
    await page.keyboard.press('Enter');
    await page.waitForSelector("text=“hammer” is called “mum's hammer”");
    const expected = { command: 'rename', class: 'hammer', to: "mum's hammer" };
    expect(lifelens.commands.at(-1)?.[0]).toEqual(expected);
    await page.waitForSelector('#classes th:has-text("mum\'s hammer")');
  });

  it('merges a class into another one, once it is confirmed to be for good', async () => {
    await openClassDialog();
    await page.selectOption('#class-dialog-into', 'traffic cone');
    await page.click('#class-dialog-merge');
    await page.waitForSelector('#confirm-text:has-text("for good")');
    lifelens.note = '3 of 5 samples are gone';
    await page.click('#confirm-yes');
    await page.waitForSelector('text=“hammer” is now “traffic cone”: 3 of 5 samples are gone');
    expect(lifelens.commands.at(-1)?.[0]).toEqual({
      command: 'merge',
      class: 'hammer',
      into: 'traffic cone',
    });
  });

  it('removes a class, once it is confirmed to be for good', async () => {
    await openClassDialog();
    await page.click('#class-dialog button[value=remove]');
    await page.click('#confirm-dialog button[value=cancel]');
    await page.click('button[aria-label="Change the class hammer"]');
    await page.click('#class-dialog button[value=remove]');
    await page.waitForSelector('#confirm-text:has-text("for good")');
    await page.click('#confirm-yes');
    await page.waitForSelector('text=Removed “hammer”');
    const names = lifelens.commands.map(([command]) => command.command);
    expect(names).toEqual(['label', 'remove']);
    await page.waitForSelector('#classes th:has-text("hammer")', { state: 'detached' });
    expect(pageErrors).toEqual([]);
  });

  it('shows each statement of a verdict, and what is unproven', async () => {
    const refused = page.locator('#timeline li[data-event=refused]');
    expect(await refused.locator('p').allTextContents()).toEqual([
      'traffic cone 15 of 16 → 13 of 16, fell too far',
      'hammer: 1 of 2 held-out recalled, unproven',
    ]);
    expect(await refused.locator('.chip').allTextContents()).toEqual([
      'traffic cone 15 of 16 → 13 of 16',
      'hammer unproven',
    ]);
    expect(await refused.locator('.chip.fell').count()).toBe(1);
  });

  it('lists the parts of the program and marks those that do not work', async () => {
    lifelens.health = {
      live: true,
      ready: true,
      parts: [
        { kind: 'camera', name: 'yard', ok: true, detail: 'running' },
        { kind: 'sink', name: 'nats', ok: false, detail: 'no broker' },
      ],
    };
    await page.reload();
    await page.waitForSelector('#health[data-state=partly]');
    await page.click('#health-summary');
    expect(await page.locator('#health-summary').textContent()).toBe('1 of 2 parts do not work');
    expect(await page.locator('#health-parts li[data-ok=false]').textContent()).toBe(
      'sink natsno broker',
    );
  });

  it('shows a client what its scope allows, and nothing else', async () => {
    const seen = async (scope: Scope): Promise<boolean[]> => {
      const token = `a token of ${scope}`;
      const scoped = new FakeLifelens(world, [{ name: 'anna', token, scope }]);
      await scoped.start();
      await scoped.addSample('cluster-1');
      await page.goto(`${scoped.url}?token=${encodeURIComponent(token)}`);
      await page.waitForSelector('.card');
      await page.waitForSelector('button[aria-label="Change the class traffic cone"]', {
        state: 'attached',
      });
      const isVisible = (selector: string) => page.locator(selector).first().isVisible();
      const shown = [
        await isVisible('.card button[value=label]'),
        await isVisible('#mark'),
        await isVisible('#pause'),
        await isVisible('#rollback'),
        await isVisible('button[aria-label="Change the class traffic cone"]'),
      ];
      if (scope === 'label') {
        await page.fill('.card input', 'hammer');
        await page.keyboard.press('Enter');
        await expect.poll(() => scoped.commands.length, pollOptions).toBe(1);
        expect(scoped.commands[0]![1]).toBe('person:anna');
      }
      await page.goto('about:blank');
      await scoped.stop();
      return shown;
    };
    expect(await seen('view')).toEqual([false, false, false, false, false]);
    expect(await seen('label')).toEqual([true, true, false, false, false]);
    expect(await seen('manage')).toEqual([true, true, true, true, true]);
  });
});
