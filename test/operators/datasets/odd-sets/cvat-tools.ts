import type { Tool } from './tool.ts';
import {
  classes,
  outlineOf,
  truth,
  turnedWithin,
  writePictures,
  type TrueObject,
  type TruePicture,
} from './truth.ts';

function cvat(name: string, shapeOf: (object: TrueObject, picture: TruePicture) => string): Tool {
  return {
    name: `CVAT: ${name}`,
    write: async (folder, turned) => {
      await writePictures(folder, (stem) => `images/${stem}.jpg`, turned);
      const labels = classes
        .map((each) => `<label><name>${each}</name><color>#fff</color></label>`)
        .join('');
      const images = truth.map((picture, i) => {
        const shapes = picture.objects.map((object) => shapeOf(object, picture)).join('');
        return `<image id="${i}" name="${picture.name}.jpg" width="${picture.width}" height="${picture.height}">${shapes}</image>`;
      });
      const meta = `<version>1.1</version><meta><task><labels>${labels}</labels></task></meta>`;
      await folder.write(
        'annotations.xml',
        `<?xml version="1.0" encoding="utf-8"?>\n<annotations>${meta}${images.join('\n')}</annotations>`,
      );
      return 'cvat:annotations.xml:images';
    },
  };
}

export const cvatTools: readonly Tool[] = [
  cvat(
    'boxes',
    ({ class: label, box: [left, top, right, bottom] }) =>
      `<box label="${label}" source="manual" occluded="0" xtl="${left}.00" ytl="${top}.00" xbr="${right}.00" ybr="${bottom}.00" z_order="0"><attribute name="a">b</attribute></box>`,
  ),
  cvat('turned boxes', ({ class: label, box }) => {
    const { center, width, height, degrees } = turnedWithin(box, 10);
    return `<box label="${label}" occluded="0" xtl="${center[0] - width / 2}" ytl="${center[1] - height / 2}" xbr="${center[0] + width / 2}" ybr="${center[1] + height / 2}" rotation="${degrees}" z_order="0"/>`;
  }),
  cvat(
    'polygons',
    ({ class: label, box }) =>
      `<polygon label="${label}" occluded="0" points="${outlineOf(box)
        .map((point) => point.join(','))
        .join(';')}" z_order="0"/>`,
  ),
  cvat('ellipses', ({ class: label, box: [left, top, right, bottom] }) => {
    const [rx, ry] = [(right - left) / 2, (bottom - top) / 2];
    return `<ellipse label="${label}" occluded="0" cx="${left + rx}" cy="${top + ry}" rx="${rx}" ry="${ry}" z_order="0"/>`;
  }),
];
