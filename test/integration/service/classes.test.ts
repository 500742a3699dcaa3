import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ServiceFolder,
  stillCamera,
} from '../../../pipeline/laboratory/benchmarks/rig/service/service.ts';
import { stillLifeBoxes } from '../../../pipeline/laboratory/benchmarks/rig/service/still-life.ts';

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create();
});
afterEach(() => folder.stopAll());
afterAll(() => folder.remove());

describe('rename', () => {
  it('changes the name of a class at once, and for the next run', async () => {
    const state = 'rename';
    const first = await folder.start({ state });
    const { sampleId } = await first.label('robot', 0);
    await first.label('guitar', 1);
    await first.knows(['robot', 'guitar']);
    await first.accepted({ command: 'rename', class: 'robot', to: 'tin man' });
    await first.knows(['tin man', 'guitar']);
    await first.kill();

    const second = await folder.start({ state });
    await second.knows(['tin man', 'guitar']);
    await second.accepted({ command: 'undo' });
    await second.knows(['robot', 'guitar']);
    await second.labelTarget('robot', { sampleId });
    await second.label('ball', 3);
    await second.knows(['robot', 'guitar', 'ball']);
  });

  it('to a name that another class has is refused', async () => {
    const service = await folder.start({ state: 'taken' });
    await service.label('robot', 0);
    await service.label('guitar', 1);
    await service.knows(['robot', 'guitar']);
    const answer = await service.client.send({ command: 'rename', class: 'robot', to: 'Guitar' });
    // An invalid command would be refused whatever it says.
    expect(answer).toMatchObject({ ok: false, code: expect.not.stringMatching('bad-command') });
    await service.knows(['robot', 'guitar']);
  });
});

describe('merge', () => {
  it('makes one class of two, and an undo makes two of them again', async () => {
    const service = await folder.start({ state: 'merge' });
    const { sampleId } = await service.label('robot', 0);
    await service.label('guitar', 1);
    await service.knows(['robot', 'guitar']);
    await service.accepted({ command: 'merge', class: 'robot', into: 'guitar' });
    await service.knows(['guitar']);
    await service.settled();
    expect(service.labelOf(sampleId)).toBe('guitar');
    await service.accepted({ command: 'undo' });
    await service.knows(['robot', 'guitar']);
  });
});

describe('remove', () => {
  it('takes a class out of the head, and leaves no trace of it in the state', async () => {
    const state = 'remove';
    // Without samples of unknown objects, only the labels of this test make thumbnails.
    const config = { discover: { noveltyMin: 1 } };
    const secret = 'Zwölf Quarzkegel';
    const service = await folder.start({ state, config });
    await service.label('guitar', 1);
    const { sampleId } = await service.label(secret, 0);
    await service.knows(['guitar', secret]);
    const picture = thumbnailOf(service.client.messages, sampleId);
    // The search works: both are there before.
    expect(traces(folder.at(state), secret, picture)).not.toEqual([]);

    await service.accepted({ command: 'remove', class: secret });
    await service.knows(['guitar']);
    await service.label('ball', 3);
    await service.knows(['guitar', 'ball']);
    await service.stop();
    expect(traces(folder.at(state), secret, picture)).toEqual([]);

    const next = await folder.start({ state, config });
    await next.knows(['guitar', 'ball']);
    await next.stop();
    expect(traces(folder.at(state), secret, picture)).toEqual([]);
  });

  it('leaves no trace where the program is killed right after the answer', async () => {
    const state = 'remove-killed';
    const config = { discover: { noveltyMin: 1 } };
    const secret = 'Zwölf Quarzkegel';
    const service = await folder.start({ state, config });
    await service.label('guitar', 1);
    const { sampleId } = await service.label(secret, 0);
    await service.knows(['guitar', secret]);
    const picture = thumbnailOf(service.client.messages, sampleId);
    await service.accepted({ command: 'remove', class: secret });
    await service.kill();

    const next = await folder.start({ state, config });
    // The name is gone at once, the rest once the learner has forgotten the class.
    await next.knows(['guitar']);
    await next.client.receives(({ event }) => event === 'swapped', { withinMs: 60_000 });
    await next.stop();
    expect(traces(folder.at(state), secret, picture)).toEqual([]);
  });
});

describe('the name of a class', () => {
  it('may have punctuation, and is the same in any case and Unicode form', async () => {
    const service = await folder.start({ state: 'names' });
    const name = "Café (Tom & Jerry's)";
    await service.label(name, 0);
    for (const [i, same] of [name.normalize('NFD'), name.toUpperCase()].entries()) {
      const target = { box: stillLifeBoxes[i + 1]!, camera: stillCamera };
      await service.accepted({ command: 'label', class: same, target });
    }
    await service.label('ball', 4);
    await service.knowsOf('ball');
    expect([...service.classes].sort()).toEqual([name, 'ball'].sort());
  });
});

function thumbnailOf(messages: readonly Readonly<Record<string, unknown>>[], sampleId: string) {
  const sample = messages.findLast((message) => message['sampleId'] === sampleId);
  return Buffer.from(sample?.['thumbnail'] as string, 'base64');
}

/** Files below a folder that hold a name, in any usual encoding, or a piece of a picture. */
function traces(path: string, name: string, picture: Buffer): string[] {
  const json = JSON.stringify(name).slice(1, -1);
  const escaped = json.replace(
    /[^ -~]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const swapped = Buffer.from(name, 'utf16le').swap16();
  const needles: Buffer[] = [
    ...[name, name.normalize('NFD'), escaped].map((text) => Buffer.from(text, 'utf8')),
    ...[Buffer.from(name, 'utf16le'), swapped],
  ];
  // The first half of a JPEG is the same in many; storage may cut the rest anywhere.
  for (let at = picture.length >> 1; at + 48 <= picture.length; at += 48) {
    needles.push(picture.subarray(at, at + 48));
  }
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((file) => {
    const stats = statSync(join(path, file), { throwIfNoEntry: false });
    if (needles.some((needle) => file.includes(needle.toString()))) return true;
    // A running program replaces files meanwhile.
    if (stats?.isFile() !== true) return false;
    const bytes = readFileSync(join(path, file));
    return needles.some((needle) => bytes.includes(needle));
  });
}
