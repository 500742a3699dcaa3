import { describe, expect, it } from 'vitest';
import type { Look, Observation } from '../../../operators/detect/detected-frame.ts';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import type { Box } from '../../../operators/foundation/geometry/box.ts';
import { Tracker } from '../../../operators/track/tracker.ts';
import { boxAt, observationAt } from './scene.ts';

const none = emptyHead();
const area: Box = [0, 0, 1000, 1000];
const small = boxAt(500, 500, 20);

/** What a tile of the frame at a time shows. */
const look = (
  timestampMs: number,
  added: readonly Observation[],
  firmer: Look['firmer'] = [],
): Look => ({ timestampMs, area, added, firmer });
const byTile = (box: Box, facts: Partial<Observation> = {}): Observation => ({
  ...observationAt(box, { objectness: 0.8, baseScore: 0.8, baseClass: 'person', ...facts }),
  seenBy: 'tile',
});

/** Frames of 200 ms that show nothing; each second one is followed by the looks of `shows`. */
function run(tracker: Tracker, shows: readonly (readonly Observation[] | null)[]) {
  let looks: readonly Look[] = [];
  const states = [];
  for (let i = 0; i < 2 * shows.length; i++) {
    const { tracks, ended } = tracker.update([], i * 200, none, looks);
    const shown = i % 2 === 0 ? (shows[i / 2] ?? null) : null;
    looks = shown === null ? [] : [look(i * 200, shown)];
    const [track] = tracks;
    states.push({ track, count: tracks.length, ended });
  }
  return states;
}
const found = [byTile(small)];

describe('tracks of what only tiles show', () => {
  it('are confirmed by several tiles and carried on through frames that do not show them', () => {
    const states = run(new Tracker(), [found, found, found, null, null]);
    const last = states.at(-1)!.track!;
    expect(last).toMatchObject({ id: 1, confirmed: true, hits: 3, missed: 0, seenBy: 'tile' });
    expect(last.recognition?.class).toBe('person');
    // Ten frames, in the first of which there was no track yet.
    expect(last.carried).toBe(9);
    expect(states.every(({ count }) => count <= 1)).toBe(true);
  });

  it('are hidden by a tile that does not show them, and revived by the next', () => {
    const missed = run(new Tracker(), [found, found, found, []]).at(-1)!;
    expect(missed.track?.missed).toBeGreaterThan(0);
    const revived = run(new Tracker(), [found, found, found, [], found]).at(-1)!;
    expect(revived.track).toMatchObject({ id: 1, missed: 0, hits: 4 });
  });

  it('end after tiles that looked there and did not show them', () => {
    const states = run(new Tracker(), [found, found, found, [], [], [], [], []]);
    expect(states.at(-1)!.count).toBe(0);
    expect(states.flatMap(({ ended }) => ended)).toEqual([1]);
  });

  it('end where no tile looks there any more', () => {
    const states = run(new Tracker(), [found, found, found, ...new Array<null>(12).fill(null)]);
    expect(states.at(-1)!.count).toBe(0);
    expect(states.flatMap(({ ended }) => ended)).toEqual([1]);
  });

  it('are not shown where they must have moved since', () => {
    const moving = [0, 1, 2, 3].map((i) => [byTile(boxAt(300 + 24 * i, 500, 20))]);
    const states = run(new Tracker(), moving);
    const last = states.at(-1)!.track!;
    expect(last.confirmed).toBe(true);
    const later = run(new Tracker(), [...moving, null]).at(-1)!.track!;
    expect(later.missed).toBeGreaterThan(0);
  });

  it('are one where two tiles of a frame show the same object', () => {
    const tracker = new Tracker();
    tracker.update([], 0, none);
    const { tracks } = tracker.update([], 200, none, [look(0, found), look(0, found)]);
    expect(tracks).toHaveLength(1);
    expect(tracks[0]?.hits).toBe(1);
  });

  it('take nothing from a look at another frame, nor from what lies outside of it', () => {
    const tracker = new Tracker();
    tracker.update([], 0, none);
    expect(tracker.update([], 200, none, [look(100, found)]).tracks).toEqual([]);
    const elsewhere = { ...look(400, []), area: [0, 0, 100, 100] as Box };
    tracker.update([], 400, none);
    tracker.update([], 600, none, [look(400, found)]);
    const { tracks } = tracker.update([], 800, none, [{ ...elsewhere, timestampMs: 600 }]);
    expect(tracks[0]?.missed).toBe(0);
  });
});

describe('tracks of what the whole view shows', () => {
  const weak = observationAt(small, { objectness: 0.32, baseScore: 0.2, baseClass: 'dog' });

  it('take over what a tile shows better, and keep it through weaker frames', () => {
    const tracker = new Tracker();
    for (let i = 0; i < 4; i++) {
      const { tracks } = tracker.update([weak], i * 200, none);
      expect(tracks[0]?.recognition ?? null).toBeNull();
    }
    const firmer = [{ of: weak, by: byTile(small) }];
    tracker.update([weak], 800, none, [look(600, [], firmer)]);
    const { tracks } = tracker.update([weak], 1000, none, [look(800, [], firmer)]);
    expect(tracks[0]).toMatchObject({ id: 1, hits: 6, missed: 0 });
    expect(tracks[0]?.recognition).toMatchObject({ class: 'person', by: 'base' });
    expect(tracks[0]?.seenBy).toBeUndefined();
  });

  it('hold the scores of a tile no longer where they have moved', () => {
    const tracker = new Tracker();
    const at = (i: number) =>
      observationAt(boxAt(300 + 4 * i, 500, 20), {
        objectness: 0.35,
        baseScore: 0.2,
        baseClass: 'dog',
      });
    const shown = Array.from({ length: 12 }, (_, i) => at(i));
    for (const [i, seen] of shown.slice(0, 4).entries()) tracker.update([seen], i * 200, none);
    const firmer = [{ of: shown[3]!, by: byTile(shown[3]!.box) }];
    const scores = shown.slice(4).map((seen, i) => {
      const looks = i === 0 ? [look(600, [], firmer)] : [];
      return tracker.update([seen], 800 + i * 200, none, looks).tracks[0]?.recognition?.score ?? 0;
    });
    expect(scores[0]).toBeGreaterThan(0.35);
    expect(scores[1]).toBe(scores[0]);
    expect(scores.at(-1)).toBeLessThan(0.35);
  });

  it('are no less lost for tiles that do not show them', () => {
    const tracker = new Tracker();
    for (let i = 0; i < 4; i++) tracker.update([observationAt(small)], i * 200, none);
    const { tracks } = tracker.update([], 800, none, [look(600, [])]);
    expect(tracks[0]?.missed).toBe(1);
  });
});
