import type { LinearLayer } from '../detect/heads/head.ts';
import type { GateInput } from './gate.ts';
import type { HeadToJudge } from './gate-sample.ts';

/** Copies in shared memory; they last as long as what they were copied from. */
const copies = new WeakMap<Float32Array, Float32Array>();

/**
 * The same input with all vectors in shared memory, so that posting it to another thread copies
 * none of them. Each vector is copied once: heads and samples are compared many times.
 */
export function shareInput({ candidate, active, heldOut, best, ...rest }: GateInput): GateInput {
  return {
    ...rest,
    candidate: shareHead(candidate),
    active: shareHead(active),
    heldOut: heldOut.map((sample) => ({
      ...sample,
      embedding: shareValues(sample.embedding),
      dense: shareValues(sample.dense),
    })),
    ...(best && { best: new Map([...best].map(([name, head]) => [name, shareHeadOnce(head)])) }),
  };
}

/** Vectors in shared memory: themselves if they are there already. */
export function shareValues(values: Float32Array): Float32Array {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const known = copies.get(values);
  if (known !== undefined) return known;
  const copy = new Float32Array(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  copies.set(values, copy);
  return copy;
}

/** One object per head, since the gate evaluates each object once. */
const heads = new WeakMap<HeadToJudge, HeadToJudge>();

function shareHeadOnce(head: HeadToJudge): HeadToJudge {
  let shared = heads.get(head);
  if (shared === undefined) heads.set(head, (shared = shareHead(head)));
  return shared;
}

function shareHead(head: HeadToJudge): HeadToJudge {
  return {
    ...head,
    objectness: { ...head.objectness, weights: shareValues(head.objectness.weights) },
    dense: shareLayer(head.dense),
    crop: head.crop === null ? null : shareLayer(head.crop),
    ...(head.box && { box: shareLayer(head.box) }),
    thresholds: shareValues(head.thresholds),
  };
}

function shareLayer(layer: LinearLayer): LinearLayer {
  return { ...layer, weights: shareValues(layer.weights), bias: shareValues(layer.bias) };
}
