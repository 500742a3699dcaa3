import type { Tool } from './tool.ts';
import {
  cornersOf,
  outlineOf,
  truth,
  turnedWithin,
  writePictures,
  type TrueObject,
  type TruePicture,
} from './truth.ts';

function labelStudio(
  name: string,
  regionOf: (picture: TruePicture, object: TrueObject) => Record<string, unknown>,
  { isMin = false, url = (stem: string) => `/data/upload/1/0a1b2c3d-${stem}.jpg` } = {},
): Tool {
  return {
    name: `Label Studio: ${name}`,
    write: async (folder, turned) => {
      await writePictures(folder, (stem) => `images/${stem}.jpg`, turned);
      const tasks = truth.map((picture, i) => {
        const regions = picture.objects.map((object) => regionOf(picture, object));
        if (isMin) return { id: i + 1, image: url(picture.name), label: regions, annotation_id: i };
        return {
          id: i + 1,
          data: { image: url(picture.name) },
          annotations: [{ id: i + 1, was_cancelled: false, result: regions }],
          predictions: [],
        };
      });
      await folder.write('export.json', JSON.stringify(tasks));
      return 'labelstudio:export.json:images';
    },
  };
}

/** A rectangle in percent of the picture, turned clockwise about its left upper corner. */
function percent({ width, height }: TruePicture, { box }: TrueObject, degrees: number) {
  const turned =
    degrees === 0
      ? { corner: [box[0], box[1]] as const, width: box[2] - box[0], height: box[3] - box[1] }
      : { ...turnedWithin(box, degrees), corner: cornersOf(turnedWithin(box, degrees))[0]! };
  return {
    x: (100 * turned.corner[0]) / width,
    y: (100 * turned.corner[1]) / height,
    width: (100 * turned.width) / width,
    height: (100 * turned.height) / height,
    rotation: degrees,
  };
}

const region = (picture: TruePicture, type: string, value: Record<string, unknown>) => ({
  id: 'r',
  type,
  from_name: 'label',
  to_name: 'image',
  original_width: picture.width,
  original_height: picture.height,
  image_rotation: 0,
  value,
});

export const labelStudioTools: readonly Tool[] = [
  labelStudio('rectangles', (picture, object) =>
    region(picture, 'rectanglelabels', {
      ...percent(picture, object, 0),
      rectanglelabels: [object.class],
    }),
  ),
  labelStudio('turned rectangles', (picture, object) =>
    region(picture, 'rectanglelabels', {
      ...percent(picture, object, 10),
      rectanglelabels: [object.class],
    }),
  ),
  labelStudio('polygons', (picture, object) =>
    region(picture, 'polygonlabels', {
      points: outlineOf(object.box).map(([x, y]) => [
        (100 * x) / picture.width,
        (100 * y) / picture.height,
      ]),
      polygonlabels: [object.class],
    }),
  ),
  labelStudio(
    'JSON-MIN, local files',
    (picture, object) => ({
      ...percent(picture, object, 0),
      rectanglelabels: [object.class],
      original_width: picture.width,
      original_height: picture.height,
    }),
    { isMin: true, url: (stem) => `/data/local-files/?d=set/images/${stem}.jpg` },
  ),
];
