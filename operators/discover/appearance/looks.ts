import { dot } from './appearance.ts';
import type { Forms, SceneScale } from './scene-scale.ts';

/** Embeddings after which older ones decay from a centre. */
const centreMemory = 24;
/** Most exemplars beside the centre. */
export const exemplarsMax = 4;

/**
 * What the objects of one cluster look like: a running centre, and exemplars of a tracked object's
 * appearance that the centre does not stand for, such as another side or another light.
 */
export class Looks {
  /** Embeddings added. */
  size = 1;
  readonly #centre: Float32Array;
  #exemplars: Float32Array[] = [];
  /** Of the centre first, then of the exemplars. */
  #forms: Forms[] = [];

  /** Takes over `appearance`, which becomes the centre. */
  constructor(appearance: Float32Array, scale: SceneScale) {
    this.#centre = appearance;
    this.derive(scale);
  }

  /** Moves the centre towards another appearance. */
  add(appearance: Float32Array, scale: SceneScale): void {
    this.size++;
    this.#blend(appearance, 1 / Math.min(this.size, centreMemory));
    this.#forms[0] = scale.formsOf(this.#centre);
  }

  /** Keeps an appearance as it is; the oldest exemplar goes where there are too many. */
  keep(appearance: Float32Array, scale: SceneScale): void {
    this.#exemplars = [...this.#exemplars, appearance].slice(-exemplarsMax);
    this.derive(scale);
  }

  /** Takes in all of another cluster's looks. */
  absorb(other: Looks, scale: SceneScale): void {
    const share = other.size / (this.size + other.size);
    this.size += other.size;
    this.#exemplars = [...this.#exemplars, ...other.#exemplars, other.#centre.slice()].slice(
      -exemplarsMax,
    );
    this.#blend(other.#centre, share);
    this.derive(scale);
  }

  /** Recomputes the forms, after a change of the scale. */
  derive(scale: SceneScale): void {
    this.#forms = [this.#centre, ...this.#exemplars].map((each) => scale.formsOf(each));
  }

  /** Largest cosines of an appearance to the centre or an exemplar, plain and standardised. */
  similarity({ plain, standard }: Forms): { readonly plain: number; readonly standard: number } {
    return {
      plain: Math.max(...this.#forms.map((form) => dot(form.plain, plain))),
      standard: Math.max(...this.#forms.map((form) => dot(form.standard, standard))),
    };
  }

  /** Cosine of two centres in standardised space. */
  centreSimilarity(other: Looks): number {
    return dot(this.#forms[0]!.standard, other.#forms[0]!.standard);
  }

  #blend(appearance: Float32Array, share: number): void {
    const centre = this.#centre;
    for (let i = 0; i < centre.length; i++) {
      centre[i] = centre[i]! + share * (appearance[i]! - centre[i]!);
    }
  }
}
