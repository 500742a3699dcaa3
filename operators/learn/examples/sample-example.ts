import { packFloat16, unpackFloat16 } from '../../foundation/numbers/float16.ts';
import type { Label, Sample } from '../../remember/sample.ts';
import type { Example } from '../strategy.ts';

/** What a sample is besides its vectors. */
export type SampleFacts = Omit<Sample, 'dense' | 'denseTargets' | 'embeddings' | 'offsets'>;

/** The class to learn from a label, or null for a negative: `notA` and `background` name no class. */
export function exampleLabel(label: Label): string | null {
  return label.kind === 'class' ? label.class : null;
}

/** A labelled sample as the learner sees it, float16 unpacked. Throws for one without a label: it teaches nothing. */
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

/** A sample out of what the learner saw of an object, packed as float16. The example's own id and label are not used. */
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

/** What the memory holds to train on: labelled, and not held out to be judged on. */
export function trainingExamples(samples: Iterable<Sample>): Example[] {
  const examples: Example[] = [];
  for (const sample of samples) {
    if (sample.label !== null && !sample.heldOut) examples.push(exampleOf(sample));
  }
  return examples;
}
