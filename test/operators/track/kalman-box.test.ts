import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';
import { KalmanBox } from '../../../operators/track/kalman-box.ts';
import { boxAt, normal } from './scene.ts';

describe('KalmanBox', () => {
  it('estimates a constant velocity, in pixels per second, and predicts with it', () => {
    const motion = new KalmanBox(boxAt(100, 100));
    for (let i = 1; i <= 20; i++) {
      motion.predict(0.1);
      motion.correct(boxAt(100 + 8 * i, 100 - 4 * i));
    }
    expect(motion.velocity[0]).toBeCloseTo(80, 0);
    expect(motion.velocity[1]).toBeCloseTo(-40, 0);
    motion.predict(0.5);
    expect(motion.box[0]).toBeCloseTo(100 + 160 + 40 - 50, 0);
  });

  it('estimates the velocity at uneven frame intervals', () => {
    const motion = new KalmanBox(boxAt(0, 0));
    let now = 0;
    const random = seededRandom(3);
    for (let i = 0; i < 30; i++) {
      const step = 0.03 + 0.4 * random();
      now += step;
      motion.predict(step);
      motion.correct(boxAt(100 * now, 0));
    }
    expect(motion.velocity[0]).toBeGreaterThan(98);
    expect(motion.velocity[0]).toBeLessThan(102);
  });

  it('smooths a jittering box', () => {
    const random = seededRandom(5);
    const motion = new KalmanBox(boxAt(500, 500));
    let seen = 0;
    let believed = 0;
    for (let i = 0; i < 200; i++) {
      const x = 500 + 5 * normal(random);
      motion.predict(0.1);
      motion.correct(boxAt(x, 500));
      if (i < 20) continue;
      seen += (x - 500) ** 2;
      believed += ((motion.box[0] + motion.box[2]) / 2 - 500) ** 2;
    }
    expect(believed).toBeLessThan(0.7 * seen);
  });

  it('keeps its sides at one pixel or more, and constant once frozen', () => {
    const motion = new KalmanBox(boxAt(0, 0, 40));
    for (let side = 36; side > 4; side -= 4) {
      motion.predict(0.1);
      motion.correct(boxAt(0, 0, side));
    }
    motion.predict(5);
    expect(motion.box[2] - motion.box[0]).toBeGreaterThanOrEqual(1);
    motion.correct(boxAt(0, 0, 30));
    motion.freezeSize();
    const before = motion.box[2] - motion.box[0];
    motion.predict(2);
    expect(motion.box[2] - motion.box[0]).toBeCloseTo(before, 9);
  });
});
