import { describe, expect, it } from 'vitest';
import { readDataset } from '../../../../operators/datasets/read-dataset.ts';
import { expectObjects, turnedBounds } from '../dataset-assertions.ts';
import { useDatasetFolder } from '../dataset-folder.ts';
import { cvatLabels, cvatXml } from './cvat-xml.ts';

const folder = useDatasetFolder();
const read = (images = 'img') =>
  readDataset(`cvat:${folder.path('annotations.xml')}:${folder.path(images)}`);

/** Writes a file of one image, a.jpg of 100×80, with these elements in it. */
async function write(elements: string, meta = cvatLabels('cat', 'dog')): Promise<void> {
  await folder.picture('img/a.jpg');
  const image = `<image id="0" name="a.jpg" width="100" height="80">${elements}</image>`;
  await folder.write('annotations.xml', cvatXml(meta, image));
}

const more = 'source="manual" occluded="0" z_order="0"';
const box = (label: string, place: string) => `<box label="${label}" ${more} ${place}></box>`;

describe('reading "CVAT for images 1.1"', () => {
  it('reads boxes, turned ones, and the bounds of other shapes', async () => {
    await write(
      box('cat', 'xtl="20.00" ytl="30.00" xbr="60.00" ybr="40.00"') +
        box('dog', 'xtl="20.00" ytl="30.00" xbr="60.00" ybr="40.00" rotation="30.00"') +
        `<polygon label="cat" ${more} points="10.5,20;30,20;30,50.5"><attribute name="a">b &amp; c</attribute></polygon>` +
        `<ellipse label="dog" ${more} cx="50" cy="40" rx="20" ry="10"></ellipse>` +
        `<ellipse label="dog" ${more} cx="50" cy="40" rx="20" ry="10" rotation="90.00"></ellipse>` +
        `<mask label="cat" ${more} rle="1, 2, 3, 1, 5" left="10" top="20" width="4" height="3"></mask>` +
        `<cuboid label="cat" ${more} xtl1="10" ytl1="20" xbl1="10" ybl1="40" xtr1="30" ytr1="22" ` +
        `xbr1="30" ybr1="42" xtl2="50" ytl2="18" xbl2="50" ybl2="38" xtr2="35" ytr2="16" xbr2="35" ybr2="36"></cuboid>`,
    );
    const set = await read();
    expectObjects(set, 'a.jpg', [
      ['cat', [20, 30, 60, 40]],
      ['dog', turnedBounds([20, 30, 60, 40], 30, [40, 35])],
      ['cat', [10.5, 20, 30, 50.5]],
      ['dog', [30, 30, 70, 50]],
      ['dog', [40, 20, 60, 60]],
      ['cat', [11, 20, 13, 22]],
      ['cat', [10, 16, 50, 42]],
    ]);
    expect(set.classes).toEqual(['cat', 'dog']);
    expect(set.warnings).toEqual([]);
  });

  it('counts what has no box', async () => {
    await write(
      `<points label="cat" ${more} points="1,2;3,4"></points>` +
        `<polyline label="cat" ${more} points="1,2;3,4"></polyline>` +
        `<skeleton label="cat" ${more}><points label="1" occluded="0" outside="0" points="1,2"></points></skeleton>` +
        `<points label="cat" ${more} points="1,2"></points><tag label="cat" source="manual"></tag>`,
    );
    const set = await read();
    expect(set.images[0]!.objects).toEqual([]);
    expect(set.warnings).toEqual([
      '2 points, 1 polyline, 1 skeleton, 1 tag have no box and were left out',
    ]);
  });

  it('has the labels of the file in its order, without those of points', async () => {
    const meta =
      '<meta><task><labels>' +
      '<label><name>zebra</name><color>#ff0000</color><type>rectangle</type><attributes></attributes></label>' +
      '<label><name>nose</name><type>points</type></label>' +
      '<label><name>ant</name><type>any</type></label>' +
      '<label><name>1</name><type>points</type><parent>body</parent></label>' +
      '</labels></task></meta>';
    await write(box('ant', 'xtl="1" ytl="2" xbr="30" ybr="40"'), meta);
    expect((await read()).classes).toEqual(['zebra', 'ant']);
    await write(box('ant', 'xtl="1" ytl="2" xbr="30" ybr="40"'), '');
    expect((await read()).classes).toEqual(['ant']);
    await write(box('bee', 'xtl="1" ytl="2" xbr="30" ybr="40"'), meta);
    await expect(read()).rejects.toThrow(': expected a label of <labels>, found "bee"');
  });

  it('finds pictures by the longest end of their path, and frames of videos without extension', async () => {
    const image = (name: string) => `<image id="0" name="${name}" width="100" height="80"></image>`;
    const xml = image('train/cam1/1.jpg') + image('train/cam2/1.jpg') + image('frame_000007');
    await folder.write('annotations.xml', cvatXml('', xml));
    await folder.picture('img/cam1/1.jpg');
    await folder.picture('img/cam2/1.jpg');
    await folder.picture('img/frame_000007.png');
    expect((await read()).images.map(({ path }) => path)).toEqual(
      ['cam1/1.jpg', 'cam2/1.jpg', 'frame_000007.png'].map((name) => folder.path(`img/${name}`)),
    );
    const subset = (name: string) => `<image id="0" name="1.jpg" subset="${name}"></image>`;
    await folder.write('annotations.xml', cvatXml('', subset('cam2') + subset('cam1')));
    expect((await read()).images.map(({ path }) => path)).toEqual(
      ['cam2/1.jpg', 'cam1/1.jpg'].map((name) => folder.path(`img/${name}`)),
    );
    await folder.write('annotations.xml', cvatXml('', xml));
    await folder.picture('flat/1.jpg');
    await folder.picture('flat/frame_000007.png');
    await expect(read('flat')).rejects.toThrow('expected a picture of its own');
  });

  it('reads upright boxes of pictures that are turned by EXIF, as the stated size shows', async () => {
    const turned = box('cat', 'xtl="10" ytl="70" xbr="30" ybr="90"');
    const image = (size: string) => `<image id="0" name="a.jpg" ${size}>${turned}</image>`;
    await folder.picture('img/a.jpg', 100, 80, (picture) =>
      picture.withMetadata({ orientation: 6 }),
    );
    await folder.write('annotations.xml', cvatXml('', image('width="80" height="100"')));
    const set = await read();
    expect(set.images[0]).toMatchObject({ width: 80, height: 100 });
    expectObjects(set, 'a.jpg', [['cat', [10, 70, 30, 90]]]);
    await folder.write('annotations.xml', cvatXml('', image('width="100" height="80"')));
    await expect(read()).rejects.toThrow('expected all boxes in upright pixels or all in stored');
  });

  it.each<[string, string]>([
    [
      box('cat', 'xtl="1" ytl="2" xbr="x" ybr="4"'),
      'annotations.image.box: xbr: expected a number, found "x"',
    ],
    [
      box('cat', 'xtl="1" ytl="2" xbr="3"'),
      'annotations.image.box: ybr: expected a number, found ""',
    ],
    [box('cat', 'xtl="1" ytl="2" xbr="NaN" ybr="4"'), 'xbr: expected a number'],
    [box('cat', 'xtl="5" ytl="2" xbr="3" ybr="4"'), 'expected xtl <= xbr and ytl <= ybr'],
    [box('', 'xtl="1" ytl="2" xbr="3" ybr="4"'), 'label: expected a text'],
    [`<polygon label="cat" points="1,2;3,4"/>`, 'points: expected 3 points or more'],
    [`<polygon label="cat" points="1,2;3,4;5"/>`, 'points: expected x,y;x,y;x,y'],
    [
      `<mask label="cat" rle="1, 2" left="0" top="0" width="2" height="2"/>`,
      'expected run lengths of 4 pixels, found 3',
    ],
    [
      `<mask label="cat" rle="4" left="0" top="0" width="2" height="2"/>`,
      'expected a pixel of the object',
    ],
    [
      `<mask label="cat" rle="4" left="0" top="0" width="2000000" height="2000000"/>`,
      'expected a mask with pixels',
    ],
    [`<ellipse label="cat" cx="5" cy="5" rx="-1" ry="2"/>`, 'expected radii of 0 or more'],
    ['<bbox label="cat"/>', 'annotations.image.bbox: expected one of box, polygon'],
    ['<box', 'expected XML'],
    ['&eacute;', 'expected XML, undefined entity'],
    ['</image></image>', 'expected XML'],
    ['<box label="cat" label="dog"/>', 'expected XML, duplicate attribute'],
  ])('says where %s is wrong', async (elements, message) => {
    await write(elements);
    const error: unknown = await read().catch((each: unknown) => each);
    expect(error).toMatchObject({ name: 'DatasetError', code: 'bad-file' });
    expect((error as Error).message).toMatch(/annotations\.xml: line \d+: /);
    expect((error as Error).message).toContain(message);
  });

  it('rejects other XML, no XML, and a file without images', async () => {
    await folder.picture('img/a.jpg');
    const reject = async (xml: string, message: string) => {
      await folder.write('annotations.xml', xml);
      await expect(read()).rejects.toThrow(message);
    };
    await reject('<annotation><filename>a.jpg</filename></annotation>', 'expected <annotations>');
    await reject('{"images":[]}', 'expected XML');
    await reject('', 'expected XML');
    await reject(cvatXml('', '').replace('utf-8', 'koi8-r'), 'expected UTF-8, found koi8-r');
    await reject('<annotations xmlns:a="b"><a:image/></annotations>', 'expected no namespaces');
    await reject(cvatXml('', ''), 'expected images or tracks, found none');
    await reject(
      '<!DOCTYPE a [<!ENTITY b "bbbb">]><annotations><image id="0" name="&b;"/></annotations>',
      'undefined entity',
    );
    await reject(`<annotations>${'<a>'.repeat(100)}`, 'expected at most 32 levels');
    await folder.write('annotations.xml', Buffer.from('<annotations name="caf\u00e9"/>', 'latin1'));
    await expect(read()).rejects.toThrow('expected UTF-8');
    await expect(
      readDataset(`cvat:${folder.path('x.xml')}:${folder.path('img')}`),
    ).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});
