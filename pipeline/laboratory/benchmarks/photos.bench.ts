import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseEngine } from '../../../operators/detect/engines/choose-engine.ts';
import { readDataset } from '../../../operators/datasets/read-dataset.ts';
import { BackboneCache } from '../learning/cache/backbone-cache.ts';
import { defaultCacheFolder } from '../learning/cache-files.ts';
import { drawSmokeSet } from './learning-table/smoke-set.ts';
import { comparePhotos } from './photos/compare-photos.ts';
import { photoSets } from './photos/photo-sets.ts';
import { benchmarkFlags, finish, numberOf } from './rig/benchmark.ts';

// What photos without boxes are worth beside labelled boxes: AP50 and the found boxes' IoU.
//   node --import tsx pipeline/laboratory/benchmarks/photos.bench.ts --data DIR
//     [--sets raccoon,microcontrollers,playing-cards] [--photos 10,30] [--seeds 1,2,3]
//     [--size 320] [--tests 150] [--threads 1] [--cache DIR]
const flags = benchmarkFlags({
  sets: { type: 'string', default: 'raccoon,microcontrollers,playing-cards' },
  photos: { type: 'string', default: '10,30' },
  seeds: { type: 'string', default: '1,2,3' },
  size: { type: 'string', default: '320' },
  tests: { type: 'string', default: '150' },
  threads: { type: 'string', default: '1' },
  cache: { type: 'string' },
});

const list = (text: string) => text.split(',').map((each) => numberOf(each));
const temporary = mkdtempSync(join(tmpdir(), 'lifelens-photos-'));
const viewSize = numberOf(flags.size);
const { engine, reason } = await chooseEngine('onnx', { threads: numberOf(flags.threads) });
try {
  const folder = flags.smoke ? temporary : (flags.cache ?? defaultCacheFolder(process.env));
  const cache = await BackboneCache.open(folder, engine, viewSize);
  const sets = flags.smoke
    ? [['smoke', [(await drawSmokeSet(temporary)).train]] as const]
    : photoSets(flags.data, flags.sets.split(','));
  const rows = [];
  for (const [name, specs] of sets) {
    const images = (await Promise.all(specs.map((spec) => readDataset(spec)))).flatMap(
      (set) => set.images,
    );
    for (const photos of flags.smoke ? [3] : list(flags.photos)) {
      for (const seed of flags.smoke ? [1] : list(flags.seeds)) {
        const testsMax = numberOf(flags.tests);
        const results = await comparePhotos(images, cache, { photos, seed, testsMax });
        for (const result of results) {
          rows.push({ set: name, photos, seed, ...result });
          console.error(JSON.stringify(rows.at(-1)));
        }
      }
    }
  }
  finish(flags, { engine: reason, size: viewSize, rows });
} finally {
  await engine.close();
  rmSync(temporary, { recursive: true, force: true });
}
