import { describe, expect, it } from 'vitest';
import {
  PictureLog,
  waitingMax,
  type PictureInfo,
} from '../../../../operators/ingest/ffmpeg/picture-log.ts';

/** Lines of the three versions that differ, as they were written. */
const logs = {
  '5.1': `[showinfo@picture @ 0x55f1e38f8080] [info] config in time_base: 1/1000000, frame_rate: 10/1
[showinfo@picture @ 0x55f1e38f8080] [info] n:   0 pts:      0 pts_time:0       pos:      564 fmt:yuv444p sar:4/3 s:160x120 i:P iskey:1 type:I 
[showinfo@picture @ 0x55f1e38f8080] [info]   side data - User Data Unregistered:
[showinfo@picture @ 0x55f1e38f8080] [info] UUID=dc45e9bd-e6d9-48b7-962c-d820d923eeef
[showinfo@picture @ 0x55f1e38f8080] [info] 
[showinfo@picture @ 0x55f1e38f8080] [info] color_range:unknown color_space:unknown color_primaries:unknown color_trc:unknown
[info]   Stream #0:0: Video: rawvideo (RGB[24] / 0x18424752), rgb24(progressive), 160x152 [SAR 1:1 DAR 20:19], q=2-31, 5836 kb/s, 10 fps, 10 tbn
[showinfo@picture @ 0x55f1e38f8080] [info] n:   1 pts: 100000 pts_time:0.1     pos:     3572 fmt:yuv444p sar:4/3 s:160x120 i:P iskey:0 type:P `,
  '7.0': `[showinfo@picture @ 0x7f1574006d40] [info] config in time_base: 1/1000000, frame_rate: 10/1
[showinfo@picture @ 0x7f1574006d40] [info] n:   0 pts:      0 pts_time:0       duration: 100000 duration_time:0.1     fmt:yuv444p cl:left sar:4/3 s:160x120 i:P iskey:1 type:I 
[showinfo@picture @ 0x7f1574006d40] [info]   side data - 3x3 displaymatrix: rotation of -90.00 degrees
[showinfo@picture @ 0x7f1574006d40] [info] n:   1 pts: 100000 pts_time:0.1     duration: 100000 duration_time:0.1     fmt:yuv444p cl:left sar:4/3 s:160x120 i:P iskey:0 type:P `,
  '2018': `[showinfo@picture @ 0x1cd54e80] [info] config in time_base: 1/1000000, frame_rate: 10/1
[showinfo@picture @ 0x1cd54e80] [info] n:   0 pts:      0 pts_time:0       pos:      564 fmt:yuv444p sar:4/3 s:160x120 i:P iskey:1 type:I checksum:55DF4855 plane_checksum:[FEC8B251 9185BA88 23FEDB5E] mean:[125 129 126 ] stdev:[71.2 70.5 72.1 ]
[showinfo@picture @ 0x1cd54e80] [info] n:   1 pts: 100000 pts_time:0.1     pos:     3572 fmt:yuv444p sar:4/3 s:160x120 i:P iskey:0 type:P checksum:8C204D6B plane_checksum:[0FBEB1E0 2F33C282 847ED8EB] mean:[125 129 126 ] stdev:[71.2 70.4 72.1 ]`,
};

function read(text: string): { pictures: PictureInfo[]; overflows: number } {
  let overflows = 0;
  const log = new PictureLog({ onPicture: () => undefined, onOverflow: () => overflows++ });
  for (const line of text.split('\n')) log.read(line);
  const pictures: PictureInfo[] = [];
  for (let each = log.take(); each !== null; each = log.take()) pictures.push(each);
  return { pictures, overflows };
}

const line = (facts: string): string => `[showinfo@picture @ 0x1] [info] n:   0 ${facts}`;

describe('PictureLog', () => {
  it.each(Object.entries(logs))('reads the pictures in the log of ffmpeg %s', (_, text) => {
    const picture = { storedWidth: 160, storedHeight: 120, pixelAspect: 4 / 3, orientation: 1 };
    expect(read(text).pictures).toEqual([
      { ...picture, mediaMs: 0 },
      { ...picture, mediaMs: 100 },
    ]);
  });

  it('has no time where there is none, square pixels where no aspect is given', () => {
    const text = [
      line('pts: NOPTS pts_time:NOPTS pos: 0 fmt:rgb24 sar:0/1 s:64x48 i:P'),
      line('pts:-1500000 pts_time:-1.5 pos: 0 fmt:rgb24 sar:1/1 s:64x48 i:P'),
      line('pts:95443717689 pts_time:95443.7 pos: 0 fmt:rgb24 sar:1/1 s:64x48 i:P'),
    ].join('\n');
    expect(read(text).pictures.map(({ mediaMs }) => mediaMs)).toEqual([null, -1500, 95443717.689]);
    expect(read(text).pictures[0]!.pixelAspect).toBe(1);
  });

  it('gives an orientation to the picture that follows, and to no other', () => {
    const orientation = '[metadata@orientation @ 0x2] [info] Orientation=    6';
    const picture = line('pts: 0 pts_time:0 pos: 0 fmt:rgb24 sar:0/1 s:64x48 i:P');
    const { pictures } = read([orientation, picture, picture].join('\n'));
    expect(pictures.map((each) => each.orientation)).toEqual([6, 1]);
  });

  it.each([
    ['a title', `[info]     title           : ${line('pts: 0 pts_time:0 sar:1/1 s:9x9 i:P')}`],
    ['another filter', '[showinfo@other @ 0x1] [info] n: 0 pts: 0 pts_time:0 sar:1/1 s:9x9 i:P'],
    ['no level', '[showinfo@picture @ 0x1] n: 0 pts: 0 pts_time:0 sar:1/1 s:9x9 i:P'],
  ])('takes no picture from %s', (_, text) => {
    expect(read(text).pictures).toEqual([]);
  });

  it('is bounded', () => {
    const picture = line('pts: 0 pts_time:0 pos: 0 fmt:rgb24 sar:0/1 s:64x48 i:P');
    const { pictures, overflows } = read(
      Array<string>(waitingMax + 3)
        .fill(picture)
        .join('\n'),
    );
    expect(pictures).toHaveLength(waitingMax);
    expect(overflows).toBe(3);
  });
});
