import {
  cvatLabels,
  cvatTask,
  cvatTrack,
  cvatXml,
} from '../../operators/datasets/cvat/cvat-xml.ts';
import {
  annotation,
  rectangle,
  result,
  task,
} from '../../operators/datasets/labelstudio/label-studio-export.ts';

/** A COCO set of two pictures of 100×80 with all forms of boxes. */
export function cocoSet(): string {
  const shapes = [
    { bbox: [10, 20, 30, 40.5] },
    { bbox: [20, 30, 40, 10], attributes: { occluded: false, rotation: 30 } },
    { segmentation: [[10, 20, 30, 20, 30, 50]], bbox: [] },
    { segmentation: { size: [80, 100], counts: [1610, 40, 40, 40, 40, 40, 6190] }, iscrowd: 1 },
    // pycocotools.mask.encode of zeros((80, 100)) with [10:50, 20:60] = 1.
    { segmentation: { size: [80, 100], counts: `Zb1X1X1${'0'.repeat(77)}fS3` } },
    { bbox: [50, 5, 49.5, 60], keypoints: [1, 2, 2], num_keypoints: 1, ignore: 0 },
  ];
  return JSON.stringify({
    info: { year: 2024 },
    images: [
      { id: 1, file_name: 'a.png', width: 100, height: 80 },
      { id: 2, file_name: 'data/b.png', width: 100, height: 80 },
    ],
    categories: [
      { id: 0, name: 'cat', supercategory: '' },
      { id: 3, name: 'dog', supercategory: '' },
    ],
    annotations: shapes.map((shape, i) => ({
      id: i + 1,
      image_id: 1 + (i % 2),
      category_id: i < 3 ? 0 : 3,
      area: 100,
      ...shape,
    })),
  });
}

/** A set of two pictures, as "CVAT for images 1.1". */
export function cvatImages(): string {
  const more = 'source="manual" occluded="0" z_order="0"';
  const a =
    `<box label="cat" ${more} xtl="20.00" ytl="30.00" xbr="60.00" ybr="40.00"></box>` +
    `<box label="dog" ${more} xtl="20.00" ytl="30.00" xbr="60.00" ybr="40.00" rotation="30.00"></box>` +
    `<polygon label="cat" ${more} points="10.50,20.00;30.00,20.00;30.00,50.50"></polygon>`;
  const b =
    `<ellipse label="dog" ${more} cx="50.00" cy="40.00" rx="20.00" ry="10.00" rotation="20.00"></ellipse>` +
    `<mask label="cat" ${more} rle="1, 2, 3, 1, 5" left="10" top="20" width="4" height="3"></mask>` +
    `<points label="cat" ${more} points="1.00,2.00"></points>`;
  const size = 'width="100" height="80"';
  return cvatXml(
    cvatLabels('cat', 'dog'),
    `<image id="0" name="a.png" ${size}>${a}</image>\n<image id="1" name="b.png" ${size}>${b}</image>`,
  );
}

/** A video of six frames, as "CVAT for video 1.1". */
export function cvatVideo(): string {
  const frames =
    '<size>6</size><mode>interpolation</mode><start_frame>0</start_frame>' +
    '<stop_frame>5</stop_frame><frame_filter></frame_filter>';
  const at = (x: number): number[] => [x, 10, x + 20, 30];
  const tracks = [
    cvatTrack(0, 'cat', [
      { frame: 0, box: at(10), degrees: 350 },
      { frame: 3, box: at(40), degrees: 20 },
      { frame: 4, box: at(40), outside: true },
    ]),
    cvatTrack(1, 'dog', [
      { frame: 1, box: at(50) },
      { frame: 2, box: at(52), keyframe: false },
      { frame: 3, box: at(54), outside: true },
      { frame: 5, box: at(60) },
    ]),
  ];
  return cvatXml(cvatTask(['cat', 'dog'], frames), tracks.join('\n'));
}

/** A set of two pictures, as Label Studio's "JSON". */
export function labelStudioExport(): string {
  const triangle = [
    [10, 25],
    [30, 25],
    [30, 75],
  ];
  const first = [
    rectangle('cat', [10, 20, 30, 40]),
    rectangle('dog', [50, 20, 30, 10], 30),
    result('polygonlabels', { points: triangle, closed: true, polygonlabels: ['cat'] }),
  ];
  const ellipse = { x: 50, y: 50, radiusX: 20, radiusY: 12.5, rotation: 40 };
  const second = [
    result('ellipselabels', { ...ellipse, ellipselabels: ['dog'] }),
    result('choices', { choices: ['night'] }),
  ];
  return JSON.stringify([
    task(1, '/data/upload/1/0a1b2c3d-a.png', [annotation(1, first)]),
    task(2, 'https://host/b.png', [annotation(2, second)]),
  ]);
}
