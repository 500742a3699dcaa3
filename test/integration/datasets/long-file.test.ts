import { open } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { readDataset } from '../../../operators/datasets/read-dataset.ts';
import { useDatasetFolder } from '../../operators/datasets/dataset-folder.ts';

const folder = useDatasetFolder();

it('reads a COCO file that is longer than a text in Node can be', async () => {
  const mebibyte = Buffer.alloc(1024 * 1024, ' ');
  await folder.picture('img/a.png');
  await folder.write('set.json', '{"images":[{"id":1,"file_name":"a.png"}],\n"annotations":[');
  const file = await open(folder.path('set.json'), 'a');
  for (let i = 0; i < 520; i++) await file.write(mebibyte);
  await file.write('{"image_id":1,"category_id":1,"bbox":[10,20,30,40]}]');
  await file.write(',"categories":[{"id":1,"name":"cat"}]}\n');
  await file.close();
  const set = await readDataset(`coco:${folder.path('set.json')}:${folder.path('img')}`);
  expect(set.images[0]!.objects).toMatchObject([{ class: 'cat', box: [10, 20, 40, 60] }]);
});
