import { byId, make, setText } from './dom.js';
import { announce } from './toasts.js';

const CLUSTERS_MAX = 60;
const SAMPLES_MAX = 12;
const THUMBNAILS_SHOWN = 4;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** The unknowns that wait for a name: one card per cluster of look-alikes. */
export class Unknowns {
  #clusters = new Map();
  #teach;

  /** `teach(command, className, target)` resolves with the answer. */
  constructor(teach) {
    this.#teach = teach;
  }

  get size() {
    return this.#clusters.size;
  }

  clear() {
    this.#clusters.clear();
    byId('cards').replaceChildren();
    this.#count();
  }

  /** Takes a sample in, or out once somebody named it. */
  take(sample) {
    const known = this.#clusters.get(sample.clusterId);
    if (sample.label !== null) {
      known?.samples.delete(sample.sampleId);
      if (known !== undefined && known.samples.size === 0) this.remove(sample.clusterId);
      else if (known !== undefined) this.#refresh(known);
      return;
    }
    const cluster = known ?? this.#add(sample);
    cluster.samples.delete(sample.sampleId);
    cluster.samples.set(sample.sampleId, sample);
    if (cluster.samples.size > SAMPLES_MAX) {
      cluster.samples.delete(cluster.samples.keys().next().value);
    }
    cluster.size = sample.clusterSize;
    this.#refresh(cluster);
  }

  remove(clusterId) {
    const cluster = this.#clusters.get(clusterId);
    if (cluster === undefined) return [];
    this.#clusters.delete(clusterId);
    const { card } = cluster;
    // The keyboard's place moves on to the next card instead of being lost.
    if (card.contains(document.activeElement)) {
      (card.nextElementSibling ?? card.previousElementSibling)?.querySelector('input')?.focus();
    }
    card.remove();
    this.#count();
    return [...cluster.samples.values()];
  }

  /** Brings a cluster's card into view and puts the cursor into its name field; false where there is none. */
  focus(clusterId) {
    const cluster = this.#clusters.get(clusterId);
    if (cluster === undefined) return false;
    cluster.card.scrollIntoView({ block: 'nearest' });
    cluster.card.querySelector('input').focus();
    return true;
  }

  #add(sample) {
    const cluster = { id: sample.clusterId, samples: new Map(), size: 1, card: null };
    cluster.card = this.#makeCard(cluster);
    this.#clusters.set(cluster.id, cluster);
    const cards = byId('cards');
    // Nothing moves away under somebody who is typing.
    if (cards.contains(document.activeElement)) cards.append(cluster.card);
    else cards.prepend(cluster.card);
    if (this.#clusters.size > CLUSTERS_MAX) this.remove(this.#clusters.keys().next().value);
    this.#count();
    announce(`New unknown object on ${sample.camera}`);
    return cluster;
  }

  #makeCard(cluster) {
    const input = make('input', {
      ...{ type: 'text', maxLength: 64, autocomplete: 'off', spellcheck: false, required: true },
      ...{ list: 'class-names', placeholder: 'What is it?', 'aria-label': 'Name of this object' },
    });
    const error = make('p', { className: 'error', role: 'alert' });
    const button = (text, value, className = '') =>
      make('button', { type: 'submit', value, className: `button small ${className}` }, text);
    const dismiss = button('Dismiss', 'dismiss', 'quiet');
    dismiss.formNoValidate = true;
    const form = make(
      'form',
      { className: 'card-form' },
      input,
      make(
        'div',
        { className: 'row' },
        button('Name', 'label', 'primary'),
        button('Not a…', 'notA'),
        dismiss,
      ),
      error,
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit(cluster, event.submitter?.value ?? 'label', input, error);
    });
    return make(
      'li',
      { className: 'card', dataset: { cluster: cluster.id } },
      make('div', { className: 'thumbnails' }),
      make('p', { className: 'card-facts' }),
      form,
    );
  }

  async #submit(cluster, command, input, error) {
    const className = input.value.trim();
    setText(error, '');
    cluster.card.setAttribute('aria-busy', 'true');
    const answer = await this.#teach(command, className, { clusterId: cluster.id });
    cluster.card.removeAttribute('aria-busy');
    if (!answer.ok) setText(error, answer.message);
    else if (command === 'notA') input.value = '';
  }

  #refresh(cluster) {
    const newest = [...cluster.samples.values()].slice(-THUMBNAILS_SHOWN).reverse();
    const { card, size } = cluster;
    card.querySelector('.thumbnails').replaceChildren(...newest.map(thumbnail));
    const { camera, novelty } = newest[0];
    const seen = size === 1 ? 'seen once' : `${size} looks`;
    card
      .querySelector('.card-facts')
      .replaceChildren(
        make('b', {}, seen),
        make('span', {}, ` on ${camera}`),
        make(
          'span',
          { className: 'novelty', title: 'How far it is from all that is known' },
          `novelty ${novelty.toFixed(2)}`,
        ),
      );
  }

  #count() {
    setText(byId('unknowns-count'), String(this.#clusters.size));
    byId('cards-empty').hidden = this.#clusters.size > 0;
    document.title = this.#clusters.size > 0 ? `(${this.#clusters.size}) lifelens` : 'lifelens';
  }
}

function thumbnail({ thumbnail: base64 }) {
  if (!BASE64.test(base64)) return make('span', { className: 'no-thumbnail' }, '?');
  return make('img', { src: `data:image/jpeg;base64,${base64}`, alt: '', loading: 'lazy' });
}
