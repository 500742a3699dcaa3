import { createInterface } from 'node:readline';
import { codeOf } from '../../../../../operators/foundation/errors/code-of.ts';
import { messageOf } from '../../../../../operators/foundation/errors/message-of.ts';
import { openRecordStore } from '../../../../../operators/foundation/store/open-record-store.ts';
import { put } from '../records.ts';

// A program that opens the store it is given, says how that went, and then does what its standard
// input says, one command a line: `commit KEY LENGTH`, `get KEY`, `close`.
const say = (...words: readonly unknown[]): void =>
  void process.stdout.write(`${words.join(' ')}\n`);

try {
  const store = await openRecordStore(process.argv[2]!);
  void store.lost.then((reason) => say('lost', codeOf(reason)));
  say('open');
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, key = '', length = '1'] = line.split(' ');
    if (command === 'commit') {
      await store.commit([put('k', key, 'x'.repeat(Number(length)))]).then(
        () => say('committed'),
        (error: unknown) => say('failed', codeOf(error), messageOf(error)),
      );
    } else if (command === 'get') {
      say('bytes', (await store.get('k', key))?.byteLength ?? 'none');
    } else {
      await store.close();
      say('closed');
    }
  }
} catch (error) {
  say('failed', codeOf(error), messageOf(error));
}
