import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { drawPictures, writeYolo } from '../../../pipeline/laboratory/benchmarks/rig/draw-set.ts';
import { ServiceFolder } from '../../../pipeline/laboratory/benchmarks/rig/service/service.ts';

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create();
});
afterEach(() => folder.stopAll());
afterAll(() => folder.remove());

describe('rollback', () => {
  it('is answered with what became of it, also where many are sent at once', async () => {
    const { client, ...service } = await learnTwo('burst');
    const from = client.messages.length;
    const asked = Array.from({ length: 30 }, (_, i) => service.versions[i % 2]!);
    const answers = await Promise.all(
      asked.map((version) => client.send({ command: 'rollback', version })),
    );
    const wrong = answers.flatMap((answer, i) =>
      answer.ok && answer.headVersion !== asked[i] ? [`${asked[i]!} → ${answer.headVersion!}`] : [],
    );
    expect(wrong).toEqual([]);
    // Every rollback that is answered with success was active at some time, in this order.
    const activated = answers.flatMap((answer) => (answer.ok ? [answer.headVersion] : []));
    expect(activated.length).toBeGreaterThan(0);
    await service.settled();
    const rolledBack = client.messages
      .slice(from)
      .flatMap((message) =>
        message['event'] === 'rolled-back' ? [Number(message['headVersion'])] : [],
      );
    expect(rolledBack.at(-1)).toBe(activated.at(-1));
    const metrics = client.messages.findLast(({ type }) => type === 'metrics');
    expect(metrics?.['model']).toMatchObject({ headVersion: activated.at(-1) });
  });

  it('to head 0 is possible, and what is taught afterwards is learned', async () => {
    const state = 'taught';
    const pictures = await drawPictures(folder.at('set'), { emoji: '1f916', count: 6, seed: 1 });
    await writeYolo(folder.at('set'), pictures, 'robot');
    expect(await teach(state)).toMatchObject({ code: 0 });

    const service = await folder.start({ state });
    await service.knows(['robot']);
    expect(await service.client.send({ command: 'rollback', version: 0 })).toMatchObject({
      ok: true,
      headVersion: 0,
    });
    await service.knows([]);
    await service.stop();

    const again = await teach(state);
    expect(again.errorLines).toEqual([]);
    expect(again.code).toBe(0);
    const taught = await folder.start({ state });
    await taught.knows(['robot']);
  });
});

/** Starts a program and lets it learn two classes; `versions` are the two heads. */
async function learnTwo(state: string) {
  const service = await folder.start({ state });
  await service.label('robot', 0);
  await service.knows(['robot']);
  await service.label('guitar', 1);
  await service.knows(['robot', 'guitar']);
  const versions = [await service.versionWith('robot'), await service.versionWith('guitar')];
  return { client: service.client, settled: () => service.settled(), versions };
}

function teach(state: string) {
  return folder.spawn(['teach', '--train', 'yolo:set', '--state', state]).ended;
}
