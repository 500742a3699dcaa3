import { describe, expect, it } from 'vitest';
import {
  createGuard,
  mayEnd,
  runNative,
} from '../../../../operators/foundation/threads/native-guard.ts';

describe('a native guard', () => {
  it('lets a thread in script end at once, also when asked again', () => {
    const guard = createGuard();
    expect([mayEnd(guard), mayEnd(guard)]).toEqual([true, true]);
  });

  it('lets no thread end in native code, and lets it once out of it', () => {
    const guard = createGuard();
    const within = runNative(() => Atomics.load(guard, 0), guard);
    expect(within).not.toBe(Atomics.load(guard, 0));
    expect(mayEnd(guard)).toBe(true);
  });

  it('is out of native code that throws', () => {
    const guard = createGuard();
    const failing = () =>
      runNative(() => {
        throw new Error('no model');
      }, guard);
    expect(failing).toThrow('no model');
    expect(mayEnd(guard)).toBe(true);
  });

  it('runs native code within native code', () => {
    const guard = createGuard();
    expect(runNative(() => runNative(() => 1, guard) + 1, guard)).toBe(2);
    expect(mayEnd(guard)).toBe(true);
  });

  it('only runs the work in a thread without one', () => {
    expect(runNative(() => 7)).toBe(7);
  });
});
