import { packFloat16, unpackFloat16 } from '../../foundation/numbers/float16.ts';
import type { Label, Sample } from '../../remember/sample.ts';
import type { Example } from '../strategy.ts';

/** The metadata of a sample: everything but its vectors. */
export type SampleFacts = Omit<Sample, 'dense' | 'denseTargets' | 'embeddings' | 'offsets'>;

/** The class of a label; null for `notA` and `background`, which are negatives. */
export function exampleLabel(label: Label): string | null {
  return label.kind === 'class' ? label.class : null;
}

/**
 * Converts a labelled sample to an example, unpacking float16. Throws for a sample without a label.
 */
export function exampleOf(sample: Sample): Example {
  if (sample.label === null) throw new Error(`Sample ${sample.id} has no label`);
  return {
    id: sample.id,
    label: exampleLabel(sample.label),
    dense: unpackFloat16(sample.dense),
    denseTargets: sample.denseTargets,
    embeddings: unpackFloat16(sample.embeddings),
    ...(sample.offsets && { offsets: sample.offsets }),
  };
}

/** Makes a sample from an example's vectors, packed as float16. Id and label come from `facts`. */
export function sampleOf(
  {
    dense,
    denseTargets,
    embeddings,
    offsets,
  }: Pick<Example, 'dense' | 'denseTargets' | 'embeddings' | 'offsets'>,
  facts: SampleFacts,
): Sample {
  return {
    ...facts,
    dense: packFloat16(dense),
    denseTargets,
    embeddings: packFloat16(embeddings),
    ...(offsets && { offsets }),
  };
}

/** The examples to train on: labelled samples that are not held out for the gate. */
export function trainingExamples(samples: Iterable<Sample>): Example[] {
  const examples: Example[] = [];
  for (const sample of samples) {
    if (sample.label !== null && !sample.heldOut) examples.push(exampleOf(sample));
  }
  return examples;
}
