/** A place on the picture plane, in pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How one object moves over the floor from its first frame on: one cubic Bézier curve, walked at an even pace. */
export interface Motion {
  /** From outside the picture, over two points within, to outside again. */
  readonly path: readonly [Point, Point, Point, Point];
  /** Frames it takes. */
  readonly frames: number;
  /** Height of its hops, as a share of its size; 0 slides. */
  readonly hop: number;
  readonly hopFrames: number;
  /** How far it leans to either side, in radians, and how long that takes. */
  readonly sway: number;
  readonly swayFrames: number;
  /** How much its size breathes, as a share. */
  readonly pulse: number;
}

/** Where an object stands on the floor, `age` frames after it set out, and how it holds itself. */
export interface Pose {
  readonly foot: Point;
  /** Height above the floor as a share of its size. */
  readonly lift: number;
  /** Radians. */
  readonly angle: number;
  readonly scale: number;
  /** On its way to the right; the cut-outs look to the left. */
  readonly mirrored: boolean;
}

/** The pose at an age in frames. */
export function poseAt(motion: Motion, age: number): Pose {
  const foot = bezier(motion.path, age / motion.frames);
  return {
    foot,
    lift: motion.hop * Math.abs(Math.sin((Math.PI * age) / motion.hopFrames)),
    angle: motion.sway * Math.sin((2 * Math.PI * age) / motion.swayFrames),
    scale: 1 + motion.pulse * Math.sin((2 * Math.PI * age) / (motion.swayFrames * 1.7)),
    mirrored: bezier(motion.path, (age + 1) / motion.frames).x > foot.x,
  };
}

export interface MotionBounds {
  readonly width: number;
  /** Feet stay between these heights of the picture. */
  readonly floorTop: number;
  readonly floorBottom: number;
  /** How far outside the picture it starts and ends. */
  readonly outside: number;
  /** Pixels a frame. */
  readonly pace: number;
}

/** Invents a motion: most cross the picture, some turn round and leave where they came from. */
export function inventMotion(random: () => number, bounds: MotionBounds): Motion {
  const between = (low: number, high: number): number => low + (high - low) * random();
  const depth = (): number => between(bounds.floorTop, bounds.floorBottom);
  const fromLeft = random() < 0.5;
  const turns = random() < 0.25;
  const side = (left: boolean): number => (left ? -bounds.outside : bounds.width + bounds.outside);
  const inner = (left: boolean): number =>
    bounds.width * (left ? between(0.15, 0.45) : between(0.55, 0.85));
  const path = [
    { x: side(fromLeft), y: depth() },
    { x: turns ? inner(!fromLeft) * 1.2 : inner(fromLeft), y: depth() },
    { x: turns ? inner(!fromLeft) * 1.2 : inner(!fromLeft), y: depth() },
    { x: side(turns === fromLeft), y: depth() },
  ] as const;
  return {
    path,
    frames: Math.max(2, Math.round(lengthOf(path) / bounds.pace)),
    hop: random() < 0.3 ? between(0.05, 0.25) : 0,
    hopFrames: Math.round(between(10, 18)),
    sway: between(0.02, 0.14),
    swayFrames: Math.round(between(25, 60)),
    pulse: between(0, 0.03),
  };
}

function bezier(path: Motion['path'], t: number): Point {
  const s = 1 - t;
  const weights = [s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t] as const;
  let x = 0;
  let y = 0;
  for (let i = 0; i < 4; i++) {
    x += weights[i]! * path[i]!.x;
    y += weights[i]! * path[i]!.y;
  }
  return { x, y };
}

function lengthOf(path: Motion['path']): number {
  let length = 0;
  let last = path[0];
  for (let step = 1; step <= 16; step++) {
    const next = bezier(path, step / 16);
    length += Math.hypot(next.x - last.x, next.y - last.y);
    last = next;
  }
  return length;
}
