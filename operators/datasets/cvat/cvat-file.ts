import type { Box } from '../../foundation/geometry/box.ts';

/** A shape of CVAT that has bounds; a box keeps its angle, which changes between keyframes. */
export type CvatShape =
  | { readonly kind: 'box'; readonly box: Box; readonly degrees: number }
  | {
      readonly kind: 'ellipse';
      readonly centre: readonly [number, number];
      readonly radii: readonly [number, number];
      readonly degrees: number;
    }
  | { readonly kind: 'outline'; readonly bounds: Box };

/** A picture of an image task. */
export interface CvatImage {
  /** With the subset of its task before it, if there is one. */
  readonly name: string;
  /** Line in the file, from 1. */
  readonly line: number;
  readonly stated: { readonly width: number; readonly height: number } | null;
  readonly objects: { readonly label: string; readonly shape: CvatShape }[];
}

/** A shape of a track in one frame. */
export interface CvatTrackShape {
  readonly frame: number;
  /** Whether the object has left the picture. */
  readonly outside: boolean;
  readonly shape: CvatShape;
}

/** An object over many frames. */
export interface CvatTrack {
  readonly label: string;
  readonly line: number;
  readonly shapes: CvatTrackShape[];
}

/** The frames of a video that a task is about: `first`, `first + step` and so on up to `last`. */
export interface CvatFrames {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** The contents of an XML file of CVAT. */
export interface CvatFile {
  /** Names of the labels for shapes with bounds; null if the file does not list any. */
  readonly labels: readonly string[] | null;
  /** Null if the file does not say, or contradicts itself. */
  readonly frames: CvatFrames | null;
  /** Size of the frames of a video. */
  readonly stated: { readonly width: number; readonly height: number } | null;
  readonly images: readonly CvatImage[];
  readonly tracks: readonly CvatTrack[];
  /** Numbers of what has no bounds, by element: points, polyline, skeleton, tag. */
  readonly leftOut: ReadonlyMap<string, number>;
}
