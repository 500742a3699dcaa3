import type { DatasetFolder } from '../dataset-folder.ts';

/** One tool's way of writing the truth. */
export interface Tool {
  readonly name: string;
  /** Writes the set; resolves with its specification, relative to the folder. */
  readonly write: (folder: DatasetFolder, turned: boolean) => Promise<string>;
}
