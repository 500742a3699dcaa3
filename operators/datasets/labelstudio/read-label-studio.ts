import { codeUnitOrder } from '../../foundation/files/code-unit-order.ts';
import type { AnnotatedDataset, AnnotatedImage } from '../dataset.ts';
import { DatasetError } from '../dataset-error.ts';
import type { DatasetSpec } from '../dataset-spec.ts';
import { readJsonParts } from '../long-files/read-json-parts.ts';
import { PicturePaths } from '../picture-paths.ts';
import { regionsOf, type Regions } from './regions.ts';
import { taskOf, type Task, type TaskAnnotation } from './tasks.ts';

/** A task whose regions are read. */
interface ReadTask extends Pick<Task, 'picture' | 'minimal'> {
  readonly index: number;
  readonly annotations: (TaskAnnotation & Regions)[];
}

/**
 * Reads an export of Label Studio, JSON or JSON-MIN, and a folder of its pictures, whose names may
 * lack the eight characters that Label Studio puts before those of uploaded files. Predictions do
 * not count. A task without an annotation is left out; an annotation without regions is that of an
 * empty picture. Of several annotations the one marked as ground truth counts, else the one with
 * regions that was updated last.
 *
 * Classes are sorted by name, images are in the order of the file.
 */
export async function readLabelStudio(
  { file, images: folder }: Extract<DatasetSpec, { format: 'labelstudio' }>,
  signal?: AbortSignal,
): Promise<AnnotatedDataset> {
  const pictures = await PicturePaths.open(folder, signal);
  const tasks = new TaskFile(file);
  await readJsonParts(file, 'a JSON export of Label Studio', tasks, signal);
  const images: AnnotatedImage[] = [];
  const leftOut = new Map<string, number>();
  let contradicting = 0;
  let empty = 0;
  for (const [id, { picture, index, annotations }] of tasks.byId) {
    if (annotations.length === 0) {
      empty++;
      continue;
    }
    const chosen = tasks.choose(annotations, index);
    if (annotations.some((each) => contentOf(each) !== contentOf(chosen))) contradicting++;
    for (const kind of chosen.leftOut) leftOut.set(kind, (leftOut.get(kind) ?? 0) + 1);
    images.push({
      id,
      path: pictures.take([picture, withoutPrefix(picture)], `${index}`, file),
      stated: chosen.stated,
      objects: chosen.regions.map(({ label, box }) => {
        return { class: label, box, difficult: false, crowd: false };
      }),
      relative: true,
    });
  }
  if (images.length === 0) {
    throw new DatasetError('empty', file, 'expected tasks with annotations, found none');
  }
  const classes = new Set(images.flatMap(({ objects }) => objects.map((each) => each.class)));
  const kinds = [...leftOut].map(([kind, count]) => `${count} ${kind}`).join(', ');
  return {
    classes: [...classes].sort(codeUnitOrder),
    images,
    unlabelled: [],
    warnings: [
      ...(empty > 0 ? [`${empty} tasks have no annotation and were left out`] : []),
      ...(contradicting > 0
        ? [`${contradicting} tasks have different annotations: ground truth counts, else the last`]
        : []),
      ...(kinds === '' ? [] : [`${kinds}: regions without a box or a label were left out`]),
    ],
  };
}

/** Takes the tasks of a file. */
class TaskFile {
  readonly byId = new Map<string, ReadTask>();
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  array(key: string | null): void {
    if (key !== null) throw this.#fail('top level: expected an array of tasks');
  }

  member(): void {
    this.array('');
  }

  entry(_key: string | null, index: number, value: unknown): void {
    const { id, picture, minimal, annotations } = taskOf(value, index, this.#fail);
    const read = annotations.map((each) => {
      return { ...each, results: [], ...regionsOf(each.results, each.place, this.#fail) };
    });
    const known = this.byId.get(id);
    if (known === undefined) {
      this.byId.set(id, { picture, minimal, index, annotations: read });
    } else if (known.minimal && minimal && known.picture === picture) {
      known.annotations.push(...read);
    } else {
      throw this.#fail(`${index}.id: expected every task once, found ${id.slice(0, 80)} twice`);
    }
  }

  /** The annotation of a task that counts. */
  choose(
    annotations: readonly (TaskAnnotation & Regions)[],
    index: number,
  ): TaskAnnotation & Regions {
    const marked = annotations.filter(({ groundTruth }) => groundTruth);
    const preferred = marked.length > 0 ? marked : annotations;
    const filled = preferred.filter(({ regions }) => regions.length > 0);
    const inOrder = (filled.length > 0 ? [...filled] : [...preferred]).sort(laterFirst);
    const [last, other] = inOrder;
    const same = other === undefined || contentOf(last!) === contentOf(other);
    if (same || laterFirst(last!, other) !== 0) return last!;
    throw this.#fail(`${index}: expected one annotation, or the times at which they were updated`);
  }

  readonly #fail = (message: string): DatasetError =>
    new DatasetError('bad-file', this.#file, message);
}

function laterFirst(a: TaskAnnotation, b: TaskAnnotation): number {
  const byTime = (b.updatedMs ?? 0) - (a.updatedMs ?? 0);
  return byTime !== 0 ? byTime : (b.id ?? 0) - (a.id ?? 0);
}

/** The regions of an annotation as a text that does not depend on their order. */
function contentOf({ regions }: Regions): string {
  return regions
    .map((region) => JSON.stringify(region))
    .sort(codeUnitOrder)
    .join();
}

/** Label Studio puts eight digits before the names of uploaded files: `0a1b2c3d-name.jpg`. */
function withoutPrefix(name: string): string {
  return name.replace(/(^|[\\/=])[0-9a-f]{8}-(?=[^\\/]*$)/, '$1');
}
