import type { Tool } from './tool.ts';
import { truth, writePictures, type TrueObject, type TruePicture } from './truth.ts';

interface VocWay {
  readonly objectOf?: (object: TrueObject) => string;
  readonly head?: (picture: TruePicture, turned: boolean) => string;
  readonly annotations?: string;
  readonly images?: string;
  readonly extension?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly list?: string;
  readonly prolog?: string;
}

const bndbox = ({ box: [left, top, right, bottom] }: TrueObject): string =>
  `<bndbox><xmin>${left}</xmin><ymin>${top}</ymin><xmax>${right}</xmax><ymax>${bottom}</ymax></bndbox>`;
const vocObject = (object: TrueObject): string =>
  `<object><name>${object.class}</name><pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>${bndbox(object)}</object>`;
const vocHead = ({ name, width, height }: TruePicture): string =>
  `<folder>images</folder><filename>${name}.jpg</filename><path>C:\\me\\images\\${name}.jpg</path><size><width>${width}</width><height>${height}</height><depth>3</depth></size>`;

function voc(name: string, way: VocWay = {}): Tool {
  const {
    objectOf = vocObject,
    head = vocHead,
    annotations = 'Annotations',
    images = 'JPEGImages',
    extension = 'jpg',
    files = {},
    list,
    prolog = '',
  } = way;
  return {
    name: `VOC: ${name}`,
    write: async (folder, turned) => {
      await writePictures(folder, (stem) => `${images}/${stem}.${extension}`, turned);
      for (const picture of truth) {
        const body = head(picture, turned) + picture.objects.map(objectOf).join('');
        const xml = `${prolog}<annotation>${body}</annotation>\n`;
        await folder.write(`${annotations}/${picture.name}.xml`, xml);
      }
      for (const [path, text] of Object.entries(files)) await folder.write(path, text);
      return `voc:${annotations}:${images}${list === undefined ? '' : `:${list}`}`;
    },
  };
}

export const vocTools: readonly Tool[] = [
  voc('LabelImg', { annotations: 'set', images: 'set' }),
  voc('Pascal VOC with a list', {
    list: 'ImageSets/Main/train.txt',
    files: { 'ImageSets/Main/train.txt': truth.map(({ name }) => name).join('\n') },
  }),
  voc('a list of a class, with 1 and -1 and 0', {
    list: 'cone_train.txt',
    files: {
      'cone_train.txt': truth.map(({ name }, i) => `${name} ${i === 1 ? ' 1' : ' 0'}`).join('\n'),
    },
  }),
  voc('an XML declaration and comments', {
    prolog: '<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by hand -->\n',
  }),
  voc('CVAT: no path, floats, occluded', {
    objectOf: (object) =>
      `<object><name>${object.class}</name><occluded>0</occluded>${bndbox({
        ...object,
        box: object.box.map((side) => side + 0.004) as unknown as TrueObject['box'],
      })}<attributes><attribute><name>rotation</name><value>0.0</value></attribute></attributes></object>`,
  }),
  voc('Roboflow: polygons beside the boxes', {
    objectOf: (object) =>
      `<object><name>${object.class}</name><difficult>0</difficult>${bndbox(object)}<polygon><x1>1</x1><y1>2</y1><x2>3</x2><y2>4</y2></polygon></object>`,
  }),
  voc('parts of objects', {
    objectOf: (object) =>
      `<object><name>${object.class}</name>${bndbox(object)}<part><name>head</name>${bndbox({
        class: 'head',
        box: [1, 1, 5, 5],
      })}</part></object>`,
  }),
  voc('without a size', { head: ({ name }) => `<filename>${name}.jpg</filename>` }),
  voc('a size of zeros', {
    head: ({ name }) =>
      `<filename>${name}.jpg</filename><size><width>0</width><height>0</height><depth>0</depth></size>`,
  }),
  voc('PNG pictures, while the file names JPEG', { extension: 'png' }),
];
