import { expect, test } from 'vitest';
import { RecordingSink } from '../../sinks/recording.ts';
import { detections, metrics } from './sample-events.ts';

test('a recording sink keeps all events, and finds those of one type', async () => {
  const sink = new RecordingSink();
  const events = [detections(0), metrics(), detections(1)];
  for (const event of events) sink.publish(event);
  await sink.close();
  expect(sink.events).toEqual(events);
  expect(sink.of('detections')).toEqual([detections(0), detections(1)]);
});
