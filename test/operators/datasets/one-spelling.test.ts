import { describe, expect, it } from 'vitest';
import { withOneSpelling } from '../../../operators/datasets/one-spelling.ts';
import { readDataset } from '../../../operators/datasets/read-dataset.ts';
import { parseCommand } from '../../../sinks/protocol.ts';
import { useDatasetFolder } from './dataset-folder.ts';

const folder = useDatasetFolder();

/** A YOLO set with these names, of which each of its pictures shows one. */
async function readNamed(names: readonly string[]) {
  await folder.write('data.yaml', `names: ${JSON.stringify(names)}`);
  for (const index of names.keys()) {
    await folder.picture(`images/${index}.jpg`);
    await folder.write(`labels/${index}.txt`, `${index} 0.5 0.5 0.2 0.2`);
  }
  return readDataset(`yolo:${folder.path('')}`);
}

describe('the names of a labelled set', () => {
  it('that differ in case, composition or spaces are one class, with a warning', async () => {
    const { classes, images, warnings } = await readNamed([
      'Cone',
      'caf\u00e9 table',
      'cone',
      'Cafe\u0301  Table',
    ]);
    expect(classes).toEqual(['Cone', 'caf\u00e9 table']);
    expect(images.map(({ objects }) => objects[0]!.class)).toEqual([
      'Cone',
      'caf\u00e9 table',
      'Cone',
      'caf\u00e9 table',
    ]);
    expect(warnings).toEqual([
      '"Cone", "cone" are spellings of one class, which is called "Cone"',
      '"café table", "Café Table" are spellings of one class, which is called "café table"',
    ]);
  });

  it.each(["mum's cup", 'cup (large)', 'salt & pepper', '<b>', '熊猫', 'tv/monitor'])(
    '%j can be taught by a set and by a command',
    async (name) => {
      expect((await readNamed([name])).classes).toEqual([name]);
      const command = { command: 'label', class: name, target: { sampleId: 's1' } };
      expect(parseCommand(JSON.stringify(command))).toEqual({ ok: true, value: command });
    },
  );

  it.each(['two\nlines', 'x'.repeat(65), 'bell\u0007', 'left\u202Eright'])(
    '%j can be taught by neither',
    async (name) => {
      await expect(readNamed([name])).rejects.toMatchObject({
        name: 'DatasetError',
        code: 'bad-file',
        message: expect.stringMatching(/^yolo:.*: class ".*": expected a class name/) as string,
      });
      const command = { command: 'label', class: name, target: { sampleId: 's1' } };
      expect(parseCommand(JSON.stringify(command))).toMatchObject({ code: 'bad-command' });
    },
  );

  it('are those of the classes that are known already', async () => {
    const set = await readNamed(['Person', 'cone']);
    const { classes, images } = withOneSpelling(set, 'set', ['person', 'bicycle']);
    expect(classes).toEqual(['person', 'cone']);
    expect(images[0]!.objects[0]!.class).toBe('person');
  });
});
