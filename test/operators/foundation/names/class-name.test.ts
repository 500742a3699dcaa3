import { describe, expect, it } from 'vitest';
import {
  classNameKey,
  classNameLengthMax,
  normaliseClassName,
} from '../../../../operators/foundation/names/class-name.ts';
import { seededRandom } from '../../../../operators/foundation/numbers/seeded-random.ts';

describe('a class name', () => {
  it.each([
    ['cone', 'cone'],
    ['  traffic \t cone ', 'traffic cone'],
    ['Cafe\u0301', 'Caf\u00e9'],
    ["mum's (big) cup & saucer", "mum's (big) cup & saucer"],
    ['熊猫', '熊猫'],
    ['🚧', '🚧'],
    ['\ncone\n', 'cone'],
    ['__proto__', '__proto__'],
  ])('%j is written %j', (given, written) => {
    expect(normaliseClassName(given)).toBe(written);
  });

  it.each([
    ['', 'got none'],
    [' \t\n', 'got none'],
    ['\u3164', 'got none'],
    ['two\nlines', 'in one line'],
    ['two\u2028lines', 'in one line'],
    ['bell\u0007', 'U+0007'],
    ['\u202Eenoc', 'U+202E'],
    ['zero\u200Bwidth', 'U+200B'],
    ['\uD800', 'U+D800'],
    ['x'.repeat(65), 'at most 64 characters, got 65'],
  ])('is not %j: %s', (given, why) => {
    expect(() => normaliseClassName(given)).toThrow(why);
    expect(() => normaliseClassName(given)).toThrow(
      expect.objectContaining({ name: 'ClassNameError', code: 'bad-name' }) as Error,
    );
  });

  it('counts characters, not units of UTF-16', () => {
    expect(normaliseClassName('🚧'.repeat(classNameLengthMax))).toHaveLength(128);
  });

  it.each([
    ['Cone', 'cone'],
    ['Caf\u00e9', 'cafe\u0301'],
    ['STRASSE', 'straße'],
    ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
    ['ｃｏｎｅ', 'cone'],
    ['ﬁre', 'FIRE'],
    ['❤', '❤\uFE0F'],
  ])('%j and %j are one class', (a, b) => {
    expect(classNameKey(a)).toBe(classNameKey(b));
  });

  it.each([
    ['cone', 'cones'],
    ['ılık', 'ilik'],
    ['a b', 'ab'],
    ['résumé', 'resume'],
  ])('%j and %j are two classes', (a, b) => {
    expect(classNameKey(a)).not.toBe(classNameKey(b));
  });

  it('has a key that is its own key, and a form that stays, whatever the characters', () => {
    const random = seededRandom(1);
    for (let i = 0; i < 20_000; i++) {
      const points = Array.from({ length: 1 + Math.floor(random() * 6) }, () =>
        Math.floor(random() * (random() < 0.7 ? 0x3000 : 0x1_ffff)),
      );
      const text = String.fromCodePoint(...points);
      const key = classNameKey(text);
      expect(classNameKey(key)).toBe(key);
      let name: string;
      try {
        name = normaliseClassName(text);
      } catch {
        continue;
      }
      expect(normaliseClassName(name)).toBe(name);
      expect(classNameKey(name)).toBe(classNameKey(text));
    }
  });
});
