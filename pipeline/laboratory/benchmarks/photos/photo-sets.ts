import { existsSync } from 'node:fs';

/** Labelled sets of photos by name, as specifications below a data folder. */
const makers: Readonly<Record<string, (data: string) => readonly string[]>> = {
  raccoon: (data) => [`voc:${data}/raccoon/annotations:${data}/raccoon/images`],
  microcontrollers: (data) => inTwoParts(data, 'microcontrollers'),
  'playing-cards': (data) => inTwoParts(data, 'playing-cards'),
  'fod-a': (data) => [
    `voc:${data}/fod-a/Annotations:${data}/fod-a/JPEGImages:${data}/fod-a/ImageSets/dev-train.txt`,
  ],
};

/**
 * The sets of these names with their specifications.
 *
 * @throws without a data folder, and for a name that is not known.
 */
export function photoSets(
  data: string | undefined,
  names: readonly string[],
): (readonly [string, readonly string[]])[] {
  if (data === undefined || !existsSync(data)) throw new Error('expected --data DIR');
  return names.map((name) => {
    const make = makers[name];
    if (make === undefined)
      throw new Error(`--sets ${name}, expected ${Object.keys(makers).join()}`);
    return [name, make(data)];
  });
}

function inTwoParts(data: string, name: string): readonly string[] {
  return ['train', 'test'].map((part) => {
    const folder = `${data}/${name}/images/${part}`;
    return `voc:${folder}:${folder}`;
  });
}
