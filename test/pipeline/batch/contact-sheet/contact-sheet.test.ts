import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { LabelledImage } from '../../../../operators/datasets/dataset.ts';
import { choosePictures } from '../../../../pipeline/batch/contact-sheet/choose-pictures.ts';
import { drawContactSheet } from '../../../../pipeline/batch/contact-sheet/contact-sheet.ts';
import { boxesSvg } from '../../../../pipeline/batch/contact-sheet/draw-boxes.ts';
import { useDatasetFolder } from '../../../operators/datasets/dataset-folder.ts';

const folder = useDatasetFolder();

function image(id: string, ...names: readonly string[]): LabelledImage {
  const objects = names.map((name) => {
    return { class: name, box: [10, 10, 60, 50] as const, difficult: false, crowd: false };
  });
  return { id, path: folder.path(id), width: 100, height: 80, objects };
}

describe('the contact sheet', () => {
  it('shows as many pictures of a rare class as of a frequent one, in the order of the set', () => {
    const images = [
      ...Array.from({ length: 90 }, (_, i) => image(`a${i}`, 'often')),
      ...Array.from({ length: 10 }, (_, i) => image(`b${i}`, 'seldom')),
      image('c'),
    ];
    const chosen = choosePictures({ classes: ['often', 'seldom'], images }, 13, 1);
    const of = (letter: string) => chosen.filter(({ id }) => id.startsWith(letter)).length;
    expect([of('a'), of('b'), of('c')]).toEqual([6, 6, 1]);
    expect(chosen).toEqual(images.filter((each) => chosen.includes(each)));
    expect(choosePictures({ classes: ['often', 'seldom'], images }, 13, 1)).toEqual(chosen);
    expect(choosePictures({ classes: ['often', 'seldom'], images }, 200, 1)).toEqual(images);
  });

  it('is a JPEG with the boxes in the colours of their classes', async () => {
    await folder.picture('a.jpg', 100, 80);
    await folder.picture('b.png', 100, 80);
    const images = [image('a.jpg', 'cat'), image('b.png')];
    const { signal } = new AbortController();
    const options = { seed: 1, signal, isWhole: false };
    const sheet = await drawContactSheet({ classes: ['cat'], images }, options);
    expect(sheet.pictures).toBe(2);
    const { format, width } = await sharp(sheet.jpeg).metadata();
    expect([format, width]).toEqual(['jpeg', 1468]);
    const { data, info } = await sharp(sheet.jpeg).raw().toBuffer({ resolveWithObject: true });
    const reddish = (at: number) => data[at]! > 200 && data[at + 1]! < 110 && data[at + 2]! < 110;
    let red = 0;
    for (let at = 0; at < data.length; at += info.channels) if (reddish(at)) red++;
    expect(red).toBeGreaterThan(100);
  });

  it('escapes names, whatever they hold', async () => {
    const name = `<b>&"'\u0001`;
    const size = { width: 100, height: 80 };
    const svg = boxesSvg(image('a.jpg', name), [name], size);
    expect(svg).not.toContain('<b>');
    await expect(sharp(Buffer.from(svg)).png().toBuffer()).resolves.toBeInstanceOf(Buffer);
  });

  it('ends with the reason of its signal', async () => {
    await folder.picture('a.jpg', 100, 80);
    const options = { seed: 1, signal: AbortSignal.abort(new Error('enough')), isWhole: true };
    const set = { classes: ['cat'], images: [image('a.jpg', 'cat')] };
    await expect(drawContactSheet(set, options)).rejects.toThrow('enough');
  });
});
