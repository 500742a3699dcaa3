import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runNative } from '../../../foundation/threads/native-guard.ts';

type Method = (this: object, ...args: unknown[]) => unknown;
interface SessionClass {
  new (): object;
  readonly prototype: object;
}

/** A property of the class: a getter or a method. */
interface Member {
  readonly get?: Method;
  readonly value?: unknown;
}

/** The native binding of onnxruntime-node, as far as it matters here. */
interface Binding {
  InferenceSession: SessionClass;
  initOrtOnce?: Method;
}

/**
 * Makes what onnxruntime-node in this folder does natively run in {@link runNative}. It throws C++
 * exceptions where a thread was ended during a call, and these abort the process.
 *
 * Does nothing for a version whose binding lies elsewhere.
 */
export function guardBinding(folder: string): void {
  const binding = bindingOf(folder);
  if (binding === null) return;
  const { InferenceSession: Native, initOrtOnce } = binding;
  binding.InferenceSession = new Proxy(Native, { construct: () => guardSession(Native) });
  if (initOrtOnce !== undefined) {
    binding.initOrtOnce = (...args) => runNative(() => initOrtOnce.apply(binding, args));
  }
}

function bindingOf(folder: string): Binding | null {
  try {
    const path = join(folder, 'dist', 'binding.js');
    const { binding } = createRequire(import.meta.url)(path) as { binding?: Binding };
    return typeof binding?.InferenceSession === 'function' ? binding : null;
  } catch {
    return null;
  }
}

/** A session whose methods and getters, which its class does not let replace, are guarded. */
function guardSession(Native: SessionClass): object {
  const session = runNative(() => new Native());
  const members: Record<string, Member> = Object.getOwnPropertyDescriptors(Native.prototype);
  for (const [name, { get: getter, value }] of Object.entries(members)) {
    if (name === 'constructor') continue;
    if (getter !== undefined) {
      Object.defineProperty(session, name, { get: () => runNative(() => getter.call(session)) });
    } else if (typeof value === 'function') {
      const method = value as Method;
      const guarded = (...args: unknown[]) => runNative(() => method.apply(session, args));
      Object.defineProperty(session, name, { value: guarded });
    }
  }
  return session;
}
