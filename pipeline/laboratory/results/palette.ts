/** Colour, dash and marker of one series. */
export interface SeriesStyle {
  readonly colour: string;
  /** SVG's stroke-dasharray; empty for an unbroken line. */
  readonly dash: string;
  readonly marker: 'circle' | 'square' | 'triangle' | 'diamond';
}

/** Okabe and Ito's colours, with Tol's wine instead of yellow, which is illegible on white. */
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
 * Assigns colour-blind safe colours with dashes and markers; combinations repeat from the 33rd name
 * on. A style depends only on the list, so a name looks the same in all charts of one list.
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
