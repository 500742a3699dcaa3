import type { Box } from '../foundation/geometry/box.ts';

/**
 * Which samples a label is for: exactly one of these. Boxes are in source pixels of the given
 * frame, or of the camera's newest one.
 */
export type LabelTarget =
  | { readonly sampleId: string }
  | { readonly clusterId: string }
  | { readonly camera: string; readonly trackId: number }
  | { readonly camera: string; readonly box: Box; readonly frame?: number };

/** A command that changes labels or classes. */
export type LabelCommand =
  | { readonly command: 'label'; readonly class: string; readonly target: LabelTarget }
  | { readonly command: 'notA'; readonly class: string; readonly target: LabelTarget }
  | { readonly command: 'dismiss'; readonly target: LabelTarget }
  | { readonly command: 'undo'; readonly labelId?: string }
  | { readonly command: 'rename'; readonly class: string; readonly to: string }
  | { readonly command: 'merge'; readonly class: string; readonly into: string }
  | { readonly command: 'remove'; readonly class: string };

/** A label command and who sent it: `person`, `program` or `simulation`, and a name where known. */
export interface LabelRequest {
  readonly command: LabelCommand;
  readonly by: string;
}
