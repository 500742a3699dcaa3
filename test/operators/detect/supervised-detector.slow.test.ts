import { firstValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { denseLatentLength } from '../../../operators/detect/engines/engine.ts';
import {
  SupervisedDetector,
  type SupervisedDetectorOptions,
} from '../../../operators/detect/supervised-detector.ts';

const viewSize = 32;
const engineModule = new URL('./misbehaving-engine-module.ts', import.meta.url);
const open: SupervisedDetector[] = [];

async function start(limits: SupervisedDetectorOptions['limits'] = {}) {
  const notices: string[] = [];
  const stalls = [{ calls: ['detect' as const], maxMs: 300 }];
  const detector = await SupervisedDetector.start(
    { engineModule, viewSize, watchdog: { stalls, everyMs: 20 } },
    {
      onNotice: (line) => notices.push(line),
      limits: { backoffFirstMs: 1, backoffMaxMs: 1, ...limits },
    },
  );
  open.push(detector);
  return { detector, notices };
}

/** A view whose first byte tells the engine what to do. */
function frame(deed = 0) {
  const view = new Uint8Array(new SharedArrayBuffer(viewSize * viewSize * 3));
  view[0] = deed;
  return { view, viewSize };
}

const objectness = { weights: new Float32Array(denseLatentLength), bias: 0 };

afterEach(async () => {
  await Promise.all(open.splice(0).map((detector) => detector.close(0)));
});

describe('a supervised detector', () => {
  it.each([
    ['exits', 1, 'the detect worker ended with code 7'],
    ['loops for ever', 2, 'no answer to detect for'],
    ['never answers', 3, 'no answer to detect for'],
  ] as const)('whose engine %s detects on with the head it had', async (_, deed, reason) => {
    const { detector, notices } = await start();
    await detector.setHead(4, objectness);
    const restarted = firstValueFrom(detector.restarted$);
    const lost = detector.detect(frame(deed));
    // Its frame is dropped, and the stream of frames goes on.
    await expect(lost).rejects.toMatchObject({ name: 'EngineError', code: 'failed' });
    const next = detector.detect(frame());
    expect(await restarted).toEqual({ restored: true });
    await expect(next).resolves.toMatchObject({ headVersion: 4, peaks: { count: 0 } });
    expect(notices[0]).toContain(reason);
    expect(notices[1]).toMatch(/^the detect worker is back with its state after \d+ ms$/);
  });

  it('passes on that its model does not take the views, and runs on', async () => {
    const { detector } = await start();
    const refused = { name: 'EngineError', code: 'bad-model' };
    await expect(detector.detect(frame(4))).rejects.toMatchObject(refused);
    await expect(detector.detect(frame())).resolves.toMatchObject({ peaks: { count: 0 } });
  });

  it('installs a head that was set when the thread was lost', async () => {
    const { detector } = await start();
    const lost = detector.detect(frame(1));
    const installed = detector.setHead(5, objectness);
    await expect(lost).rejects.toMatchObject({ code: 'failed' });
    await installed;
    await expect(detector.detect(frame())).resolves.toMatchObject({ headVersion: 5 });
  });

  it('keeps the head before where the new one is unusable', async () => {
    const { detector } = await start();
    await detector.setHead(4, objectness);
    const bad = { weights: new Float32Array(1), bias: 0 };
    await expect(detector.setHead(5, bad)).rejects.toMatchObject({ code: 'failed' });
    await expect(detector.detect(frame(1))).rejects.toMatchObject({ code: 'failed' });
    await expect(detector.detect(frame())).resolves.toMatchObject({ headVersion: 4 });
  });

  it('is given up where it dies again and again, with the reason', async () => {
    const { detector } = await start({ failuresMax: 2 });
    await expect(detector.detect(frame(1))).rejects.toMatchObject({ code: 'failed' });
    await expect(detector.detect(frame(1))).rejects.toMatchObject({ code: 'died' });
    expect(await detector.lost).toMatchObject({
      code: 'died',
      message: 'the detect worker failed 2 times, last because the detect worker ended with code 7',
    });
  });
});
