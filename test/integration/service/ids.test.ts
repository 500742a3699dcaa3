import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  ServiceFolder,
  type Service,
} from '../../../pipeline/laboratory/benchmarks/rig/service/service.ts';

let folder: ServiceFolder;
beforeAll(async () => {
  folder = await ServiceFolder.create();
});
afterEach(() => folder.stopAll());
afterAll(() => folder.remove());

/** Labels two boxes, waits for a sample of an unknown object, and returns all ids that it saw. */
async function idsOf(service: Service): Promise<Readonly<Record<string, readonly string[]>>> {
  const labels = [await service.label('robot', 0), await service.label('guitar', 1)];
  const { client } = service;
  const from = client.messages.findIndex(({ type }) => type === 'detections');
  await client.receives(
    ({ type, label, trackId }) => type === 'sample' && label === null && Number(trackId) > 0,
    { from },
  );
  const samples = client.messages.slice(from).filter(({ type }) => type === 'sample');
  const unique = (ids: readonly unknown[]): string[] => [...new Set(ids.map(String))];
  return {
    labels: unique(labels.map(({ labelId }) => labelId)),
    samples: unique(samples.map(({ sampleId }) => sampleId)),
    clusters: unique(samples.map(({ clusterId }) => clusterId)),
    tracks: unique(samples.map(({ trackId }) => trackId)),
  };
}

describe.each(['SIGINT', 'SIGKILL'] as const)('after %s and a restart', (signal) => {
  it('no label, sample, cluster or track has an id of the run before', async () => {
    const state = `ids-${signal}`;
    const first = await folder.start({ state });
    const before = await idsOf(first);
    await first.lifelens.stop(signal);
    const second = await folder.start({ state });
    const after = await idsOf(second);
    const repeated = Object.entries(after).flatMap(([kind, ids]) =>
      ids.filter((id) => before[kind]!.includes(id)).map((id) => `${kind}: ${id}`),
    );
    expect(repeated).toEqual([]);
  });
});

it('the cluster of a drawn box still refers to that box in the next run', async () => {
  const state = 'cluster';
  const first = await folder.start({ state });
  const { sampleId } = await first.label('robot', 0);
  const cluster = first.client.messages.findLast((message) => message['sampleId'] === sampleId)?.[
    'clusterId'
  ] as string;
  await first.knows(['robot']);
  await first.stop();

  const second = await folder.start({ state });
  const drawn = await second.label('guitar', 1);
  await second.labelTarget('lantern', { clusterId: cluster });
  await second.settled();
  expect(second.labelOf(sampleId)).toBe('lantern');
  expect(second.labelOf(drawn.sampleId)).toBe('guitar');
  await second.knows(['guitar', 'lantern']);
});
