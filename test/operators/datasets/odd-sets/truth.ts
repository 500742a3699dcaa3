import type { DatasetFolder } from '../dataset-folder.ts';

/** An object of the truth, in pixels of the upright picture. */
export interface TrueObject {
  readonly class: string;
  /** Left, top, right, bottom. */
  readonly box: readonly [number, number, number, number];
}

/** A picture of the truth, as people see it. */
export interface TruePicture {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly objects: readonly TrueObject[];
}

export const classes = ['cone', 'fire hydrant'] as const;

/** Pictures of different sizes; no box is symmetric, so that a mirrored or turned one shows. */
export const truth: readonly TruePicture[] = [
  {
    name: 'yard_01',
    width: 120,
    height: 80,
    objects: [
      { class: 'cone', box: [10, 6, 40, 30] },
      { class: 'fire hydrant', box: [60, 20, 114, 70] },
    ],
  },
  { name: 'yard_02', width: 90, height: 140, objects: [{ class: 'cone', box: [4, 90, 30, 132] }] },
  { name: 'yard_03', width: 100, height: 100, objects: [] },
  {
    name: 'yard_04',
    width: 64,
    height: 48,
    objects: [{ class: 'fire hydrant', box: [2, 3, 50, 20] }],
  },
];

export const classNumber = (name: string): number =>
  classes.indexOf(name as (typeof classes)[number]);

/** Writes the pictures; `turned` stores them as a camera held sideways does: EXIF orientation 6. */
export async function writePictures(
  folder: DatasetFolder,
  place: (name: string) => string,
  turned = false,
): Promise<void> {
  for (const { name, width, height } of truth) {
    const stored = turned ? ([height, width] as const) : ([width, height] as const);
    await folder.picture(place(name), ...stored, (picture) =>
      turned ? picture.withMetadata({ orientation: 6 }) : picture,
    );
  }
}

/** Center and size as shares of the picture. */
export function shares({ width, height }: TruePicture, { box }: TrueObject): readonly number[] {
  const [left, top, right, bottom] = box;
  return [
    (left + right) / 2 / width,
    (top + bottom) / 2 / height,
    (right - left) / width,
    (bottom - top) / height,
  ];
}

/** The box turned back by `degrees` clockwise, whose bounds are the true box. */
export interface TurnedBox {
  readonly center: readonly [number, number];
  readonly width: number;
  readonly height: number;
  readonly degrees: number;
}

/**
 * A rectangle turned clockwise by `degrees` whose bounds are `box`. Throws where none is.
 */
export function turnedWithin(box: TrueObject['box'], degrees: number): TurnedBox {
  const [left, top, right, bottom] = box;
  const [boundsWidth, boundsHeight] = [right - left, bottom - top];
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  // boundsWidth = w cos + h sin; boundsHeight = w sin + h cos.
  const determinant = cos * cos - sin * sin;
  const width = (boundsWidth * cos - boundsHeight * sin) / determinant;
  const height = (boundsHeight * cos - boundsWidth * sin) / determinant;
  if (width <= 0 || height <= 0)
    throw new Error(`no rectangle turned by ${degrees} fits ${box.join()}`);
  return { center: [(left + right) / 2, (top + bottom) / 2], width, height, degrees };
}

/** The corners of a turned box, clockwise from the one that was the left upper. */
export function cornersOf({ center, width, height, degrees }: TurnedBox) {
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ].map(([sx, sy]): readonly [number, number] => {
    const [x, y] = [(sx! * width) / 2, (sy! * height) / 2];
    return [center[0] + x * cos - y * sin, center[1] + x * sin + y * cos];
  });
}

/** A polygon whose bounds are the box: each side is touched by one point. */
export function outlineOf([left, top, right, bottom]: TrueObject['box']) {
  const [width, height] = [right - left, bottom - top];
  return [
    [left + 0.3 * width, top],
    [left + 0.8 * width, top + 0.1 * height],
    [right, top + 0.4 * height],
    [left + 0.6 * width, bottom],
    [left, top + 0.7 * height],
  ] as const;
}

/** Runs of a mask that fills the box, down the columns, beginning with background. */
export function runsOf({ width, height }: TruePicture, { box }: TrueObject): readonly number[] {
  const [left, top, right, bottom] = box;
  const runs: number[] = [];
  let value = 0;
  let run = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      const inside = x >= left && x < right && y >= top && y < bottom ? 1 : 0;
      if (inside !== value) {
        runs.push(run);
        run = 0;
        value = inside;
      }
      run++;
    }
  }
  return [...runs, run];
}
