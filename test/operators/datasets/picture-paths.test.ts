import { symlink } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { PicturePaths } from '../../../operators/datasets/picture-paths.ts';
import { useDatasetFolder } from './dataset-folder.ts';

const folder = useDatasetFolder();
const open = async (...files: string[]): Promise<PicturePaths> => {
  for (const file of files) await folder.write(`img/${file}`, 'x');
  return PicturePaths.open(folder.path('img'));
};
const at = (file: string) => folder.path(`img/${file}`);

describe('the pictures of a folder', () => {
  it.each<[string, string[], string]>([
    ['a.jpg', ['a.jpg', 'sub/a.jpg'], 'a.jpg'],
    ['sub/a.jpg', ['a.jpg', 'sub/a.jpg'], 'sub/a.jpg'],
    ['cam2\\0001.jpg', ['cam1/0001.jpg', 'cam2/0001.jpg'], 'cam2/0001.jpg'],
    ['/home/me/set/cam1/0001.jpg', ['cam1/0001.jpg', 'cam2/0001.jpg'], 'cam1/0001.jpg'],
    ['C:\\set\\cam1\\0001.jpg', ['x/cam1/0001.jpg', 'x/cam2/0001.jpg'], 'x/cam1/0001.jpg'],
    ['data/a.jpg', ['a.jpg', 'sub/a.jpg'], 'a.jpg'],
    ['./sub//a.jpg', ['a.jpg', 'sub/a.jpg'], 'sub/a.jpg'],
    ['https://host/p/my%20cat.jpg?token=1/2', ['my cat.jpg'], 'my cat.jpg'],
    ['a%20b.jpg', ['a%20b.jpg', 'a b.jpg'], 'a%20b.jpg'],
    ['100%.jpg', ['100%.jpg'], '100%.jpg'],
    ['/data/local-files/?d=cam1%2F1.jpg', ['cam1/1.jpg', 'cam2/1.jpg'], 'cam1/1.jpg'],
    ['IMG_1.JPG', ['img_1.jpg'], 'img_1.jpg'],
    ['A.jpg', ['a.jpg', 'A.jpg'], 'A.jpg'],
    ['Cam1/a.jpg', ['cam1/a.jpg', 'cam2/a.jpg'], 'cam1/a.jpg'],
    ['set/x/a.jpg', ['x/a.jpg', 'y/x/a.jpg', 'set/x/b.jpg', 'set/y/a.jpg'], 'x/a.jpg'],
    ['set/y/x/a.jpg', ['x/a.jpg', 'y/x/a.jpg', 'z/x/a.jpg'], 'y/x/a.jpg'],
    ['cafe\u0301.jpg', ['caf\u00e9.jpg'], 'caf\u00e9.jpg'],
    ['frame_000001', ['frame_000001.PNG', 'frame_000002.PNG'], 'frame_000001.PNG'],
    ['../b.jpg', ['b.jpg'], 'b.jpg'],
  ])('%s is found among %j', async (name, files, found) => {
    const pictures = await open(...files);
    expect(pictures.take([name], 'images.0', 'set.json')).toBe(at(found));
  });

  it('names both where two fit equally well', async () => {
    const pictures = await open('cam1/a.jpg', 'cam2/a.jpg', 'x/B.jpg', 'X/b.JPG');
    for (const name of ['a.jpg', 'cam3/a.jpg']) {
      expect(() => pictures.take([name], 'images.4', 'set.json')).toThrow(
        `set.json: images.4: expected one picture for "${name}", ` +
          `found ${at('cam1/a.jpg')} and ${at('cam2/a.jpg')}`,
      );
    }
    expect(() => pictures.take(['b.jpg'], 'images.5', 'set.json')).toThrow('expected one picture');
  });

  it('takes no file of another folder where the folder of the name is there', async () => {
    const pictures = await open('train/0002.jpg', 'val/0001.jpg');
    expect(() => pictures.take(['train/0001.jpg'], 'images.0', 'set.json')).toThrow(
      expect.objectContaining({ name: 'DatasetError', code: 'not-found' }),
    );
    expect(pictures.take(['/home/me/val/0001.jpg'], 'images.1', 'set.json')).toBe(
      at('val/0001.jpg'),
    );
  });

  it('takes files whose whole path the name holds, where that is asked for', async () => {
    const pictures = await open('dog/1.jpg');
    const take = (name: string) => pictures.take([name], 'images.0', 'set.json', { whole: true });
    expect(() => take('cone/1.jpg')).toThrow(expect.objectContaining({ code: 'not-found' }));
    expect(take('C:\\photos\\dog\\1.jpg')).toBe(at('dog/1.jpg'));
  });

  it('gives no two entries one file', async () => {
    const pictures = await open('0001.jpg');
    pictures.take(['cam1\\0001.jpg'], 'images.0', 'set.json');
    expect(() => pictures.take(['cam2\\0001.jpg'], 'images.1', 'set.json')).toThrow(
      `images.1: expected a picture of its own, but ${at('0001.jpg')} is also that of images.0`,
    );
  });

  it('never gives a file outside of the folder', async () => {
    await folder.write('secret.jpg', 'x');
    const pictures = await open('a.jpg');
    for (const name of ['../secret.jpg', folder.path('secret.jpg'), '..\\secret.jpg', '']) {
      expect(() => pictures.take([name], 'images.0', 'set.json')).toThrow(
        expect.objectContaining({ name: 'DatasetError', code: 'not-found' }),
      );
    }
  });

  it('takes the first name that there is a file for', async () => {
    const pictures = await open('a.jpg', '0a1b2c3d-b.jpg', 'b.jpg');
    expect(pictures.take(['0a1b2c3d-a.jpg', 'a.jpg'], '0', 'x')).toBe(at('a.jpg'));
    expect(pictures.take(['0a1b2c3d-b.jpg', 'b.jpg'], '1', 'x')).toBe(at('0a1b2c3d-b.jpg'));
  });

  it('finds each of many files of one name', async () => {
    const files = Array.from({ length: 300 }, (_, i) => `cam${i}/0001.jpg`);
    const pictures = await open(...files);
    for (const [i, file] of files.entries()) {
      expect(pictures.take([`/data/${file}`], `images.${i}`, 'set.json')).toBe(at(file));
    }
  });

  it('follows links, once', async () => {
    await folder.write('elsewhere/a.jpg', 'x');
    await folder.write('img/b.jpg', 'x');
    await symlink(folder.path('elsewhere'), at('linked'));
    await symlink(folder.path('img'), at('loop'));
    await symlink(folder.path('nowhere'), at('broken'));
    const pictures = await PicturePaths.open(folder.path('img'));
    expect(pictures.all).toEqual(['b.jpg', 'linked/a.jpg']);
  });

  it('ends with the signal', async () => {
    const reason = new Error('interrupted');
    await folder.write('img/a.jpg', 'x');
    await expect(PicturePaths.open(folder.path('img'), AbortSignal.abort(reason))).rejects.toBe(
      reason,
    );
  });
});
