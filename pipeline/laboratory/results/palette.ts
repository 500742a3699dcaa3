/** How one series is told from the others. */
export interface SeriesStyle {
  readonly colour: string;
  /** SVG's stroke-dasharray; empty for an unbroken line. */
  readonly dash: string;
  readonly marker: 'circle' | 'square' | 'triangle' | 'diamond';
}

/** Okabe and Ito's colours without yellow, which is lost on white, and with Tol's wine in its place. */
const colours = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#e69f00',
  '#000000',
  '#882255',
];
const dashes = ['', '7 3', '2 3', '8 3 2 3'];
const markers = ['circle', 'square', 'triangle', 'diamond'] as const;

/**
 * Colours that colour-blind people tell apart, with dashes and markers that do not repeat
 * together before the 33rd name. A name's style depends on the list alone, so that it is the
 * same in all charts that are drawn with the same list.
 */
export function seriesStyles(names: readonly string[]): ReadonlyMap<string, SeriesStyle> {
  return new Map(
    names.map((name, i) => {
      const round = Math.floor(i / colours.length);
      return [
        name,
        {
          colour: colours[i % colours.length]!,
          dash: dashes[round % dashes.length]!,
          marker: markers[(i + round) % markers.length]!,
        },
      ];
    }),
  );
}
