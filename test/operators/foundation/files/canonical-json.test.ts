import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../../operators/foundation/files/canonical-json.ts';

describe('canonicalJson', () => {
  const value = { label: null, box: [3, 1, 2], sight: { b: [{ d: 1, c: '"' }], a: undefined } };

  it('writes the same text in whatever order the fields were set, at every depth', () => {
    const { label, box } = value;
    const other = { sight: { a: undefined, b: [{ c: '"', d: 1 }] }, box, label };
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(value));
    expect(canonicalJson(other)).toBe(canonicalJson(value));
    expect(canonicalJson(value)).toBe(
      '{"box":[3,1,2],"label":null,"sight":{"b":[{"c":"\\"","d":1}]}}',
    );
  });

  it.each([[value], [null], [[]], ['text'], [1.5], [{ 2: 'b', 10: 'a', __proto: 1 }]])(
    'is read as the same value as JSON of it: %j',
    (any) => {
      expect(JSON.parse(canonicalJson(any))).toEqual(JSON.parse(JSON.stringify(any)));
    },
  );
});
