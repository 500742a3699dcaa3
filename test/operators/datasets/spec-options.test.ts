import { describe, expect, it } from 'vitest';
import { splitSpec } from '../../../operators/datasets/spec-options.ts';

describe('splitSpec', () => {
  it('takes the options behind the last #', () => {
    expect(splitSpec('voc:a:b')).toEqual({ set: 'voc:a:b', options: {} });
    expect(splitSpec('voc:a:b#boxes=stored')).toEqual({
      set: 'voc:a:b',
      options: { boxes: 'stored' },
    });
    expect(splitSpec('yolo:a#1#split=val,lines=pose')).toEqual({
      set: 'yolo:a#1',
      options: { split: 'val', lines: 'pose' },
    });
  });

  it('takes the path of tracks whole, as the last option', () => {
    expect(splitSpec('voc:a:b:c.txt#tracks=/d#1/e,f=g.json')).toEqual({
      set: 'voc:a:b:c.txt',
      options: { tracks: '/d#1/e,f=g.json' },
    });
    expect(splitSpec('yolo:a#1#split=val,boxes=stored,tracks=C:\\t.json')).toEqual({
      set: 'yolo:a#1',
      options: { split: 'val', boxes: 'stored', tracks: 'C:\\t.json' },
    });
    expect(() => splitSpec('voc:a:b#tracks=')).toThrow('tracks=FILE last');
    expect(() => splitSpec('voc:a:b#box=1,tracks=t.json')).toThrow('"box=1"');
  });

  it.each(['yolo:set#1/', 'voc:a#boxes=stored:b', 'voc:a:b#1\\c'])(
    'leaves a # inside of a path: %s',
    (spec) => {
      expect(splitSpec(spec)).toEqual({ set: spec, options: {} });
    },
  );

  it.each([
    'yolo:a#',
    'yolo:a#train',
    'yolo:a#split=all',
    'yolo:a#split=val,',
    'yolo:a#split=val,split=val',
    'yolo:a#toString=val',
    'yolo:a#boxes=stored=1',
    'coco:a:b#split=val',
    'voc:a:b#lines=pose',
  ])('throws for "%s" with the options there are', (spec) => {
    expect(() => splitSpec(spec)).toThrow(
      expect.objectContaining({ name: 'DatasetError', code: 'bad-spec' }),
    );
    expect(() => splitSpec(spec)).toThrow('boxes=upright|stored, split=train|val|test');
  });
});
