import { byId, make, setText } from './dom.js';
import { announce } from './toasts.js';

const clustersMax = 60;
const samplesMax = 12;
const thumbnailsShown = 4;
const base64Pattern = /^[A-Za-z0-9+/]+={0,2}$/;

/** The unlabelled unknowns: one card per cluster of similar objects. */
export class Unknowns {
  #clusters = new Map();
  #sendLabel;

  /** `sendLabel(command, className, target)` resolves with the answer. */
  constructor(sendLabel) {
    this.#sendLabel = sendLabel;
  }

  get size() {
    return this.#clusters.size;
  }

  clear() {
    this.#clusters.clear();
    byId('cards').replaceChildren();
    this.#count();
  }

  /** Adds an unlabelled sample, or removes one that is labelled or no longer asked about. */
  update(sample) {
    if (sample.label !== null || sample.asked === false) {
      this.#takeFromAll(sample, sample.label);
      return;
    }
    const cluster = this.#clusters.get(sample.clusterId) ?? this.#add(sample);
    this.#takeFromAll(sample, null, cluster);
    cluster.leaving.delete(sample.sampleId);
    cluster.samples.delete(sample.sampleId);
    cluster.samples.set(sample.sampleId, sample);
    if (cluster.samples.size > samplesMax) {
      cluster.samples.delete(cluster.samples.keys().next().value);
    }
    cluster.size = sample.clusterSize;
    cluster.worth = sample.worth;
    cluster.card.classList.remove('gone');
    this.#refresh(cluster);
    this.#place(cluster);
  }

  remove(clusterId) {
    const cluster = this.#clusters.get(clusterId);
    if (cluster === undefined) return [];
    this.#clusters.delete(clusterId);
    const { card } = cluster;
    // The keyboard focus moves to the next card instead of being lost.
    if (card.contains(document.activeElement)) {
      (card.nextElementSibling ?? card.previousElementSibling)?.querySelector('input')?.focus();
    }
    card.remove();
    this.#count();
    return [...cluster.samples.values()];
  }

  /**
   * Removes a sample from all cards but `kept`: it was labelled, its cluster joined another
   * one, or nobody is asked about it any more. But for a label, a card in use keeps it until it is
   * left.
   */
  #takeFromAll({ sampleId }, label, kept = null) {
    for (const cluster of [...this.#clusters.values()]) {
      if (cluster === kept || !cluster.samples.has(sampleId)) continue;
      if (label === null && isInUse(cluster.card)) cluster.leaving.add(sampleId);
      else this.#take(cluster, sampleId, label);
    }
  }

