import type { Box } from '../foundation/geometry/box.ts';

/**
 * Maps a box from stored pixels to those of the upright picture.
 *
 * @param orientation EXIF orientation, 1 to 8.
 * @param stored Size of the picture as stored.
 */
export function uprightBox(
  box: Box,
  orientation: number,
  stored: { readonly width: number; readonly height: number },
): Box {
  const [x0, y0, x1, y1] = box;
  const { width, height } = stored;
  switch (orientation) {
    case 2:
      return [width - x1, y0, width - x0, y1];
    case 3:
      return [width - x1, height - y1, width - x0, height - y0];
    case 4:
      return [x0, height - y1, x1, height - y0];
    case 5:
      return [y0, x0, y1, x1];
    case 6:
      return [height - y1, x0, height - y0, x1];
    case 7:
      return [height - y1, width - x1, height - y0, width - x0];
    case 8:
      return [y0, width - x1, y1, width - x0];
    default:
      return box;
  }
}
