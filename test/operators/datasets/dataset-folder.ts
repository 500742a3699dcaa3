import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterEach, beforeEach } from 'vitest';

/** A temporary folder for the files of a dataset; removed after each test. */
export interface DatasetFolder {
  path(name: string): string;
  write(name: string, data: string | Uint8Array): Promise<void>;
  /** Writes a plain picture in the format of its extension, after applying `change`. */
  picture(
    name: string,
    width?: number,
    height?: number,
    change?: (p: Sharp) => Sharp,
  ): Promise<void>;
}

/** A fresh {@link DatasetFolder} for each test of the file. */
export function useDatasetFolder(): DatasetFolder {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'lifelens-dataset-'));
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });
  const write = async (name: string, data: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), data);
  };
  return {
    path: (name) => join(root, name),
    write,
    picture: async (name, width = 100, height = 80, change = (p) => p) => {
      const plain = sharp({ create: { width, height, channels: 3, background: '#c84000' } });
      const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
      const format = extension === 'jpg' ? 'jpeg' : (extension as 'png' | 'webp' | 'jpeg');
      await write(name, await change(plain).toFormat(format).toBuffer());
    },
  };
}

/** An XML annotation of VOC; a box is xmin, ymin, xmax, ymax. */
export function vocXml(
  objects: readonly { name: string; box: readonly (number | string)[]; more?: string }[],
  { filename = 'a.jpg', size = '<width>100</width><height>80</height>' } = {},
): string {
  const parts = objects.map(({ name, box, more = '' }) => {
    const [x0, y0, x1, y1] = box;
    return `<object><name>${name}</name>${more}<bndbox><xmin>${x0}</xmin><ymin>${y0}</ymin><xmax>${x1}</xmax><ymax>${y1}</ymax></bndbox></object>`;
  });
  return `<annotation><filename>${filename}</filename><size>${size}<depth>3</depth></size>${parts.join('')}</annotation>\n`;
}

/** A 24-bit bitmap of one colour. */
export function bitmap(width: number, height: number, [r, g, b]: readonly number[]): Uint8Array {
  const stride = Math.ceil((width * 3) / 4) * 4;
  const bytes = Buffer.alloc(54 + stride * height);
  bytes.write('BM', 0, 'latin1');
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) bytes.set([b!, g!, r!], 54 + y * stride + x * 3);
  }
  return bytes;
}