  #take(cluster, sampleId, label) {
    cluster.samples.delete(sampleId);
    cluster.leaving.delete(sampleId);
    if (cluster.samples.size > 0) this.#refresh(cluster);
    else this.#retire(cluster, label);
  }

  /**
   * Removes a card without samples. One in use stays until it is left without a name, and says
   * that it was labelled elsewhere: a name that is sent from it replaces the other label.
   */
  #retire({ card, id }, label) {
    // What is sent from the card itself is answered soon.
    if (card.getAttribute('aria-busy') === 'true') return;
    if (label === null || !isInUse(card)) {
      this.remove(id);
      return;
    }
    card.classList.add('gone');
    const name = label === 'background' ? 'Dismissed' : `Labelled “${label}”`;
    setText(card.querySelector('.card-facts'), `${name} meanwhile; a name sent here replaces that`);
  }

  /** Does what had to wait for a card in use. */
  #leave(cluster) {
    if (isInUse(cluster.card) || this.#clusters.get(cluster.id) !== cluster) return;
    if (cluster.samples.size === 0) this.#retire(cluster, null);
    for (const sampleId of [...cluster.leaving]) this.#take(cluster, sampleId, null);
  }

  /** Scrolls to a cluster's card and focuses its text field; false where it has no card. */
  focus(clusterId) {
    const cluster = this.#clusters.get(clusterId);
    if (cluster === undefined) return false;
    cluster.card.scrollIntoView({ block: 'nearest' });
    cluster.card.querySelector('input').focus();
    return true;
  }

  /** Moves a card in front of those whose answers bring less, unless a card is in use. */
  #place(cluster) {
    const cards = byId('cards');
    if (cards.contains(document.activeElement)) return;
    const next = [...cards.children].find(
      (card) =>
        card !== cluster.card &&
        (this.#clusters.get(card.dataset.cluster)?.worth ?? 0) <= cluster.worth,
    );
    if (next === undefined) cards.append(cluster.card);
    else if (cluster.card.nextElementSibling !== next) next.before(cluster.card);
  }

  /** The card whose answer brings least, the oldest of equals; none in use, unless all are. */
  #leastWorthy() {
    const all = [...this.#clusters.values()];
    const idle = all.filter(({ card }) => !isInUse(card));
    return (idle.length > 0 ? idle : all).reduce((least, cluster) =>
      cluster.worth < least.worth ? cluster : least,
    );
  }

  #add(sample) {
    const { clusterId: id, worth } = sample;
    const cluster = { id, samples: new Map(), leaving: new Set(), size: 1, worth, card: null };
    cluster.card = this.#makeCard(cluster);
    if (this.#clusters.size >= clustersMax) this.remove(this.#leastWorthy().id);
    this.#clusters.set(cluster.id, cluster);
    const cards = byId('cards');
    // A card in use must not move, so a new one is then added at the end.
    if (cards.contains(document.activeElement)) cards.append(cluster.card);
    else cards.prepend(cluster.card);
    this.#count();
    announce(`New unknown object on ${sample.camera}`);
    return cluster;
  }

  #makeCard(cluster) {
    const input = make('input', {
      type: 'text',
      maxLength: 64,
      autocomplete: 'off',
      spellcheck: false,
      required: true,
      list: 'class-names',
      placeholder: 'Class name',
      'aria-label': 'Class of this object',
    });
    const error = make('p', { className: 'error', role: 'alert' });
    const button = (text, value, className = '') =>
      make('button', { type: 'submit', value, className: `button small ${className}` }, text);
    const dismiss = button('Dismiss', 'dismiss', 'quiet');
    dismiss.formNoValidate = true;
    const form = make(
      'form',
      { className: 'card-form needs-label' },
      input,
      make(
        'div',
        { className: 'row' },
        button('Label', 'label', 'primary'),
        button('Not a…', 'notA'),
        dismiss,
      ),
      error,
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#submit(cluster, event.submitter?.value ?? 'label', input, error);
    });
    const card = make(
      'li',
      { className: 'card', dataset: { cluster: cluster.id } },
      make('div', { className: 'thumbnails' }),
      make('p', { className: 'card-facts' }),
      form,
    );
    // The focus may go from one field of the card to another.
    card.addEventListener('focusout', () => setTimeout(() => this.#leave(cluster)));
    return card;
  }

  async #submit(cluster, command, input, error) {
    const className = input.value.trim();
    setText(error, '');
    cluster.card.setAttribute('aria-busy', 'true');
    const answer = await this.#sendLabel(command, className, { clusterId: cluster.id });
    cluster.card.removeAttribute('aria-busy');
    if (!answer.ok) setText(error, answer.message);
    else if (command === 'notA') input.value = '';
    // Its samples may have been labelled before the answer came.
    if (answer.ok && cluster.samples.size === 0) this.remove(cluster.id);
  }

  #refresh(cluster) {
    const newest = [...cluster.samples.values()].slice(-thumbnailsShown).reverse();
    const { card, size } = cluster;
    card.querySelector('.thumbnails').replaceChildren(...newest.map(thumbnail));
    const { camera, novelty } = newest[0];
    const sampleCount = size === 1 ? '1 sample' : `${size} samples`;
    card
      .querySelector('.card-facts')
      .replaceChildren(
        make('b', {}, sampleCount),
        make('span', {}, ` on ${camera}`),
        make(
          'span',
          { className: 'novelty', title: 'Distance from all known classes, 0 to 1' },
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

/** Whether somebody is about to answer on a card. */
function isInUse(card) {
  return card.contains(document.activeElement) || card.querySelector('input').value.trim() !== '';
}

function thumbnail({ thumbnail: base64 }) {
  if (!base64Pattern.test(base64)) return make('span', { className: 'no-thumbnail' }, '?');
  return make('img', { src: `data:image/jpeg;base64,${base64}`, alt: '', loading: 'lazy' });
}
