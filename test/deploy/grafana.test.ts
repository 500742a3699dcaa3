import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { PrometheusSink } from '../../sinks/prometheus/prometheus.ts';

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
}

test('grafana.json queries only metrics that /metrics exports', async () => {
  const file = new URL('../../deploy/grafana.json', import.meta.url);
  const { panels } = JSON.parse(await readFile(file, 'utf8')) as Dashboard;
  const queried = panels.flatMap(({ targets }) =>
    targets.flatMap(({ expr }) => [...expr.matchAll(/\blifelens_\w+/g)].map(([name]) => name)),
  );
  const { body } = await new PrometheusSink({ version: '0' }).render();
  const exported = new Set(
    [...body.matchAll(/^# TYPE (\w+) (\w+)/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
  expect(queried.length).toBeGreaterThan(10);
  expect(queried.filter((name) => !exported.has(name))).toEqual([]);
});
