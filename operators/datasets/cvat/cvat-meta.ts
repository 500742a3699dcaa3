import type { CvatFile, CvatFrames } from './cvat-file.ts';

/** Labels of these types have no bounds. */
const boundlessTypes = new Set(['points', 'polyline', 'skeleton', 'tag']);

/** What a file says about its task or project, from the texts below `<meta>`. */
export class CvatMeta {
  readonly #labels: { name: string; bounds: boolean }[] = [];
  readonly #task = new Map<string, string>();
  #label = { name: '', bounds: true };
  #listed = false;

  /** @param path The elements below `<meta>`, down to the one that ends. */
  add(path: readonly string[], text: string): void {
    const [element, parent, grandparent] = [...path].reverse();
    if (element === 'labels') this.#listed = true;
    if (parent === 'label' && grandparent === 'labels') {
      if (element === 'name') this.#label.name = text;
      // Parts of a skeleton have one.
      if (element === 'parent' && text !== '') this.#label.bounds = false;
      if (element === 'type' && boundlessTypes.has(text)) this.#label.bounds = false;
    }
    if (element === 'label' && parent === 'labels') {
      if (this.#label.name !== '') this.#labels.push(this.#label);
      this.#label = { name: '', bounds: true };
    }
    const ofTask = parent === 'task' || parent === 'job';
    const ofSize = parent === 'original_size';
    if (ofTask || ofSize) this.#task.set(element!, text);
  }

  finish(): Pick<CvatFile, 'labels' | 'frames' | 'stated'> {
    const labels = this.#labels.filter(({ bounds }) => bounds).map(({ name }) => name);
    const [width, height] = [this.#number('width'), this.#number('height')];
    return {
      labels: this.#listed && labels.length > 0 ? [...new Set(labels)] : null,
      frames: this.#frames(),
      stated: width !== null && height !== null && width * height > 0 ? { width, height } : null,
    };
  }

  #frames(): CvatFrames | null {
    const size = this.#number('size');
    const first = this.#number('start_frame') ?? 0;
    const step = Number(/^step=(\d+)$/.exec(this.#task.get('frame_filter') ?? '')?.[1] ?? 1);
    if (size === null || size === 0 || step === 0) return null;
    const last = first + (size - 1) * step;
    const stop = this.#number('stop_frame');
    // The last frame that is stated may lie between two steps.
    return stop === null || (stop >= last && stop < last + step) ? { first, last, step } : null;
  }

  #number(key: string): number | null {
    const text = this.#task.get(key) ?? '';
    return /^\d{1,9}$/.test(text) ? Number(text) : null;
  }
}
