import { describe, expect, it } from 'vitest';
import { JsonSplitter } from '../../../../operators/datasets/long-files/json-splitter.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';

/** What a splitter finds in a text that comes in chunks of `size` bytes. */
function split(text: string | Uint8Array, size = 7, bytesMax = 1000): unknown {
  const found: Record<string, unknown> = {};
  let top: unknown = found;
  const list = (key: string | null): unknown[] => (key === null ? top : found[key]) as unknown[];
  const splitter = new JsonSplitter(
    {
      array: (key) => {
        if (key === null) top = [];
        else found[key] = [];
      },
      entry: (key, index, value) => {
        expect(list(key)).toHaveLength(index);
        list(key).push(value);
      },
      member: (key, value) => {
        found[key] = value;
      },
    },
    bytesMax,
  );
  const bytes = Buffer.from(text);
  try {
    for (let i = 0; i < bytes.length; i += size) splitter.write(bytes.subarray(i, i + size));
    splitter.end();
  } catch (cause) {
    throw new Error(`${splitter.place}: ${(cause as Error).message}`, { cause });
  }
  return top;
}

const texts = [
  '{}',
  ' [ ] ',
  '\ufeff{"a":[],"b":[1,"x",null,true,[2,[3]],{"c":"}]\\"\\\\"}],"d":-1.5e3,"e":"ü€😀","f":{}}\n',
  '[{"id":1},\r\n\t{"id":2,"a":[[1,2],[3]]} , 3]',
  '{"a" : [ {"b":{"c":[{}]}} , "\\u0041\\n" ] , "g":{"h":[1,{"i":2}]}}',
];

describe('JsonSplitter', () => {
  it.each(texts)('reads %s as JSON.parse does, whatever the chunks', (text) => {
    for (const size of [1, 2, 3, 5, 1000]) {
      expect(split(text, size)).toEqual(JSON.parse(text.replace('\ufeff', '')));
    }
  });

  it.each<[string, string]>([
    ['', 'top level: the file ends too early'],
    ['1', 'top level: expected an object or an array'],
    ['{"images":[{"id":1},{"id":', 'images.1: the file ends too early'],
    ['{"images":[{"id":1}', 'images.0: the file ends too early'],
    ['{"a":[1,]}', 'a.1: '],
    ['{"a":[1 2]}', 'a.0: expected "," or "]", found "2"'],
    ['{"a":[{"b":NaN}]}', 'a.0: Unexpected token'],
    ['{"a":[0, Infinity]}', 'a.1: '],
    ['{"a":1,}', 'top level: expected a key, found "}"'],
    ['{"a" 1}', 'a: expected ":", found "1"'],
    ["{'a':1}", 'top level: expected a key'],
    ['{"a":[{"b":1]}', 'a.0: '],
    ['{"a":}', 'a: '],
    ['{"a":1}}', 'top level: expected the end of the file'],
    ['[1] x', 'expected the end of the file'],
    ['{"info":{"x":nul},"a":[]}', 'info: '],
  ])('rejects %s and says where', (text, message) => {
    expect(() => split(text)).toThrow(message);
    expect(() => split(text, 1)).toThrow(message);
  });

  it('rejects what is not UTF-8, and entries that are too long', () => {
    const bytes = Buffer.from('{"a":["caf\u00e9"]}', 'latin1');
    expect(() => split(bytes)).toThrow('a.0: expected UTF-8');
    expect(() => split(`{"a":["${'x'.repeat(2000)}"]}`)).toThrow(
      'a.0: expected at most 1000 bytes',
    );
    expect(() => split(`{"a":[[[[${'['.repeat(2000)}`)).toThrow('a.0: expected at most 1000 bytes');
  });

  it('agrees with JSON.parse on 500 damaged texts', () => {
    const random = seededRandom(1);
    for (let n = 0; n < 500; n++) {
      const bytes = Buffer.from(texts[Math.floor(random() * texts.length)]!.replace('\ufeff', ''));
      const at = Math.floor(random() * bytes.length);
      const signs = '{}[],:"\\ 1ex\u0000';
      bytes[at] = signs.charCodeAt(Math.floor(random() * signs.length));
      const text = bytes.toString('utf8');
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        expected = undefined;
      }
      if (typeof expected !== 'object' || text.includes('\ufffd')) {
        expect(() => split(bytes, 3), text).toThrow();
      } else {
        expect(split(bytes, 3), text).toEqual(expected);
      }
    }
  });
});
