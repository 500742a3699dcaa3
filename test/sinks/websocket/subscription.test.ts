import { describe, expect, it } from 'vitest';
import { ClientSubscription } from '../../../sinks/websocket/subscription.ts';
import { detections, metrics, model } from '../sample-events.ts';

describe('a subscription', () => {
  it('starts with all messages and no pictures', () => {
    const subscription = new ClientSubscription();
    expect(subscription.wants(detections(1))).toBe(true);
    expect(subscription.wants(metrics())).toBe(true);
    expect(subscription.wantsPicture('yard', 0)).toBe(false);
  });

  it('narrows to types and cameras; messages without a camera still pass', () => {
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

  it('is removed in parts or as a whole', () => {
    const subscription = new ClientSubscription();
    subscription.change({ command: 'subscribe', pictures: true });
    subscription.change({ command: 'unsubscribe', types: ['metrics'] });
    expect(subscription.wants(metrics())).toBe(false);
    expect(subscription.wantsPicture('yard', 0)).toBe(true);
    subscription.change({ command: 'unsubscribe' });
    expect(subscription.wants(model())).toBe(false);
    expect(subscription.wantsPicture('yard', 0)).toBe(false);
  });

  it('limits pictures to its rate per camera, whatever the rate of the camera', () => {
    const subscription = new ClientSubscription();
    subscription.change({ command: 'subscribe', pictures: true, maxFps: 10 });
    const sent = { yard: 0, gate: 0 };
    for (let nowMs = 0; nowMs < 5000; nowMs += 33) {
      for (const camera of ['yard', 'gate'] as const) {
        if (!subscription.wantsPicture(camera, nowMs)) continue;
        subscription.pictureSent(camera, nowMs);
        sent[camera] += 1;
      }
    }
    expect(sent.yard).toBeGreaterThanOrEqual(48);
    expect(sent.yard).toBeLessThanOrEqual(51);
    expect(sent.gate).toBe(sent.yard);
  });

  it('does not catch up on missed pictures', () => {
    const subscription = new ClientSubscription();
    subscription.change({ command: 'subscribe', pictures: true, maxFps: 10 });
    subscription.pictureSent('yard', 0);
    subscription.pictureSent('yard', 60_000);
    expect(subscription.wantsPicture('yard', 60_001)).toBe(false);
  });
});
