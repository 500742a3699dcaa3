import { packFloat16, unpackFloat16 } from '../../foundation/numbers/float16.ts';
import { isLabelled, type Sample } from '../../remember/sample.ts';
import type { Example } from '../strategy.ts';

/** The metadata of a sample: everything but its vectors. */
export type SampleFacts = Omit<Sample, 'dense' | 'denseTargets' | 'embeddings' | 'offsets'>;

/** The name under which a sample is trained on; undefined for one without a label. */
export function nameOfSample(sample: Pick<Sample, 'label' | 'notA'>): string | null | undefined {
  if (sample.label !== null) return sample.label.kind === 'class' ? sample.label.class : null;
  return isLabelled(sample) ? null : undefined;
}

/** Converts a sample to an example of a class, or of none for null, unpacking float16. */
export function exampleOf(sample: Sample, label: string | null): Example {
  return {
    id: sample.id,
    label,
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

/**
 * The examples to train on: labelled samples that are not held out for the gate. `labelOf` gives
 * the class of a sample, null for none, undefined to leave it out; by default the label's name.
 */
export function trainingExamples(
  samples: Iterable<Sample>,
  labelOf: (sample: Sample) => string | null | undefined = nameOfSample,
): Example[] {
  const examples: Example[] = [];
  for (const sample of samples) {
    const label = sample.heldOut ? undefined : labelOf(sample);
    if (label !== undefined) examples.push(exampleOf(sample, label));
  }
  return examples;
}
