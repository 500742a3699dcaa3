import { cropEmbeddingLength } from '../../detect/engines/engine.ts';
import {
  largestClass,
  memoryClass,
  smallestKey,
  type EvictionPolicy,
  type MemoryEntry,
} from '../eviction-policy.ts';
import { float16Values } from '../../foundation/numbers/float16.ts';
import { plainEmbedding, type Sample } from '../sample.ts';

const statisticOverheadBytes = 512;

/**
 * Keeps the exemplars of each class whose mean is nearest to the mean of all samples ever seen of
 * it. Distances are between plain crop embeddings of unit length.
 *
 * iCaRL selects exemplars from a complete class; a stream needs the reverse: the largest class
 * loses the exemplar without which the exemplars' mean is closest to the class mean. Samples
 * without an embedding of the length in use, which another encoder made, are evicted first.
 * An unlabelled cluster is a pseudo class.
 * "iCaRL: Incremental classifier and representation learning", Rebuffi et al., 2017.
 */
export function herding(initialLength: number = cropEmbeddingLength): EvictionPolicy {
  let embeddingLength = initialLength;
  const classes = new Map<string, { count: number; sum: Float32Array }>();

  function change(sample: Sample, sign: 1 | -1): void {
    const norm = embeddingNorm(sample, embeddingLength);
    if (norm === 0) return;
    const name = memoryClass(sample);
    let statistic = classes.get(name);
    if (statistic === undefined) {
      statistic = { count: 0, sum: new Float32Array(embeddingLength) };
      classes.set(name, statistic);
    }
    statistic.count += sign;
    const { sum } = statistic;
    for (let i = 0; i < embeddingLength; i++) {
      sum[i] = sum[i]! + (sign * float16Values[sample.embeddings[i]!]!) / norm;
    }
  }

  return {
    name: 'herding',
    paper: 'iCaRL: Incremental classifier and representation learning, Rebuffi et al., 2017',
    get classBytes() {
      return embeddingLength * Float32Array.BYTES_PER_ELEMENT + statisticOverheadBytes;
    },
    observe: (sample) => change(sample, 1),
    unobserve: (sample) => change(sample, -1),
    forgetClass: (name) => void classes.delete(name),
    victim: (entries) => {
      const members = largestClass(entries);
      const withoutEmbedding = members.filter(
        ({ sample }) => embeddingNorm(sample, embeddingLength) === 0,
      );
      if (withoutEmbedding.length > 0) return smallestKey(withoutEmbedding);
      const statistic = classes.get(memoryClass(members[0]!.sample));
      if (statistic === undefined || statistic.count < 1) return smallestKey(members);
      return mostRedundant(members, statistic);
    },
    clear: () => classes.clear(),
    adopt: (length) => {
      if (length === embeddingLength) return false;
      embeddingLength = length;
      classes.clear();
      return true;
    },
  };
}

/**
 * The exemplar whose removal brings the exemplars' mean closest to the class mean. With class mean
 * μ and m exemplars of sum S, removing x leaves ‖μ − (S − x)/(m − 1)‖, which for unit x is smallest
 * where (μ(m − 1) − S)·x is.
 */
function mostRedundant(
  members: readonly MemoryEntry[],
  { count, sum }: { count: number; sum: Float32Array },
): MemoryEntry {
  const { length } = sum;
  const direction = new Float64Array(length);
  for (let i = 0; i < length; i++) direction[i] = (sum[i]! / count) * (members.length - 1);
  const norms = members.map(({ sample }) => embeddingNorm(sample, length));
  members.forEach(({ sample }, member) => {
    const scale = 1 / norms[member]!;
    for (let i = 0; i < length; i++) {
      direction[i] = direction[i]! - float16Values[sample.embeddings[i]!]! * scale;
    }
  });
  let least = members[0]!;
  let leastDot = Infinity;
  members.forEach((entry, member) => {
    let dot = 0;
    for (let i = 0; i < length; i++) {
      dot += direction[i]! * float16Values[entry.sample.embeddings[i]!]!;
    }
    dot /= norms[member]!;
    if (dot < leastDot) {
      leastDot = dot;
      least = entry;
    }
  });
  return least;
}

/** Euclidean norm of the plain crop's embedding; 0 for a sample without one of this length. */
function embeddingNorm(sample: Sample, length: number): number {
  const embedding = plainEmbedding(sample);
  if (embedding.length !== length) return 0;
  let squares = 0;
  for (const bits of embedding) squares += float16Values[bits]! ** 2;
  return Number.isFinite(squares) ? Math.sqrt(squares) : 0;
}
