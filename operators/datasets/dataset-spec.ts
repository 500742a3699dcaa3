import { DatasetError } from './dataset-error.ts';

/** The format and the paths of a dataset. */
export type DatasetSpec =
  | {
      readonly format: 'voc';
      /** Folder of XML files. */
      readonly annotations: string;
      /** Folder of pictures. */
      readonly images: string;
      /** File of image ids, one per line; null for all XML files. */
      readonly list: string | null;
    }
  | { readonly format: 'coco'; readonly file: string; readonly images: string }
  | { readonly format: 'cvat'; readonly file: string; readonly images: string }
  | { readonly format: 'labelstudio'; readonly file: string; readonly images: string }
  | { readonly format: 'yolo'; readonly folder: string }
  /** A folder per class of photos without boxes. */
  | { readonly format: 'photos'; readonly folder: string };

const forms =
  'voc:ANNOTATIONS:IMAGES[:LIST], coco:FILE.json:IMAGES, cvat:FILE.xml:IMAGES, ' +
  'labelstudio:FILE.json:IMAGES, yolo:DIR or photos:DIR';
const filesWithImages = ['coco', 'cvat', 'labelstudio'] as const;

/**
 * Parses `voc:ANNOTATIONS:IMAGES[:LIST]`, `coco:FILE.json:IMAGES`, `cvat:FILE.xml:IMAGES`,
 * `labelstudio:FILE.json:IMAGES`, `yolo:DIR` or `photos:DIR`.
 *
 * Paths cannot contain a colon, except for a Windows drive (`voc:C:\a:D:\b`): a path of one letter
 * followed by `:/` or `:\`. A folder with a name of one letter therefore needs a leading `./` when
 * an absolute path follows.
 *
 * @throws DatasetError `bad-spec`
 */
export function parseDatasetSpec(spec: string): DatasetSpec {
  const at = spec.indexOf(':');
  const format = spec.slice(0, Math.max(0, at));
  const paths = splitPaths(spec.slice(at + 1));
  if (at < 0 || paths.some((path) => path === '')) throw badSpec(spec);
  const [first, second, third] = paths;
  if (format === 'voc' && first !== undefined && second !== undefined && paths.length <= 3) {
    return { format, annotations: first, images: second, list: third ?? null };
  }
  const withImages = filesWithImages.find((each) => each === format);
  if (withImages !== undefined && second !== undefined && paths.length === 2) {
    return { format: withImages, file: first!, images: second };
  }
  if ((format === 'yolo' || format === 'photos') && first !== undefined && paths.length === 1) {
    return { format, folder: first };
  }
  throw badSpec(spec);
}

function splitPaths(text: string): string[] {
  const paths: string[] = [];
  const parts = text.split(':');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    const next = parts[i + 1];
    if (/^[A-Za-z]$/.test(part) && next !== undefined && /^[\\/]/.test(next)) {
      paths.push(`${part}:${next}`);
      i++;
    } else {
      paths.push(part);
    }
  }
  return paths;
}

function badSpec(spec: string): DatasetError {
  return new DatasetError('bad-spec', spec, `expected ${forms}`);
}
