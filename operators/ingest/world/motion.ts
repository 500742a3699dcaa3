/** A point in the picture, in pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * The motion of one object over the floor: a cubic Bézier curve plus hopping, swaying and pulsing.
 */
export interface Motion {
  /** Control points: outside of the picture, two inside, outside. */
  readonly path: readonly [Point, Point, Point, Point];
  /** Duration in frames. */
  readonly frames: number;
  /** Height of the hops, as a share of the size; 0 for none. */
  readonly hop: number;
  /** Frames per hop. */
  readonly hopFrames: number;
  /** Amplitude of the tilt to either side, in radians. */
  readonly sway: number;
  /** Frames per swing. */
  readonly swayFrames: number;
  /** Amplitude of the change of size, as a share. */
  readonly pulse: number;
}

/** Position, tilt and scale of an object in one frame. */
export interface Pose {
  /** Where it touches the floor. */
  readonly foot: Point;
  /** Height above the floor, as a share of the size. */
  readonly lift: number;
  /** Radians. */
  readonly angle: number;
  readonly scale: number;
  /** Whether it moves to the right; the sprites face left. */
  readonly mirrored: boolean;
}

/** The pose of an object `age` frames after its first one. */
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

/** Limits of a {@link randomMotion}. */
export interface MotionBounds {
  /** Width of the picture in pixels. */
  readonly width: number;
  /** Range of the feet's y coordinate, in pixels. */
  readonly floorTop: number;
  readonly floorBottom: number;
  /** Distance from the picture at the start and the end, in pixels. */
  readonly outside: number;
  readonly pixelsPerFrame: number;
}

/** Draws a motion: three of four cross the picture, the others turn and leave on the same side. */
export function randomMotion(random: () => number, bounds: MotionBounds): Motion {
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
    frames: Math.max(2, Math.round(lengthOf(path) / bounds.pixelsPerFrame)),
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
