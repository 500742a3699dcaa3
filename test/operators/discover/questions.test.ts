import { describe, expect, it } from 'vitest';
import { Questions, standingsMax } from '../../../operators/discover/questions.ts';
import { seededRandom } from '../../../operators/foundation/numbers/seeded-random.ts';

const track = { camera: 'yard', trackId: 7, sinceMs: 1000 };

describe('Questions', () => {
  it('tell each change once, and count what began and what was withdrawn', () => {
    const questions = new Questions();
    questions.note({ ...track, asked: false });
    questions.note({ ...track, asked: true });
    questions.note({ ...track, asked: true });
    expect(questions.takeChanged()).toEqual([{ ...track, asked: true }]);
    expect(questions.takeChanged()).toEqual([]);
    questions.note({ ...track, asked: false });
    expect(questions.takeChanged()).toEqual([{ ...track, asked: false }]);
    expect([questions.asked, questions.withdrawn]).toEqual([1, 1]);
  });

  it('count neither as asked nor as withdrawn what is answered', () => {
    const questions = new Questions();
    questions.note({ ...track, asked: true });
    questions.note({ ...track, asked: false }, true);
    const other = { ...track, trackId: 8 };
    questions.note({ ...other, asked: true }, true);
    expect([questions.asked, questions.withdrawn]).toEqual([1, 0]);
    // The label is taken back.
    questions.note({ ...other, asked: false });
    expect([questions.asked, questions.withdrawn]).toEqual([1, 0]);
    expect(questions.standingOf(other, 1000)?.asked).toBe(false);
  });

  it('leave alone what was said of the object that a track showed before', () => {
    const questions = new Questions();
    questions.note({ ...track, asked: true });
    questions.note({ ...track, sinceMs: 5000, asked: false });
    expect(questions.withdrawn).toBe(0);
    expect(questions.standingOf(track, 4999)).toBeNull();
    expect(questions.standingOf(track, 5000)?.asked).toBe(false);
  });

  it('are by camera, and unknown of other tracks', () => {
    const questions = new Questions();
    questions.note({ ...track, asked: true });
    expect(questions.standingOf(track, 1000)?.asked).toBe(true);
    expect(questions.standingOf({ ...track, camera: 'gate' }, 1000)).toBeNull();
    expect(questions.standingOf({ ...track, trackId: 8 }, 1000)).toBeNull();
  });

  it('remember a bounded number of tracks, whatever is noted, and count without gaps', () => {
    const random = seededRandom(3);
    const questions = new Questions();
    const latest = new Map<number, boolean>();
    for (let i = 0; i < 5000; i++) {
      const trackId = Math.floor(random() * 3000);
      const asked = random() < 0.5;
      questions.note({ camera: 'yard', trackId, sinceMs: 0, asked });
      latest.set(trackId, asked);
      expect(questions.size).toBeLessThanOrEqual(standingsMax);
      expect(questions.withdrawn).toBeLessThanOrEqual(questions.asked);
      expect(questions.standingOf({ camera: 'yard', trackId }, 0)?.asked).toBe(asked);
    }
    const changed = questions.takeChanged();
    expect(changed.length).toBeLessThanOrEqual(standingsMax);
    expect(changed.every(({ trackId, asked }) => latest.get(trackId) === asked)).toBe(true);
  });
});
