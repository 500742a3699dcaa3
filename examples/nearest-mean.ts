// A learning strategy, which custom-strategy.ts runs: an object belongs to the class whose crop
// embeddings have the nearest mean. The rest of the head is that of the built-in `ncm`.
import { createStrategy as builtIn } from 'lifelens/strategies';
import type { Change, Example, HeadDraft, Strategy, StrategySetup } from 'lifelens/strategies';

/** Mean of all crop embeddings of the examples with this label; the origin without any. */
function meanOf(examples: readonly Example[], label: string | null, length: number): Float64Array {
  const mean = new Float64Array(length);
  const embeddings = examples.filter((each) => each.label === label).map((each) => each.embeddings);
  const rows = embeddings.reduce((sum, { length: values }) => sum + values / length, 0);
  for (const values of embeddings) {
    for (const [i, value] of values.entries()) mean[i % length]! += value / rows;
  }
  return mean;
}

/** One row per class, for softmax: 4 at the mean of the class, -4 at that of the background. */
function nearestMeans(examples: readonly Example[], classes: readonly string[], length: number) {
  const background = meanOf(examples, null, length);
  const weights = new Float32Array(classes.length * length);
  const bias = new Float32Array(classes.length);
  for (const [row, name] of classes.entries()) {
    const mean = meanOf(examples, name, length);
    const squares = mean.reduce((sum, value, i) => sum + (value - background[i]!) ** 2, 0);
    for (let i = 0; i < length && squares > 0; i++) {
      const weight = (8 * (mean[i]! - background[i]!)) / squares;
      weights[row * length + i] = weight;
      bias[row]! -= (weight * (mean[i]! + background[i]!)) / 2;
    }
  }
  return { weights, bias, length };
}

/** Called once, in the learner's thread. */
export function createStrategy(setup: StrategySetup): Strategy {
  const rest = builtIn('ncm', setup);
  const { length } = setup.embedding;
  return {
    name: 'nearest-mean',
    paper: 'An example',
    get classes() {
      return rest.classes;
    },
    get stateBytes() {
      return rest.stateBytes;
    },
    async update(change: Change, signal?: AbortSignal): Promise<HeadDraft> {
      const draft = await rest.update(change, signal);
      const crop = nearestMeans(change.replay(), draft.classes, length);
      return { ...draft, strategy: this.name, crop };
    },
    // The means come from the memory of samples, so there is no further state.
    save: () => rest.save(),
    restore: (bytes) => rest.restore(bytes),
  };
}
