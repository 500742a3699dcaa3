import { describe, expect, it } from 'vitest';
import { packedLayout } from '../../../../operators/ingest/ffmpeg/packed-picture.ts';
import {
  packingGraph,
  thinning,
  type PackingGraph,
} from '../../../../operators/ingest/ffmpeg/packing-graph.ts';

const plain: PackingGraph = {
  layout: packedLayout(320, 240, 160),
  rate: null,
  colours: 'plain',
  assumedColours: [],
  hasAlpha: false,
  orientation: null,
  hasChecksumOption: true,
};

describe('packingGraph', () => {
  it('scales both pictures from the decoded one and pads them to a constant canvas', () => {
    const factor = 'min(1,min(320.49/(iw*sar),240.49/ih))';
    expect(packingGraph(plain).split(';')).toEqual([
      '[0:V:0]settb=1/1000000,showinfo@picture=checksum=0,split[a][b]',
      `[a]scale=w='max(1,round(iw*sar*${factor}))':h='max(1,round(ih*${factor}))':flags=bicubic,format=rgb24,setsar=1,pad=320:240[full]`,
      '[b]scale=160:160:flags=area,format=rgb24,setsar=1,pad=320:160[view]',
      '[full][view]vstack[packed]',
    ]);
  });

  it('describes only pictures that are kept', () => {
    const graph = packingGraph({ ...plain, rate: { fps: 5, clock: 'media' } });
    expect(graph.indexOf('select=')).toBeGreaterThan(0);
    expect(graph.indexOf('select=')).toBeLessThan(graph.indexOf('showinfo'));
  });

  it('thins recordings by the times of their pictures, and cameras by the clock', () => {
    expect(thinning(5, 'media')).toContain('st(3,if(isnan(t),n/25,t))');
    expect(thinning(5, 'arrival')).toContain('st(3,time(0))');
  });

  it.each([
    [1, 'Orientation,showinfo@picture'],
    [3, 'Orientation,hflip,vflip,showinfo@picture'],
    [6, 'Orientation,transpose=1,showinfo@picture'],
  ])('turns orientation %i before the picture is described', (orientation, expected) => {
    const graph = packingGraph({ ...plain, orientation, hasChecksumOption: false });
    expect(graph).toContain(`metadata@orientation=mode=print:key=${expected},split`);
  });

  it('tone-maps once, and blends transparency before anything is scaled', () => {
    const graph = packingGraph({ ...plain, colours: 'hdr', hasAlpha: true });
    expect(graph.match(/tonemap/g)).toHaveLength(1);
    expect(graph.indexOf('maskedmerge')).toBeLessThan(graph.indexOf('scale='));
  });
});
