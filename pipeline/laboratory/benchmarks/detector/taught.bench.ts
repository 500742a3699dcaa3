import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawSmokeSet } from '../learning-table/smoke-set.ts';
import { prepareSets, type SetPair } from '../learning-table/table-sets.ts';
import { teachPair } from '../learning-table/teach-pair.ts';
import { benchmarkFlags, finish, numberOf } from '../rig/benchmark.ts';

// What `lifelens teach` learns from sets whose classes no detector knows, and `lifelens eval` finds
// on their test halves, with the built-in detector and with one of the user:
//   node --import tsx pipeline/laboratory/benchmarks/detector/taught.bench.ts --data DIR
//     --model FILE.onnx [--sets raccoon,microcontrollers-4th,playing-cards,fod-a] [--every 8]
//     [--report FILE]
// Of FOD-A, every `--every`th picture of both halves. Without --model, the built-in one alone.
const flags = benchmarkFlags({
  model: { type: 'string' },
  sets: { type: 'string', default: 'raccoon,microcontrollers-4th,playing-cards,fod-a' },
  every: { type: 'string', default: '8' },
});

const out = mkdtempSync(join(tmpdir(), 'lifelens-taught-'));
try {
  const detectors = [undefined, ...(flags.model === undefined ? [] : [flags.model])];
  const rows: object[] = [];
  for (const [set, pair] of await setsToLearn()) {
    for (const model of detectors) {
      const detector = model === undefined ? 'built-in' : model.slice(model.lastIndexOf('/') + 1);
      rows.push({ set, detector, ...(await taught(pair, model)) });
    }
  }
  finish(flags, { benchmark: 'taught', every: numberOf(flags.every), rows });
} finally {
  rmSync(out, { recursive: true, force: true });
}

async function setsToLearn(): Promise<ReadonlyMap<string, SetPair>> {
  if (flags.smoke) return new Map([['drawn', await drawSmokeSet(join(out, 'drawn'))]]);
  if (flags.data === undefined) throw new Error('expected --data DIR');
  const sets = await prepareSets(flags.sets.split(','), flags.data, out);
  return new Map([...sets].map(([name, pair]) => [name, name === 'fod-a' ? thinned(pair) : pair]));
}

/** A part of a set whose specification ends with a list of pictures. */
function thinned(pair: SetPair): SetPair {
  const every = numberOf(flags.every);
  const thin = (spec: string, name: string): string => {
    const at = spec.lastIndexOf(':');
    const ids = readFileSync(spec.slice(at + 1), 'utf8')
      .split('\n')
      .filter(Boolean);
    const list = join(out, `${name}.txt`);
    writeFileSync(
      list,
      ids
        .filter((_, i) => i % every === 0)
        .map((id) => `${id}\n`)
        .join(''),
    );
    return `${spec.slice(0, at)}:${list}`;
  };
  return { train: thin(pair.train, 'train'), test: thin(pair.test, 'test') };
}

/** Teaches a new state, and evaluates it on the classes that were taught. */
async function taught(pair: SetPair, model: string | undefined) {
  const { taught: learned, found } = await teachPair(
    pair,
    model === undefined ? {} : { model },
    out,
  );
  return {
    trainImages: learned.images,
    testImages: found.images,
    classes: learned.classes.length,
    ap50: found.ap50,
    ap: found.ap,
    msPerTrainImage: learned.msPerImage,
    msPerTestImage: found.msPerImage,
  };
}
