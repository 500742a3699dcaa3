import { lookLatentLength, lookParts } from '../../detect/engine.ts';

/** Which features of a second look share a covariance: feature numbers, each in exactly one block. */
export type LookBlocks = readonly Uint16Array[];

/** In how many blocks each part of a look is held; `texture` 0: together with the layout. */
interface Division {
  readonly layout: number;
  readonly texture: number;
  readonly parts: number;
}

/**
 * From two blocks to many. What features of different blocks have to do with each other is not kept;
 * which to give up first was chosen on training pictures (docs/method.md): parts of objects against layout and
 * texture costs nothing, finer divisions cost more the less is left.
 */
const divisions: readonly Division[] = [
  { layout: 1, texture: 0, parts: 1 },
  { layout: 1, texture: 1, parts: 1 },
  { layout: 1, texture: 1, parts: 2 },
  { layout: 1, texture: 1, parts: 4 },
  { layout: 1, texture: 2, parts: 8 },
  { layout: 2, texture: 2, parts: 8 },
  { layout: 4, texture: 4, parts: 16 },
  { layout: 8, texture: 8, parts: 48 },
];

/** Ways of dividing a look into blocks, coarsest first: 3.4 MB of float32 down to 70 kB. */
export const lookDivisions: readonly LookBlocks[] = [
  [Uint16Array.from({ length: lookLatentLength }, (_, i) => i)],
  ...divisions.map(divide),
];

function divide({ layout, texture, parts }: Division): LookBlocks {
  const { layoutChannels, layoutPlaces } = lookParts;
  const partsStart = layoutChannels * layoutPlaces;
  const textureStart = partsStart + lookParts.parts;
  const layoutBlocks = deal(layoutChannels, layout).map((channels) =>
    channels.flatMap((channel) => range(layoutPlaces, channel * layoutPlaces)),
  );
  // The two log sizes come last and go with the texture.
  const textureBlocks = deal(lookLatentLength - textureStart, Math.max(1, texture)).map((own) =>
    own.map((i) => i + textureStart),
  );
  const partBlocks = deal(lookParts.parts, parts).map((own) => own.map((i) => i + partsStart));
  const first =
    texture === 0
      ? [[...layoutBlocks.flat(), ...textureBlocks.flat()]]
      : [...layoutBlocks, ...textureBlocks];
  return [...first, ...partBlocks].map((features) => Uint16Array.from(features));
}

/** 0..count-1 dealt round to so many hands: neighbouring channels have no more to do with each other than others. */
function deal(count: number, hands: number): number[][] {
  return range(hands, 0).map((hand) => range(count, 0).filter((i) => i % hands === hand));
}

function range(length: number, start: number): number[] {
  return Array.from({ length }, (_, i) => start + i);
}
