import { describe, expect, it } from 'vitest';
import { emptyHead } from '../../../operators/detect/heads/score.ts';
import type { DiscoveredFrame } from '../../../operators/discover/unknown.ts';
import { detectionsOf, sampleMessageOf } from '../../../pipeline/application/frame-events.ts';
import { makeSample, classLabel } from '../../operators/remember/make-sample.ts';
import { createPool, takeFrame } from './scripted-camera.ts';

const cone = { class: 'cone', score: 0.876543, by: 'learned' } as const;

function discovered(tracks: readonly object[], unknowns: readonly object[] = []): DiscoveredFrame {
  const frame = takeFrame(createPool(), 7);
  const head = { ...emptyHead(), version: 3 };
  return { frame, head, tracks, unknowns } as unknown as DiscoveredFrame;
}

describe('the detections of a frame', () => {
  it('are its recognised, confirmed tracks that are seen in it, rounded', () => {
    const seen = {
      box: [1.234, 2.345, 30.06, 40.04],
      confirmed: true,
      missed: 0,
      recognition: cone,
      offsets: null,
    };
    const message = detectionsOf(
      discovered([
        { id: 1, ...seen },
        { id: 2, ...seen, confirmed: false },
        { id: 3, ...seen, missed: 1 },
        { id: 4, ...seen, recognition: null },
      ]),
      'yard_optical_frame',
      'centernet',
    );
    expect(message).toEqual({
      ...{ type: 'detections', camera: 'yard', frame: 7, timestampMs: 700 },
      ...{ timeBasis: 'media', frameId: 'yard_optical_frame', width: 64, height: 48 },
      ...{ detector: 'centernet', view: [32, 32] },
      detections: [
        {
          ...{ class: 'cone', score: 0.8765, box: [1.2, 2.3, 30.1, 40], trackId: 1 },
          ...{ headVersion: 3, by: 'learned' },
        },
      ],
      unknowns: [],
    });
  });

  it('say which ones only a tile showed', () => {
    const seen = { confirmed: true, missed: 0, recognition: cone, offsets: null };
    const tracks = [
      { id: 1, ...seen, box: [-2, 0, 9, 9], seenBy: 'tile' },
      { id: 2, ...seen, box: [20, 20, 29, 29] },
    ];
    const { detections } = detectionsOf(discovered(tracks), 'yard', 'centernet');
    expect(detections.map(({ seenBy }) => seenBy)).toEqual(['tile', undefined]);
    expect(detections[0]?.box).toEqual([0, 0, 9, 9]);
  });

  it('have the boxes of the box regression, clipped to the picture', () => {
    const seen = { confirmed: true, missed: 0, recognition: cone, box: [10, 20, 50, 40] };
    const tracks = [
      { id: 1, ...seen, offsets: null },
      {
        id: 2,
        ...seen,
        recognition: { ...cone, class: 'bollard' },
        offsets: [-0.25, 0.1, 0.4, 0.4],
      },
    ];
    const boxes = detectionsOf(discovered(tracks), 'yard', 'centernet').detections.map(
      ({ box }) => box,
    );
    expect(boxes).toEqual([
      [10, 20, 50, 40],
      [0, 22, 64, 48],
    ]);
  });

  it('include a learned object once, with its best score, where several tracks share it', () => {
    const seen = { confirmed: true, missed: 0, offsets: null };
    const called = (by: 'base' | 'learned', score: number, name = 'cone') => ({
      recognition: { class: name, score, by },
    });
    const tracks = [
      { id: 1, ...seen, ...called('learned', 0.6), box: [10, 10, 30, 30] },
      { id: 2, ...seen, ...called('learned', 0.8), box: [12, 10, 32, 30] },
      // Overlaps the strongest by less than half, and a suppressed one by more.
      { id: 3, ...seen, ...called('learned', 0.5), box: [3, 10, 23, 30] },
      { id: 4, ...seen, ...called('learned', 0.7, 'bollard'), box: [12, 10, 32, 30] },
      { id: 5, ...seen, ...called('base', 0.9, 'person'), box: [12, 10, 32, 30] },
      { id: 6, ...seen, ...called('base', 0.7, 'person'), box: [13, 10, 33, 30] },
    ];
    const ids = detectionsOf(discovered(tracks), 'yard', 'centernet').detections.map(
      ({ trackId }) => trackId,
    );
    expect(ids).toEqual([2, 3, 4, 5, 6]);
  });

  it('come with the unknowns', () => {
    const unknown = { track: { id: 5 }, clusterId: 'c2', box: [1, 2, 3, 4], novelty: 0.123456 };
    expect(detectionsOf(discovered([], [unknown]), 'yard', 'centernet').unknowns).toEqual([
      { trackId: 5, clusterId: 'c2', box: [1, 2, 3, 4], novelty: 0.1235 },
    ]);
  });
});

describe('a sample’s message', () => {
  const context = { clusterId: 'c1', clusterSize: 1, worth: 0.5, frameId: 'door' };

  it('has its thumbnail as base64 and its present cluster', () => {
    const sample = makeSample('s1', { clusterId: 'old', thumbnail: Uint8Array.of(1, 2, 3) });
    expect(
      sampleMessageOf(sample, {
        clusterId: 'c9',
        clusterSize: 4,
        worth: 0.75,
        frameId: 'door_cam',
      }),
    ).toEqual({
      ...{ type: 'sample', camera: 'door', sampleId: 's1', clusterId: 'c9', trackId: 1 },
      ...{ timestampMs: 5, timeBasis: 'media', frameId: 'door_cam' },
      ...{ novelty: 0.5, clusterSize: 4, worth: 0.75, asked: true },
      ...{ thumbnail: 'AQID', label: null },
    });
  });

  it.each([
    [{ label: classLabel('cone') }, 'cone'],
    [{ notA: ['cone', 'post'] }, 'not cone, not post'],
    [{ label: classLabel('cone'), notA: ['post'] }, 'cone'],
    [{ label: { ...classLabel(''), kind: 'background' as const, class: null } }, 'background'],
    [{}, null],
  ])('shows %j as %s', (facts, text) => {
    expect(sampleMessageOf(makeSample('s1', facts), context).label).toBe(text);
  });

  it.each([
    [{ timestampMs: 5, timeBasis: 'capture' as const }, 'capture'],
    [{ timestampMs: 1.8e12 }, 'arrival'],
    [{ timestampMs: 90_000 }, 'media'],
  ])('says what its time is, of earlier versions too: %j is %s', (facts, basis) => {
    expect(sampleMessageOf(makeSample('s1', facts), context).timeBasis).toBe(basis);
  });
});
