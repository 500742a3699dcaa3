import { describe, expect, it } from 'vitest';
import { parseDatasetSpec } from '../../../operators/datasets/dataset-spec.ts';

describe('parseDatasetSpec', () => {
  it('parses the formats', () => {
    expect(parseDatasetSpec('voc:/a/xml:pics')).toEqual({
      format: 'voc',
      annotations: '/a/xml',
      images: 'pics',
      list: null,
    });
    expect(parseDatasetSpec('voc:a:b:list.txt')).toMatchObject({ images: 'b', list: 'list.txt' });
    expect(parseDatasetSpec('coco:x.json:y')).toEqual({
      format: 'coco',
      file: 'x.json',
      images: 'y',
    });
    expect(parseDatasetSpec('cvat:x.xml:y')).toEqual({
      format: 'cvat',
      file: 'x.xml',
      images: 'y',
    });
    expect(parseDatasetSpec('labelstudio:x.json:y')).toEqual({
      format: 'labelstudio',
      file: 'x.json',
      images: 'y',
    });
    expect(parseDatasetSpec('yolo:d')).toEqual({ format: 'yolo', folder: 'd' });
    expect(parseDatasetSpec('photos:d')).toEqual({ format: 'photos', folder: 'd' });
  });

  it('accepts the colon of a Windows drive', () => {
    expect(parseDatasetSpec('voc:C:\\a:D:\\b:e:/list.txt')).toEqual({
      format: 'voc',
      annotations: 'C:\\a',
      images: 'D:\\b',
      list: 'e:/list.txt',
    });
    expect(parseDatasetSpec('yolo:C:\\set')).toEqual({ format: 'yolo', folder: 'C:\\set' });
    expect(parseDatasetSpec('voc:./a:/b')).toMatchObject({ annotations: './a', images: '/b' });
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
    'cvat:a',
    'labelstudio:a:b:c',
    'yolo:a:b',
    'photos:a:b',
    'kitti:a',
    ':a',
  ])('throws for "%s" with the expected formats', (spec) => {
    expect(() => parseDatasetSpec(spec)).toThrow(
      expect.objectContaining({
        name: 'DatasetError',
        code: 'bad-spec',
        message:
          `${spec}: expected voc:ANNOTATIONS:IMAGES[:LIST], coco:FILE.json:IMAGES, ` +
          'cvat:FILE.xml:IMAGES, labelstudio:FILE.json:IMAGES, yolo:DIR or photos:DIR',
      }),
    );
  });
});
