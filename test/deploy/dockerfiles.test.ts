import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { DockerfileParser, type Dockerfile } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { beforeAll, describe, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);

const findings = (text: string) =>
  validate(text).map(({ code, range }) => `line ${range.start.line + 1}: ${String(code)}`);

test('the linter reports a wrong instruction', () => {
  expect(findings('FROM node:22\nRUN npm ci\nEXPOSE x')).toHaveLength(1);
});

describe.each(['deploy/Dockerfile', 'deploy/Dockerfile.gpu'])('%s', (path) => {
  let text: string;
  let dockerfile: Dockerfile;
  beforeAll(async () => {
    text = await readFile(new URL(path, root), 'utf8');
    dockerfile = DockerfileParser.parse(text);
  });
  const instructions = (keyword: string) =>
    dockerfile.getInstructions().filter((instruction) => instruction.getKeyword() === keyword);

  test('passes the linter', () => {
    expect(findings(text)).toEqual([]);
  });

  test('pins a version of every base image', () => {
    const stages = new Set<string>();
    for (const from of dockerfile.getFROMs()) {
      const image = from.getImage() ?? '';
      if (!stages.has(image)) {
        expect(image).toMatch(/:[0-9]/);
      }
      const stage = from.getBuildStage();
      if (stage !== null) stages.add(stage);
    }
  });

  test('copies from stages that exist and files that exist', () => {
    const stages = dockerfile.getFROMs().map((from) => from.getBuildStage());
    for (const copy of dockerfile.getCOPYs()) {
      const stage = copy.getFromFlag()?.getValue();
      const sources = copy.getArguments().slice(0, -1).map(String);
      if (stage !== undefined) expect(stages).toContain(stage);
      for (const source of sources) {
        // dist/, node_modules/ and node itself are created in the build stage.
        const inTree = source.replace(/^\/app\//, '');
        if (inTree.startsWith('/') || /^(dist|node_modules|\.)$/.test(inTree)) continue;
        expect(existsSync(new URL(inTree, root)), source).toBe(true);
      }
    }
  });

  test('gives every image an unprivileged user, a health check and tini', () => {
    const stages = text.split(/^FROM /m).slice(1);
    const images = stages.filter((stage) => stage.includes('ENTRYPOINT'));
    expect(images.length).toBeGreaterThan(0);
    for (const image of images) {
      expect(image).toMatch(/^USER node$/m);
      expect(image).toMatch(/^HEALTHCHECK /m);
      expect(image).toContain('ENTRYPOINT ["tini", "--"');
      expect(image.indexOf('USER node')).toBeLessThan(image.indexOf('ENTRYPOINT'));
    }
  });

  test('removes package lists and installs no recommended packages', () => {
    for (const run of instructions('RUN')) {
      const command = run.getArgumentsContent() ?? '';
      if (!command.includes('apt-get install')) continue;
      expect(command).toContain('--no-install-recommends');
      expect(command).toContain('rm -rf /var/lib/apt/lists/*');
    }
  });

  test('keeps local dependencies and secrets out of the build context', async () => {
    const ignored = (await readFile(new URL(`${path}.dockerignore`, root), 'utf8')).split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['.git', 'node_modules', 'dist', '**/.env']));
  });
});
