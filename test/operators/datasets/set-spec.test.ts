import { describe, expect, it } from 'vitest';
import { parseSetSpec } from '../../../operators/datasets/set-spec.ts';

describe('parseSetSpec', () => {
  it('takes the three formats apart', () => {
    expect(parseSetSpec('voc:/a/xml:pics')).toEqual({
      format: 'voc',
      annotations: '/a/xml',
      images: 'pics',
      list: null,
    });
    expect(parseSetSpec('voc:a:b:list.txt')).toMatchObject({ images: 'b', list: 'list.txt' });
    expect(parseSetSpec('coco:x.json:y')).toEqual({ format: 'coco', file: 'x.json', images: 'y' });
    expect(parseSetSpec('yolo:d')).toEqual({ format: 'yolo', folder: 'd' });
  });

  it('understands the colon of a Windows drive', () => {
    expect(parseSetSpec('voc:C:\\a:D:\\b:e:/list.txt')).toEqual({
      format: 'voc',
      annotations: 'C:\\a',
      images: 'D:\\b',
      list: 'e:/list.txt',
    });
    expect(parseSetSpec('yolo:C:\\set')).toEqual({ format: 'yolo', folder: 'C:\\set' });
    expect(parseSetSpec('voc:./a:/b')).toMatchObject({ annotations: './a', images: '/b' });
  });

  it.each([
    '',
    'voc',
    'voc:',
    'voc:a',
    'voc:a:',
    'voc:a:b:c:d',
    'coco:a',
    'coco:a:b:c',
    'yolo:a:b',
    'kitti:a',
    ':a',
  ])('refuses "%s" and says what it expected', (spec) => {
    expect(() => parseSetSpec(spec)).toThrow(
      expect.objectContaining({
        name: 'SetError',
        code: 'bad-spec',
        message: `${spec}: expected voc:ANNOTATIONS:IMAGES[:LIST], coco:FILE.json:IMAGES or yolo:DIR`,
      }),
    );
  });
});
