import { canvasOf, type ViewSize } from '../frames/view-size.ts';
import { sizeInAreaExpressions, type PackedLayout } from './packed-picture.ts';
import { orientationFilter, pictureFilter, ticksPerSecond } from './picture-log.ts';

/**
 * Which time thins a stream. `media`: presentation time. `arrival`: the clock of this machine, for
 * cameras that send more or fewer pictures than their times say.
 */
export type ThinningClock = 'media' | 'arrival';

/**
 * How colours become those of a computer's screen. `hdr`: tone-mapped from PQ or HLG. `wide`: from
 * the gamut of BT.2020. `plain`: by the matrix and range that each picture states.
 */
export type ColourConversion = 'plain' | 'wide' | 'hdr';

export interface PackingGraph {
  readonly layout: PackedLayout;
  /** Thins to this rate; null keeps every picture. */
  readonly rate: { readonly fps: number; readonly clock: ThinningClock } | null;
  readonly colours: ColourConversion;
  /** Options of `setparams` for what the stream leaves open; `plain` colours need none. */
  readonly assumedColours: readonly string[];
  /** Whether transparent pixels are blended over grey. */
  readonly hasAlpha: boolean;
  /**
   * EXIF orientation, 1 to 8, that the graph undoes and whose changes it prints; null: ffmpeg turns
   * each picture itself.
   */
  readonly orientation: number | null;
  /** Whether `showinfo` would compute checksums unless it is switched off. */
  readonly hasChecksumOption: boolean;
}

/**
 * The filter graph that scales, pads and stacks both pictures, and describes each in the log. `V`
 * excludes cover art. Both are scaled from the decoded frame, so that neither is resampled twice,
 * except where the tone mapping of HDR would have to be done twice.
 *
 * The size of the output is constant: the graph is set up again when the input changes, and
 * rawvideo keeps the bytes of its first picture.
 */
export function packingGraph(graph: PackingGraph): string {
  const { layout, rate, colours } = graph;
  const { fullHeight, viewSize, canvasWidth } = layout;
  const { width, height } = sizeInAreaExpressions(layout);
  const full = `scale=w='${width}':h='${height}':flags=bicubic`;
  const view = viewFilters(layout, viewSize);
  const padFull = `format=rgb24,setsar=1,pad=${canvasWidth}:${fullHeight}`;
  const padView = `format=rgb24,setsar=1,pad=${canvasWidth}:${canvasOf(viewSize).height}`;
  const source = [
    ...(rate === null ? [] : [thinning(rate.fps, rate.clock)]),
    ...describing(graph),
  ].join(',');
  const { assumedColours } = graph;
  const assumed = assumedColours.length === 0 ? '' : `setparams=${assumedColours.join(':')},`;
  const decoded = graph.hasAlpha ? `[0:V:0]${source},${overGrey}` : `[0:V:0]${source}`;
  const branches =
    colours === 'plain'
      ? [`${decoded},split[a][b]`, `[a]${full},${padFull}[full]`, `[b]${view},${padView}[view]`]
      : [
          `${decoded},${full},${assumed}${conversion[colours]},format=rgb24,split[a][b]`,
          `[a]${padFull}[full]`,
          `[b]${view},${padView}[view]`,
        ];
  return [...branches, '[full][view]vstack[packed]'].join(';');
}

/** Scales to the detector's view, as `placeInView` says. */
function viewFilters({ fullWidth, fullHeight }: PackedLayout, size: ViewSize): string {
  const { width, height, fit, anchor, ground } = canvasOf(size);
  if (fit === 'stretch') {
    const shrinks = width <= fullWidth && height <= fullHeight;
    return `scale=${width}:${height}:flags=${shrinks ? 'area' : 'bicubic'}`;
  }
  const shrinks = width <= fullWidth || height <= fullHeight;
  // Of each picture, since its shape may change in mid-stream.
  const factor = `min(${width}/(iw*sar),${height}/ih)`;
  const [w, h] = [`iw*sar*${factor}`, `ih*${factor}`];
  const fitted = `scale=w='max(1,round(${w}))':h='max(1,round(${h}))'`;
  const place = anchor === 'corner' ? '0:0' : `'floor((ow-iw)/2)':'floor((oh-ih)/2)'`;
  const grey = ground.toString(16).padStart(2, '0');
  return (
    `${fitted}:flags=${shrinks ? 'area' : 'bicubic'},format=rgb24,setsar=1,` +
    `pad=${width}:${height}:${place}:color=0x${grey.repeat(3)}`
  );
}

/**
 * `select` with the algorithm of `RateLimit`, so that a picture that is left out is neither scaled
 * nor sent through the pipe. Variables: 0 when the next picture is due, 1 the latest time, 2
 * whether there was one, 3 the time of this picture.
 */
export function thinning(fps: number, clock: ThinningClock): string {
  const interval = 1 / fps;
  // A picture without a time counts as one of 25 a second.
  const time = clock === 'media' ? 'if(isnan(t),n/25,t)' : 'time(0)';
  const isNew = `not(ld(2))+lt(ld(3),ld(1)-${2 * interval})+gt(ld(3),ld(0)+${2 * interval})`;
  const next = `st(0,max(ld(0),ld(3)-${interval})+${interval})`;
  const steps = [
    `st(3,${time})`,
    `if(${isNew},st(0,ld(3)))`,
    'st(1,ld(3))',
    'st(2,1)',
    `if(lt(ld(3),ld(0)-${interval / 2}),0,${next}*0+1)`,
  ];
  return `select='${steps.join(';')}'`;
}

/** Presentation times in fixed units: the log rounds those in seconds to six digits. */
function describing({ orientation, hasChecksumOption }: PackingGraph): string[] {
  return [
    `settb=1/${ticksPerSecond}`,
    ...(orientation === null
      ? []
      : [`${orientationFilter}=mode=print:key=Orientation`, ...turned(orientation)]),
    hasChecksumOption ? `${pictureFilter}=checksum=0` : pictureFilter,
  ];
}

/** The filters that undo an EXIF orientation. */
function turned(orientation: number): string[] {
  const filters = [
    [],
    ['hflip'],
    ['hflip', 'vflip'],
    ['vflip'],
    ['transpose=0'],
    ['transpose=1'],
    ['transpose=3'],
    ['transpose=2'],
  ];
  return filters[orientation - 1] ?? [];
}

/** Blends over mid grey. */
const overGrey = [
  'format=gbrap,split=3[colour][opaque][ground]',
  '[opaque]alphaextract,format=gbrp[mask]',
  '[ground]format=gbrp,lutrgb=r=128:g=128:b=128[grey]',
  '[colour]format=gbrp[top]',
  '[grey][top][mask]maskedmerge',
].join(';');

/**
 * White of HDR video is at 203 cd/m² (ITU-R BT.2408). Mobius leaves what is darker almost as it is
 * and compresses what is brighter.
 */
const conversion = {
  hdr: 'zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv444p',
  wide: 'zscale=p=bt709:t=bt709:m=bt709:r=tv,format=yuv444p',
} as const;
