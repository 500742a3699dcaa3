import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { manyClasses } from '../../../../operators/ingest/world/many-classes.ts';
import type { Scenario } from '../../../../operators/ingest/world/scenario.ts';
import { StillWorld } from '../../protocols/still-world.ts';

/** Sides of a picture, in pixels. */
const side = 512;
const classes = 12;
/** Draws which classes there are. */
const classSeed = 5;
/** Frames from one picture to the next: enough for objects to have moved on. */
const framesBetween = 40;

/** Pictures and what they show; both parts differ in background, movements and light. */
const parts = {
  train: { seed: 5, pictures: 120, background: 'garden' },
  test: { seed: 99, pictures: 50, background: 'hall' },
} as const;

/**
 * Draws a set with many objects of several classes in each picture, as COCO files: frames of the
 * simulated world with about six clear objects of twelve classes. Objects that are mostly hidden
 * are crowds, which are neither learned nor scored.
 */
export async function drawDenseWorld(
  out: string,
): Promise<{ readonly train: string; readonly test: string }> {
  return { train: await drawPart(out, 'train'), test: await drawPart(out, 'test') };
}

async function drawPart(out: string, part: keyof typeof parts): Promise<string> {
  const folder = join(out, 'sets', 'dense-world', part);
  await mkdir(folder, { recursive: true });
  const scenario = scenarioOf(part);
  const names = scenario.classes.map(({ name }) => name);
  const world = new StillWorld(scenario, side);
  const images: object[] = [];
  const annotations: object[] = [];
  for (let id = 1; id <= parts[part].pictures; id++) {
    const { full, clear, hidden } = await world.skipTo(id * framesBetween);
    const name = `${id}.png`;
    const raw = { width: side, height: side, channels: 3 } as const;
    await sharp(full, { raw }).png().toFile(join(folder, name));
    images.push({ id, file_name: name, width: side, height: side });
    for (const truth of [...clear, ...hidden]) {
      const [left, top, right, bottom] = truth.box;
      annotations.push({
        id: annotations.length + 1,
        image_id: id,
        category_id: names.indexOf(truth.class) + 1,
        bbox: [left, top, right - left, bottom - top],
        iscrowd: Number(hidden.includes(truth)),
      });
    }
  }
  const categories = names.map((name, i) => ({ id: i + 1, name }));
  const file = join(folder, '..', `${part}.json`);
  await writeFile(file, `${JSON.stringify({ images, annotations, categories })}\n`);
  return `coco:${file}:${folder}`;
}

function scenarioOf(part: keyof typeof parts): Scenario {
  const { seed, background } = parts[part];
  const scenario = manyClasses(classes, classSeed);
  return {
    ...scenario,
    seed,
    background,
    width: side,
    height: side,
    objectsAtOnce: 10,
    objectSize: [60, 120],
    speed: [20, 40],
    classes: scenario.classes.map((own) => ({ ...own, fromFrame: 0 })),
  };
}
