/** Whether bytes begin like a Windows bitmap, which sharp does not read. */
export function isBitmap(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/**
 * Decodes an uncompressed 24- or 32-bit Windows bitmap to RGB, since sharp does not read bitmaps.
 *
 * @throws RangeError for other kinds of bitmap and for truncated files.
 */
export function decodeBmp(bytes: Buffer): { rgb: Uint8Array; width: number; height: number } {
  const pixelOffset = bytes.readUInt32LE(10);
  const width = bytes.readInt32LE(18);
  const storedHeight = bytes.readInt32LE(22);
  const bits = bytes.readUInt16LE(28);
  const compression = bytes.readUInt32LE(30);
  // 3 is "bit fields": 32-bit files use it to declare the usual byte order.
  const uncompressed = compression === 0 || (compression === 3 && bits === 32);
  if (!uncompressed || (bits !== 24 && bits !== 32)) {
    throw new RangeError(
      `only uncompressed 24- and 32-bit bitmaps can be read, not ${String(bits)}-bit`,
    );
  }
  const height = Math.abs(storedHeight);
  const pixelBytes = bits / 8;
  const stride = Math.ceil((width * pixelBytes) / 4) * 4;
  if (width < 1 || height < 1 || pixelOffset + stride * height > bytes.length) {
    throw new RangeError('the bitmap is cut short');
  }
  const rgb = new Uint8Array(width * height * 3);
  let to = 0;
  for (let y = 0; y < height; y++) {
    // Rows are stored bottom up unless the height is negative.
    let from = pixelOffset + (storedHeight > 0 ? height - 1 - y : y) * stride;
    for (let x = 0; x < width; x++, from += pixelBytes) {
      rgb[to++] = bytes[from + 2]!;
      rgb[to++] = bytes[from + 1]!;
      rgb[to++] = bytes[from]!;
    }
  }
  return { rgb, width, height };
}
