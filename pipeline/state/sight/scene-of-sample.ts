import sharp from 'sharp';
import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { float16Values } from '../../../operators/foundation/numbers/float16.ts';
import { viewOf, type ViewPlan } from '../../../operators/ingest/frames/view-plan.ts';
import { viewBytes } from '../../../operators/ingest/frames/view-size.ts';
import { ViewMaker } from '../../../operators/ingest/pictures/view-maker.ts';
import type { Scene } from '../../../operators/learn/examples/scene.ts';
import { plainEmbedding, type Sample } from '../../../operators/remember/sample.ts';

/** Margin of a thumbnail around its box, as a share of the box's longer side. */
export const thumbnailMargin = 0.15;
/** Longest side of a picture that is put together, in pixels. */
const sideMax = 4096;
/** Grey where nothing is known of the picture. */
const ground = 114;

/**
 * A sample's kept picture as a scene to look at anew: the thumbnail on a grey square as large as
 * the picture was long, since a sample does not know how high or wide that was. So the object has
 * the size that it has in a letterboxed square; in a view of the picture's own shape it was larger,
 * by 1.3 for 16:9. Null for a sample without a thumbnail that can be used.
 */
export async function sceneOfSample(sample: Sample, plan: ViewPlan): Promise<Scene | null> {
  const { id, thumbnail } = sample;
  if (thumbnail.length === 0) return null;
  const longer = longerSideOf(sample);
  if (longer === null) return null;
  const decoded = await decode(thumbnail);
  if (decoded === null) return null;
  const { data, width, height } = decoded;
  const place = placeOfBox(sample.box, width, height);
  // The longer side of the picture, in pixels of the thumbnail.
  const side = Math.max(width, height, Math.round(longer * place.scale));
  if (side > sideMax) return null;
  const full = new Uint8Array(side * side * 3).fill(ground);
  const left = Math.floor((side - width) / 2);
  const top = Math.floor((side - height) / 2);
  for (let y = 0; y < height; y++) {
    full.set(data.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * side + left) * 3);
  }
  const [x0, y0, x1, y1] = place.box;
  const viewSize = viewOf(plan, side, side);
  const view = new Uint8Array(viewBytes(viewSize));
  new ViewMaker().run(full, side, side, viewSize, view);
  return {
    id,
    full,
    width: side,
    height: side,
    view,
    viewSize,
    sourceWidth: side,
    sourceHeight: side,
    boxes: [{ box: [x0 + left, y0 + top, x1 + left, y1 + top], label: null }],
    proposed: true,
    ignore: [],
    exhaustive: false,
    boxesOnly: true,
  };
}

/** The longer side of the picture that a sample is of, in the pixels of its box. */
function longerSideOf(sample: Sample): number | null {
  const embedding = plainEmbedding(sample);
  if (embedding.length < 2) return null;
  // The last values of every embedding: log width and height relative to that side.
  const [width, height] = [...embedding.subarray(-2)].map((bits) => Math.exp(float16Values[bits]!));
  const [x0, y0, x1, y1] = sample.box;
  const longer = x1 - x0 > y1 - y0 ? (x1 - x0) / width! : (y1 - y0) / height!;
  return Number.isFinite(longer) && longer >= 1 ? longer : null;
}

/**
 * Where the box lies in its thumbnail of this size, and the thumbnail's pixels per pixel of the
 * box. At the edge of the picture the margin is cut: on the left and at the top as the box says, on
 * the right or at the bottom as the thumbnail's shape says.
 */
export function placeOfBox(
  [x0, y0, x1, y1]: Box,
  width: number,
  height: number,
): { readonly box: Box; readonly scale: number } {
  const margin = thumbnailMargin * Math.max(x1 - x0, y1 - y0);
  const left = Math.max(0, x0 - margin);
  const top = Math.max(0, y0 - margin);
  const across = x1 + margin - left;
  const down = y1 + margin - top;
  // The larger one is whole: a cut only makes a side shorter.
  const scale = Math.max(width / across, height / down);
  const inside = (value: number, most: number): number => Math.min(most, Math.max(0, value));
  const box: Box = [
    inside((x0 - left) * scale, width - 1),
    inside((y0 - top) * scale, height - 1),
    inside((x1 - left) * scale, width),
    inside((y1 - top) * scale, height),
  ];
  return { box, scale };
}

async function decode(
  jpeg: Uint8Array,
): Promise<{ readonly data: Uint8Array; readonly width: number; readonly height: number } | null> {
  try {
    const picture = sharp(jpeg, { limitInputPixels: sideMax ** 2 })
      .removeAlpha()
      .toColourspace('srgb');
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    return info.channels === 3 ? { data, width: info.width, height: info.height } : null;
  } catch {
    // A damaged picture is as good as none.
    return null;
  }
}
