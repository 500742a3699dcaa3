import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { PrometheusSink } from '../../sinks/prometheus/prometheus.ts';
import { metrics, model } from '../sinks/sample-events.ts';

/** Runs Prometheus's own linter on a page; needs `promtool`, in Debian's package prometheus. */
async function lint(page: string): Promise<{ code: unknown; findings: string }> {
  const promtool = spawn('promtool', ['check', 'metrics']);
  promtool.stdin.end(page);
  const printed = Promise.all([text(promtool.stdout), text(promtool.stderr)]);
  const [code] = (await once(promtool, 'exit')) as unknown[];
  return { code, findings: (await printed).join('') };
}

test('promtool finds nothing wrong with the page for Prometheus', async () => {
  const http = () => ({ wrongTokens: 1, limitedRequests: 2, evictedConnections: 3 });
  const sinks = () => [{ name: 'nats', dropped: 5 }];
  const sink = new PrometheusSink({ version: '1', http, sinks });
  sink.publish(metrics());
  sink.publish(model({ event: 'rolled-back' }));
  sink.publish(model({ event: 'failed' }));
  const { body } = await sink.render();
  expect(body).toContain('lifelens_detect_seconds_bucket{camera="yard",le="+Inf"} 100');
  expect(await lint(body)).toEqual({ code: 0, findings: '' });
});

test('promtool is there, and reports quantiles on a gauge', async () => {
  const page = '# HELP a_seconds A.\n# TYPE a_seconds gauge\na_seconds{quantile="0.5"} 1\n';
  expect((await lint(page)).findings).toContain('non-summary metrics should not have "quantile"');
});
