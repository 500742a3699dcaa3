import { expect, test } from 'vitest';
import {
  bytes,
  inWords,
  quantity,
  share,
  shareOver,
} from '../../../../pipeline/laboratory/results/figures.ts';
import { portableSpec, setName } from '../../../../pipeline/laboratory/results/set-name.ts';

test('shares have three decimals and no minus zero', () => {
  expect(share(0.98765)).toBe('0.988');
  expect(share(-0.0001)).toBe('0.000');
  expect(share(null)).toBe('–');
  expect(shareOver(0.5, 0.01)).toBe('0.500 ± 0.010');
});

test('quantities have three significant digits and no exponent', () => {
  expect([0, 0.0123, 1.234, 12.34, 123.4, 123_456].map(quantity)).toEqual([
    '0',
    '0.012',
    '1.23',
    '12.3',
    '123',
    '123456',
  ]);
});

test('bytes have binary units', () => {
  expect([512, 1 << 20, 3.5 * 2 ** 30].map(bytes)).toEqual(['512 B', '1.00 MiB', '3.50 GiB']);
});

test('keys are split into words', () => {
  expect(inWords('baseMap50Before')).toBe('base mAP50 before');
  expect(inWords('unknownRecall')).toBe('unknown recall');
  expect(inWords('liveAOseBefore')).toBe('live A-OSE before');
  expect(inWords('aOseOwodBefore')).toBe('A-OSE OWOD before');
  expect(inWords('wildernessImpactDhamija')).toBe('wilderness impact Dhamija');
  expect(inWords('unknownRecallAt2False')).toBe('unknown recall at 2 false');
});

test('a set is named after its folder', () => {
  expect(setName('voc:/x/fod-a/Annotations:/x/fod-a/JPEGImages:/x/l.txt')).toBe('fod-a');
  expect(setName('coco:/x/coco286/instances.json:/x/coco286/images')).toBe('coco286');
  expect(setName('voc:/x/playing-cards/train:/x/playing-cards/train')).toBe('playing-cards');
  expect(setName('coco:/out/parts/train.json:/x/whole/images')).toBe('parts');
  expect(setName('coco:/out/parts/test-3.json:/x/whole/images')).toBe('parts');
  expect(setName('yolo:robots')).toBe('robots');
});

test('a portable specification omits the data folder', () => {
  expect(portableSpec('voc:/x/fod-a/Annotations:/x/fod-a/JPEGImages:/lists/l.txt')).toBe(
    'voc:$DATA/fod-a/Annotations:$DATA/fod-a/JPEGImages:$DATA/l.txt',
  );
});

test('images in another folder than that of the set keep their folder name', () => {
  expect(portableSpec('voc:/x/v/Annotations:/x/v/JPEGImages:/x/v/l.txt#tracks=/x/v/t.json')).toBe(
    'voc:$DATA/v/Annotations:$DATA/v/JPEGImages:$DATA/v/l.txt#tracks=$DATA/v/t.json',
  );
  expect(setName('yolo:robots#split=val,tracks=/x/t.json')).toBe('robots');
  expect(portableSpec('coco:/out/parts/train.json:/x/whole/images')).toBe(
    'coco:$DATA/parts/train.json:$DATA/whole/images',
  );
});
