import { describe, expect, it } from 'vitest';
import { PrometheusSink } from '../../../sinks/prometheus/prometheus.ts';
import { detections, metrics, model } from '../sample-events.ts';

/** Returns the value of one series; null where the page lacks it. */
async function value(sink: PrometheusSink, series: string): Promise<number | null> {
  const { body } = await sink.render();
  const line = body.split('\n').find((text) => text.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}

describe('the page for Prometheus', () => {
  it('exports the newest metrics in base units', async () => {
    const sink = new PrometheusSink({ version: '1.2.3' });
    sink.publish(metrics());
    sink.publish(detections(1));
    const expected: Record<string, number> = {
      'lifelens_info{version="1.2.3",engine="onnx",strategy="ridge"}': 1,
      lifelens_uptime_seconds: 61.5,
      'lifelens_frames_captured_total{camera="yard"}': 110,
      'lifelens_frames_detected_total{camera="yard"}': 100,
      'lifelens_frames_dropped_total{camera="yard",reason="busy"}': 8,
      'lifelens_frames_dropped_total{camera="yard",reason="stale"}': 2,
      'lifelens_camera_up{camera="yard"}': 1,
      'lifelens_tracks{camera="yard"}': 4,
      'lifelens_detect_seconds_bucket{camera="yard",le="0.025"}': 20,
      'lifelens_detect_seconds_bucket{camera="yard",le="10"}': 99,
      'lifelens_detect_seconds_bucket{camera="yard",le="+Inf"}': 100,
      'lifelens_detect_seconds_count{camera="yard"}': 100,
      'lifelens_detect_seconds_sum{camera="yard"}': 13.5,
      'lifelens_frame_latency_seconds_bucket{camera="yard",le="0.05"}': 60,
      'lifelens_frame_latency_seconds_sum{camera="yard"}': 4,
      lifelens_memory_bytes: 5_000_000,
      lifelens_memory_bytes_max: 16_777_216,
      lifelens_memory_samples: 40,
      lifelens_memory_unlabelled_samples: 12,
      lifelens_samples_evicted_total: 3,
      lifelens_questions_total: 9,
      lifelens_questions_withdrawn_total: 2,
      lifelens_head_version: 4,
      lifelens_head_classes: 1,
      lifelens_swaps_total: 4,
      lifelens_refused_total: 1,
      lifelens_process_resident_memory_bytes: 300_000_000,
      lifelens_process_cpu_ratio: 1.5,
      'lifelens_class_held_out_recall{class="traffic cone"}': 0.9,
      'lifelens_class_labelled_samples{class="traffic cone"}': 20,
      'lifelens_class_detections_total{class="traffic cone"}': 412,
    };
    for (const [series, number] of Object.entries(expected)) {
      expect(await value(sink, series), series).toBe(number);
    }
  });

  it('sets counters to the totals instead of adding them up, and removes ended series', async () => {
    const sink = new PrometheusSink({ version: '1' });
    const first = metrics();
    sink.publish(first);
    const camera = { ...first.cameras[0]!, captured: 200, dropped: { busy: 9 } };
    sink.publish(metrics({ cameras: [camera, { ...camera, camera: 'gate' }], perClass: [] }));
    expect(await value(sink, 'lifelens_frames_captured_total{camera="yard"}')).toBe(200);
    expect(await value(sink, 'lifelens_frames_captured_total{camera="gate"}')).toBe(200);
    const stale = 'lifelens_frames_dropped_total{camera="yard",reason="stale"}';
    expect(await value(sink, stale)).toBeNull();
    sink.publish(metrics({ cameras: [] }));
    const { body } = await sink.render();
    expect(body).not.toContain('camera="');
    sink.publish(metrics({ perClass: [] }));
    expect((await sink.render()).body).not.toContain('class="traffic cone"');
  });

  it('counts learning times, rollbacks and failures from model events', async () => {
    const sink = new PrometheusSink({ version: '1' });
    sink.publish(model({ labelToLiveMs: 840, updateMs: 300 }));
    sink.publish(model({ event: 'rolled-back' }));
    sink.publish(model({ event: 'failed' }));
    expect(await value(sink, 'lifelens_label_to_live_seconds_count')).toBe(3);
    expect(await value(sink, 'lifelens_label_to_live_seconds_bucket{le="1"}')).toBe(3);
    expect(await value(sink, 'lifelens_label_to_live_seconds_bucket{le="0.5"}')).toBe(0);
    expect(await value(sink, 'lifelens_update_seconds_sum')).toBeCloseTo(0.9);
    expect(await value(sink, 'lifelens_rolled_back_total')).toBe(1);
    expect(await value(sink, 'lifelens_failed_updates_total')).toBe(1);
  });

  it('exports the dropped messages of other sinks', async () => {
    const others = [{ name: 'nats', dropped: 5 }];
    const sink = new PrometheusSink({ version: '1', sinks: () => others });
    await sink.render();
    others[0]!.dropped = 7;
    expect(await value(sink, 'lifelens_sink_messages_dropped_total{sink="nats"}')).toBe(7);
  });

  it('stays valid with values that are not finite and unusual class names', async () => {
    const sink = new PrometheusSink({ version: '1' });
    const perClass = [{ class: 'a"b\n', labelled: NaN, heldOutRecall: null, detections: -1 }];
    sink.publish(metrics({ uptimeMs: Infinity, perClass }));
    expect(await value(sink, 'lifelens_memory_bytes')).toBe(5_000_000);
  });

  it('ends counter names in _total and has a help text for every name', async () => {
    const sink = new PrometheusSink({ version: '1' });
    const { body, contentType } = await sink.render();
    expect(contentType).toContain('text/plain');
    for (const [, name, type] of body.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
      expect(name).toMatch(/^lifelens_/);
      expect(name!.endsWith('_total'), name).toBe(type === 'counter');
      expect(body).toMatch(new RegExp(`^# HELP ${name!} \\S+`, 'm'));
    }
  });
});
