import type { LabelledImage } from '../../../../operators/datasets/dataset.ts';
import { loadPicture } from '../../../../operators/datasets/load-picture.ts';
import type { Engine } from '../../../../operators/detect/engines/engine.ts';
import { type Box, intersectionOverUnion } from '../../../../operators/foundation/geometry/box.ts';
import { viewOf, type ViewPlan } from '../../../../operators/ingest/frames/view-plan.ts';
import { boxToSource, canvasOf } from '../../../../operators/ingest/frames/view-size.ts';
import { median } from '../rig/benchmark.ts';

/** A box that a detector proposes, in source pixels. */
interface ProposedBox {
  readonly box: Box;
  /** Objectness, 0..1. */
  readonly score: number;
}

/** How many of a picture's strongest boxes count. */
const budgets = [10, 50, 100] as const;
/** IoU from which a box proposes an object. */
const sameObject = 0.5;
/** IoU from which two proposals are one, as where pictures are examined for learning. */
const maxOverlap = 0.6;

/** Share of objects that are proposed, and what it costs. */
interface ProposalRecall {
  readonly objects: number;
  /** Per budget of boxes. */
  readonly recall: Readonly<Record<string, number>>;
  /** Median of a picture. */
  readonly ms: number;
}

/** The ways to propose places that are compared. */
interface Proposers {
  readonly builtIn: Engine;
  /** A detector of the user; null leaves its rows out. */
  readonly detector: Engine | null;
}

/**
 * Recall of the objects of a set, whose classes no detector knows, among the strongest boxes: of
 * the built-in detector on its own view and on the canvas of the other, of the other, and of both
 * joined.
 */
export async function recallOfProposals(
  images: readonly LabelledImage[],
  { builtIn, detector }: Proposers,
): Promise<Record<string, ProposalRecall>> {
  const found = new Map<string, Tally>();
  const tally = (name: string) => found.get(name) ?? found.set(name, new Tally()).get(name)!;
  for (const image of images) {
    const truths = image.objects.filter(({ difficult }) => !difficult);
    const objects = truths.map(({ box }) => box);
    const own = await propose(builtIn, builtIn.viewSize, image);
    tally('built-in').add(objects, own);
    if (detector === null) continue;
    const theirs = await propose(detector, detector.viewSize, image);
    tally('detector').add(objects, theirs);
    tally('joined').add(objects, joined(theirs, own));
    const { width, height } = canvasOf(viewOf(detector.viewSize, image.width, image.height));
    if (height % 32 !== 0 || width % 32 !== 0) continue;
    // The same pixels: the built-in detector takes any such canvas.
    const onCanvas = await propose(builtIn, detector.viewSize, image);
    tally('built-in on its canvas').add(objects, onCanvas);
    tally('joined on its canvas').add(objects, joined(theirs, onCanvas));
  }
  return Object.fromEntries([...found].map(([name, each]) => [name, each.result()]));
}

interface Proposed {
  readonly boxes: readonly ProposedBox[];
  readonly ms: number;
}

/** The strongest boxes of a picture, clipped to it, without overlapping ones. */
async function propose(engine: Engine, plan: ViewPlan, image: LabelledImage): Promise<Proposed> {
  const { view, viewSize } = await loadPicture(image, { viewSize: plan });
  const startedMs = performance.now();
  const peaks = await engine.detect(view, viewSize, 300);
  const ms = performance.now() - startedMs;
  const size = { viewSize, sourceWidth: image.width, sourceHeight: image.height };
  const boxes = Array.from({ length: peaks.count }, (_, i) => {
    const [x0, y0, x1, y1] = peaks.boxes.subarray(4 * i, 4 * i + 4);
    const [left, top, right, bottom] = boxToSource([x0!, y0!, x1!, y1!], size);
    const box: Box = [
      Math.max(0, left),
      Math.max(0, top),
      Math.min(image.width, right),
      Math.min(image.height, bottom),
    ];
    return { box, score: peaks.objectness[i]! };
  });
  return { boxes: suppressed(boxes), ms };
}

function suppressed(boxes: readonly ProposedBox[]): ProposedBox[] {
  const kept: ProposedBox[] = [];
  for (const each of boxes) {
    if (!kept.some(({ box }) => intersectionOverUnion(box, each.box) >= maxOverlap))
      kept.push(each);
  }
  return kept;
}

/** The first detector's boxes, and those of the second where the first has none of IoU 0.5. */
function joined(first: Proposed, second: Proposed): Proposed {
  const more = second.boxes.filter(({ box }) =>
    first.boxes.every((other) => intersectionOverUnion(other.box, box) < sameObject),
  );
  const boxes = [...first.boxes, ...more].sort((a, b) => b.score - a.score);
  return { boxes, ms: first.ms + second.ms };
}

class Tally {
  #objects = 0;
  readonly #found = budgets.map(() => 0);
  readonly #ms: number[] = [];

  add(objects: readonly Box[], { boxes, ms }: Proposed): void {
    this.#objects += objects.length;
    this.#ms.push(ms);
    for (const object of objects) {
      const rank = boxes.findIndex(({ box }) => intersectionOverUnion(box, object) >= sameObject);
      for (const [i, budget] of budgets.entries()) {
        if (rank >= 0 && rank < budget) this.#found[i]!++;
      }
    }
  }

  result(): ProposalRecall {
    const shares = budgets.map((budget, i) => [
      String(budget),
      Number((this.#found[i]! / Math.max(1, this.#objects)).toFixed(3)),
    ]);
    return {
      objects: this.#objects,
      recall: Object.fromEntries(shares) as Record<string, number>,
      ms: Number(median(this.#ms).toFixed(1)),
    };
  }
}
