import { containment, type Box } from '../../../operators/foundation/geometry/box.ts';
import { likenessOf, lookOf } from '../../../operators/label/look-signature.ts';

/** Background to train on, to judge on, or too close to both. */
export type BackgroundSide = 'trained' | 'heldOut' | 'neither';

/** What is known of a piece of background. */
export interface BackgroundPiece {
  /** In source pixels. */
  readonly box: Box;
  /** Whether it is a detected object, which may move through the picture. */
  readonly isObject: boolean;
  /** Of its plain crop; empty without one. */
  readonly embedding: Float32Array;
}

/** Width of the held-out strip as a share of the picture's. */
const stripShare = 0.2;
/** A place whose share in the strip is between these belongs to neither side. */
const sideShares = { trained: 0.25, heldOut: 0.75 };
/** Objects of a camera that look so much alike are the same one. */
const alike = 0.9;

/** Objects whose side is remembered, over all cameras; the oldest are forgotten. */
export const backgroundObjectsMax = 512;

/**
 * Decides which background is held out for the gate. A camera that stands still shows the same
 * places in every scene, so that the split is by place: a strip of a fifth of the picture, of full
 * height, is never trained on; which one follows from the camera's name and lasts for ever. Objects
 * move, so that one keeps the side on which it was first seen, wherever it goes.
 */
export class BackgroundSplit {
  readonly #objects: { camera: string; look: Uint8Array; side: BackgroundSide }[] = [];

  /** The region of a camera's picture that is held out, in source pixels. */
  strip(camera: string, width: number, height: number): Box {
    const strips = Math.round(1 / stripShare);
    const left = (hashText(camera) % strips) * stripShare * width;
    return [left, 0, left + stripShare * width, height];
  }

  /** The side of a piece of background in a picture of this size. */
  sideOf(
    camera: string,
    { width, height }: { readonly width: number; readonly height: number },
    { box, isObject, embedding }: BackgroundPiece,
  ): BackgroundSide {
    const look = isObject ? lookOf(embedding) : null;
    const known = look === null ? undefined : this.#find(camera, look);
    const inside = containment(box, this.strip(camera, width, height));
    const side = known ?? sideAt(inside);
    if (look !== null && known === undefined) {
      this.#objects.push({ camera, look, side });
      if (this.#objects.length > backgroundObjectsMax) this.#objects.shift();
    }
    return side;
  }

  #find(camera: string, look: Uint8Array): BackgroundSide | undefined {
    return this.#objects.find(
      (object) => object.camera === camera && likenessOf(object.look, look) >= alike,
    )?.side;
  }
}

function sideAt(inside: number): BackgroundSide {
  if (inside >= sideShares.heldOut) return 'heldOut';
  return inside <= sideShares.trained ? 'trained' : 'neither';
}

/** FNV-1a over UTF-16 code units, 32 bits. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return hash;
}
