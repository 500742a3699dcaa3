import { expect, it } from 'vitest';
import { benchLearning } from '../../../../pipeline/laboratory/learning/bench-learning.ts';
import { ProtocolError } from '../../../../pipeline/laboratory/protocols/protocol.ts';
import { createLog } from '../../../../pipeline/log.ts';

it('refuses a file of outcomes for a protocol that has none', async () => {
  const sets = { train: 'yolo:nowhere', test: 'yolo:nowhere' };
  const flags = { ...sets, protocol: 'long-run-5', strategy: 'default', outcomes: 'a.gz' };
  const log = createLog({ level: 'error', format: 'auto' });
  const run = benchLearning(flags, '1', log, new AbortController().signal);
  await expect(run).rejects.toThrow(
    'protocol long-run-5 has no outcomes to write: omit --outcomes',
  );
});

it('refuses a detector of the user in one line, before it reads anything', async () => {
  const sets = { train: 'yolo:nowhere', test: 'yolo:nowhere' };
  const flags = { ...sets, protocol: 'all', strategy: 'default', model: 'detector.onnx' };
  const log = createLog({ level: 'error', format: 'auto' });
  const error = await benchLearning(flags, '1', log, new AbortController().signal).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProtocolError);
  expect((error as Error).message).toMatch(/^[^\n]*built-in detector only[^\n]*--model[^\n]*$/);
});
