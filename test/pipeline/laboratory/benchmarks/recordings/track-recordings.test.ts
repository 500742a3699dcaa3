import { describe, expect, it } from 'vitest';
import type { LabelledImage, LabelledObject } from '../../../../../operators/datasets/dataset.ts';
import { cropEmbeddingLength } from '../../../../../operators/detect/engines/engine.ts';
import type { Box } from '../../../../../operators/foundation/geometry/box.ts';
import {
  carryAlong,
  everyLabel,
  oneLabelledFrame,
} from '../../../../../pipeline/laboratory/benchmarks/recordings/labels-of-recordings.ts';
import {
  nameObjects,
  trackRecordings,
} from '../../../../../pipeline/laboratory/benchmarks/recordings/track-recordings.ts';
import type { PicturePredictor } from '../../../../../pipeline/laboratory/protocols/protocol.ts';
import { headOf, latentOf, observationAt } from '../../../../operators/track/scene.ts';

/** Two recordings of five frames: an object that moves, and another place in its last frame. */
const images = ['a', 'b'].flatMap((track) =>
  [0, 1, 2, 3, 4].map((i): LabelledImage => ({
    id: `${track}${i}`,
    path: '',
    width: 200,
    height: 100,
    objects: [objectOf(track === 'a' ? 'cone' : 'cup', boxOf(i))],
    track,
  })),
);

function objectOf(name: string, box: Box): LabelledObject {
  return { class: name, box, difficult: false, crowd: false };
}

function boxOf(i: number): Box {
  return [10 + 4 * i, 10, 50 + 4 * i, 50];
}

/** How much the crop of a frame looks like a cone: every other one does not. */
const looks = [0.9, 0.1, 0.9, 0.1, 0.9];

const predictor: PicturePredictor = {
  predict: ({ id }) => {
    const i = Number(id.slice(1));
    const boxes: Box[] = i === 4 ? [boxOf(i), [150, 60, 190, 95]] : [boxOf(i)];
    const embeddings = new Float32Array(boxes.length * cropEmbeddingLength);
    for (const k of boxes.keys()) {
      embeddings.set(latentOf(looks[i]!, cropEmbeddingLength), k * cropEmbeddingLength);
    }
    const proposals = boxes.map((box) => observationAt(box, { latent: latentOf(0.8) }));
    return Promise.resolve({ base: [], learned: [], proposals, embeddings });
  },
};
const head = headOf('cone', 1);

describe('recordings', () => {
  it('are tracked one by one, with ids of their own', async () => {
    const tracked = await trackRecordings(predictor, images, head);
    const ids = tracked.map(({ tracks }) => tracks[0]);
    expect(new Set(ids.slice(0, 5)).size).toBe(1);
    expect(new Set(ids.slice(5)).size).toBe(1);
    expect(ids[0]).not.toBe(ids[5]);
  });

  it('are named by single crops, by those of the track so far, and by all of them', async () => {
    const tracked = await trackRecordings(predictor, images.slice(0, 5), head);
    const scores = (naming: 'frame' | 'on-track' | 'so-far' | 'whole') =>
      [...nameObjects(tracked, head, naming).values()].map(
        (boxes) => boxes.find(({ box }) => box[0] < 100)!.score,
      );
    const frame = scores('frame');
    expect(scores('on-track')).toEqual(frame);
    expect(frame[1]).toBeLessThan(frame[0]!);
    const soFar = scores('so-far');
    expect(soFar[0]).toBeCloseTo(frame[0]!, 6);
    expect(soFar[1]).toBeGreaterThan(frame[1]!);
    expect(soFar[1]).toBeLessThan(soFar[0]!);
    const whole = scores('whole');
    for (const score of whole) expect(score).toBeCloseTo(soFar[4]!, 6);
  });
});

describe('labels', () => {
  it('are of one frame of each class, the same for the same draws', () => {
    const drawn = oneLabelledFrame(images, () => 0.5);
    expect(drawn.map(({ image }) => image.id)).toEqual(['a2', 'b2']);
    expect(drawn.map(({ boxes }) => boxes[0]!.label)).toEqual(['cone', 'cup']);
  });

  it('are of no difficult object, whose place is no background either', () => {
    const difficult = { ...objectOf('cup', [60, 60, 90, 90]), difficult: true };
    const image = { ...images[0]!, objects: [...images[0]!.objects, difficult] };
    const box = boxOf(0);
    expect(everyLabel([image])).toEqual([
      { image, boxes: [{ box, label: 'cone' }], ignore: [difficult.box] },
    ]);
  });

  it('are carried along the track of a labelled object, at the boxes of the tracker', async () => {
    const labelled = everyLabel(images.slice(2, 3));
    const carried = carryAlong(labelled, await trackRecordings(predictor, images, head));
    expect(carried.map(({ image }) => image.id)).toEqual(['a2', 'a0', 'a1', 'a3', 'a4']);
    // The other object of the last frame, and the other recording, have no label.
    expect(carried.at(-1)!.boxes).toEqual([{ box: boxOf(4), label: 'cone' }]);
  });

  it('are not carried where no track lies at the labelled place', async () => {
    const [image] = images;
    const elsewhere = objectOf('cone', [150, 60, 190, 95]);
    const labelled = everyLabel([{ ...image!, objects: [elsewhere] }]);
    const tracked = await trackRecordings(
      predictor,
      [labelled[0]!.image, ...images.slice(1)],
      head,
    );
    expect(carryAlong(labelled, tracked)).toEqual(labelled);
  });
});
