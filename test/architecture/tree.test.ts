import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = ['pipeline', 'operators', 'sinks', 'deploy', 'test', 'examples'].flatMap((folder) =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`)
    .filter((name) => /\.(ts|js|html|css)$/.test(name)),
);
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...['docs', 'deploy', 'examples'].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
      .map((name) => `${folder}/${name}`)
      .filter((name) => name.endsWith('.md')),
  ),
];
const read = (name: string) => readFileSync(`${root}${name}`, 'utf8');
const offenders = (isOffence: (name: string) => boolean) => sources.filter(isOffence);

/** Tests that no single source file stands beside, each with the reason. */
const testsWithoutSource = {
  'test/operators/datasets/coco/coco-boxes.test.ts': 'boxes, outlines and masks of read-coco.ts',
  'test/operators/datasets/coco/coco-files.test.ts': 'files and pictures of read-coco.ts',
  'test/operators/datasets/cvat/read-cvat-images.test.ts': 'read-cvat.ts and pictures',
  'test/operators/datasets/cvat/read-cvat-video.test.ts': 'read-cvat.ts and tracks',
  'test/operators/datasets/odd-sets/odd-sets.test.ts': 'how every tool writes the same truth',
  'test/operators/datasets/voc/invalid-voc.test.ts': 'what read-voc.ts refuses',
  'test/operators/datasets/yolo/line-kinds.test.ts': 'every kind of line of read-yolo.ts',
  'test/operators/detect/detect-marbles.test.ts': 'the marble diagrams of detect.ts',
  'test/operators/detect/models/bad-graph-models.test.ts': 'GraphModels that hold no detector',
  'test/operators/detect/models/bad-models.test.ts': 'files that hold no detector',
  'test/operators/detect/models/candidates.test.ts': 'the outputs of every format',
  'test/operators/detect/models/class-names.test.ts': 'all sources of names',
  'test/operators/discover/discoverer-questions.slow.test.ts': 'what discoverer.ts asks about',
  'test/operators/foundation/store/copies/copies.slow.test.ts':
    'a backup and its restoration together',
  'test/operators/foundation/store/erasure.test.ts': 'which bytes the files of a store keep',
  'test/operators/foundation/store/salvage/damage.slow.test.ts': 'what a damaged file loses',
  'test/operators/gate/gate-honesty.test.ts': 'gate.ts and small samples',
  'test/operators/gate/gate-power.test.ts': 'how often gate and live samples find a regression',
  'test/operators/ingest/sources/live-size.slow.test.ts': 'live-camera.ts and sizes that change',
  'test/operators/label/held-out-objects.test.ts': 'held-out-split.ts over many objects',
  'test/operators/learn/examples/both-kinds.slow.test.ts': 'scene.ts on grids and candidates',
  'test/operators/learn/learner-evaluate.slow.test.ts': 'the gate in the thread of learner.ts',
  'test/operators/learn/strategies/gradient/hold.slow.test.ts': 'an option of all gradient methods',
  'test/operators/learn/strategies/tally/immunity.test.ts': 'what wrong labels change in tally.ts',
  'test/operators/learn/strategies/tally/label-deferral.slow.test.ts':
    'tally.ts and names that come late, change or are taken back',
  'test/operators/learn/strategies/tally/merging.slow.test.ts':
    'tally.ts and another of its states',
  'test/operators/learn/strategies/tally/unlabelled.slow.test.ts':
    'what the pictures do not label, through the whole strategy',
  'test/operators/learn/strategies/tally/unlearning.slow.test.ts':
    'tally.ts after hundreds of commands',
  'test/operators/remember/policies.test.ts': 'compares the policies',
  'test/operators/track/closer-looks.test.ts': 'tracker.ts and what tiles show',
  'test/operators/track/tracker-pace.test.ts': 'tracker.ts at any rate of frames',
  'test/operators/track/tracker-recognition.test.ts': 'tracker.ts and what names a track',
  'test/operators/track/tracker-stillness.test.ts': 'tracker.ts and frames left out',
  'test/pipeline/application/camera-reports.test.ts': 'what camera.ts says, and how often',
  'test/pipeline/application/camera-secrets.slow.test.ts': 'what no part of a camera says',
  'test/pipeline/application/camera-slots.test.ts': 'how many frames camera.ts holds',
  'test/sinks/http/access.test.ts': 'tokens, guesses and path prefixes together',
  'test/sinks/http/connections.slow.test.ts': 'how many connections http-server.ts keeps',
  'test/sinks/protocol-docs.test.ts': 'compares docs/protocol.md with the messages',
  'test/sinks/websocket/websocket-commands.slow.test.ts': 'the commands of websocket.ts',
};

/** Words of this project's own for which the field has a term, with that term. */
const avoided = [
  ['second look', 'crop embedding'],
  ['look planner', 'crop scheduler'],
  ['trunk', 'backbone'],
  ['base model', 'backbone'],
  ['head ?line\\b', 'head history'],
  ['judgePicture', 'predict'],
  ['hearing', 'gate input'],
  ['hears\\b', 'receives'],
  ['hand(s|ed)? on\\b|handOn', 'transfer ownership'],
  ['gives? up memory|giveUpMemory', 'free a buffer'],
  ['told\\b(?! apart)', 'reported, given'],
  ['so many an?\\b', 'per frame, per minute'],
  ['lessons?\\b', 'training example, batch or update'],
  ['desk\\b', 'the name of what it does'],
  ['nameless', 'unlabelled or unrecognised'],
] as const;

describe('the tree', () => {
  test('has no file over 300 lines', () => {
    expect(offenders((name) => read(name).trimEnd().split('\n').length > 300)).toEqual([]);
  });

  test('has no folder with more than 15 files', () => {
    const sizes = new Map<string, number>();
    for (const name of sources.filter((path) => !path.startsWith('test/'))) {
      const folder = name.slice(0, name.lastIndexOf('/'));
      sizes.set(folder, (sizes.get(folder) ?? 0) + 1);
    }
    expect([...sizes].filter(([, size]) => size > 15)).toEqual([]);
  });

  test('has file names in kebab-case and none that names no content', () => {
    const kebab =
      /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|slow|timed|contract|bench|d))*\.(ts|js|html|css)$/;
    const meaningless = /^(utils?|helpers?|common|types|misc|shared|manager)\./;
    const base = (name: string) => name.slice(name.lastIndexOf('/') + 1);
    expect(offenders((name) => !kebab.test(base(name)) || meaningless.test(base(name)))).toEqual(
      [],
    );
  });

  test('has its tests where its sources are', () => {
    const withoutSource = offenders((name) => {
      const [, source] =
        /^test\/((?:operators|pipeline|sinks)\/.*?)(?:\.slow)?\.test\.ts$/.exec(name) ?? [];
      if (source === undefined) return false;
      return !['.ts', '.js'].some((extension) => existsSync(`${root}${source}${extension}`));
    });
    expect(withoutSource.sort()).toEqual(Object.keys(testsWithoutSource));
  });

  test('names contract suites *.contract.test.ts', () => {
    const suites = sources.filter((name) => name.startsWith('test/contracts/'));
    const isSuite = (name: string) => name.endsWith('.contract.test.ts');
    // Bodies of contracts, which suites in more than one folder run.
    const shared = /^test\/contracts\/describe-[a-z-]+\.ts$/;
    expect(suites.filter((name) => !isSuite(name) && !shared.test(name))).toEqual([]);
    const elsewhere = /^test\/(contracts|integration)\//;
    expect(offenders((name) => isSuite(name) && !elsewhere.test(name))).toEqual([]);
  });

  test('skips no test and runs none alone', () => {
    const curbed = /\b(test|it|describe)\.(skip|only|todo|fixme)\b/;
    expect(offenders((name) => name.endsWith('.test.ts') && curbed.test(read(name)))).toEqual([]);
  });

  test('mocks no modules in tests whose files share them', () => {
    const apart = /^test\/(integration|browser)\//;
    const mocks = /\bvi\.(mock|doMock)\(/;
    expect(
      offenders((name) => /^test\//.test(name) && !apart.test(name) && mocks.test(read(name))),
    ).toEqual([]);
  });

  test('gives a reason next to each disabled rule', () => {
    const bare = /(eslint-disable[^\n]*?(?<! -- [^\n]*)$)|@ts-(ignore|nocheck|expect-error)\s*$/m;
    expect(
      offenders((name) => !name.startsWith('test/architecture') && bare.test(read(name))),
    ).toEqual([]);
  });

  test('reads no clock, randomness or environment in arithmetic', () => {
    // Arithmetic that reads a clock can neither be repeated nor tested.
    const arithmetic = /^operators\/(measure|remember|discover|learn\/strategies|track)\//;
    const worldly =
      /\b(Date\.now|performance\.now|Math\.random|process\.env|setTimeout|new Date)\b/;
    expect(offenders((name) => arithmetic.test(name) && worldly.test(read(name)))).toEqual([]);
  });
});

describe('the wording', () => {
  test.each(avoided)('avoids %s: $1', (phrase) => {
    const pattern = new RegExp(`\\b${phrase}`, 'i');
    const own = 'test/architecture/tree.test.ts';
    const written = [...sources, ...documents].filter((name) => name !== own);
    expect(written.filter((name) => pattern.test(read(name)))).toEqual([]);
  });

  test('of the README fits in 200 lines', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(200);
  });
});

describe('package-lock.json', () => {
  const lock = JSON.parse(read('package-lock.json')) as {
    readonly packages: Readonly<
      Record<string, { readonly resolved?: string; readonly optionalDependencies?: object }>
    >;
  };

  test('names no hosts, so that a mirror gives the same tree', () => {
    const withHost = Object.entries(lock.packages).filter(([, { resolved }]) => resolved);
    expect(withHost).toEqual([]);
  });

  test('lists the packages of every platform', () => {
    const missing = Object.values(lock.packages)
      .flatMap(({ optionalDependencies }) => Object.keys(optionalDependencies ?? {}))
      .filter((name) => !Object.keys(lock.packages).some((path) => path.endsWith(`/${name}`)));
    expect(missing).toEqual([]);
  });
});
