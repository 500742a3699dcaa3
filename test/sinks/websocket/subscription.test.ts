import { describe, expect, it } from 'vitest';
import { ClientSubscription } from '../../../sinks/websocket/subscription.ts';
import { detections, metrics, model } from '../sample-events.ts';

describe('a subscription', () => {
  it('starts with every message and no pictures', () => {
    const subscription = new ClientSubscription();
    expect(subscription.wants(detections(1))).toBe(true);
    expect(subscription.wants(metrics())).toBe(true);
    expect(subscription.wantsPicture('yard', 0)).toBe(false);
  });

  it('narrows to types and cameras; messages about no camera still come', () => {
    const subscription = new ClientSubscription();
    subscription.change({
      command: 'subscribe',
      types: ['detections', 'model'],
      cameras: ['gate'],
    });
    expect(subscription.wants(detections(1, 'gate'))).toBe(true);
    expect(subscription.wants(detections(1, 'yard'))).toBe(false);
    expect(subscription.wants(model())).toBe(true);
    expect(subscription.wants(metrics())).toBe(false);
  });

  it('ends in parts or as a whole', () => {
    const subscription = new ClientSubscription();
    subscription.change({ command: 'subscribe', pictures: true });
    subscription.change({ command: 'unsubscribe', types: ['metrics'] });
    expect(subscription.wants(metrics())).toBe(false);
    expect(subscription.wantsPicture('yard', 0)).toBe(true);
    subscription.change({ command: 'unsubscribe' });
    expect(subscription.wants(model())).toBe(false);
    expect(subscription.wantsPicture('yard', 0)).toBe(false);
  });

  it('takes pictures at its rate for each camera, whatever the rate of the camera', () => {
    const subscription = new ClientSubscription();
    subscription.change({ command: 'subscribe', pictures: true, maxFps: 10 });
    const taken = { yard: 0, gate: 0 };
    for (let nowMs = 0; nowMs < 5000; nowMs += 33) {
      for (const camera of ['yard', 'gate'] as const) {
        if (!subscription.wantsPicture(camera, nowMs)) continue;
        subscription.tookPicture(camera, nowMs);
        taken[camera] += 1;
      }
    }
    expect(taken.yard).toBeGreaterThanOrEqual(48);
    expect(taken.yard).toBeLessThanOrEqual(51);
    expect(taken.gate).toBe(taken.yard);
  });

  it('does not make up for pictures that it missed', () => {
    const subscription = new ClientSubscription();
    subscription.change({ command: 'subscribe', pictures: true, maxFps: 10 });
    subscription.tookPicture('yard', 0);
    subscription.tookPicture('yard', 60_000);
    expect(subscription.wantsPicture('yard', 60_001)).toBe(false);
  });
});
