import { byId, clock, duration, make, setText, whole } from './dom.js';
import { announce } from './toasts.js';

const eventsMax = 50;
const rowsMax = 200;

const titles = {
  learning: () => 'Learning',
  swapped: ({ headVersion }) => `Head ${headVersion} is live`,
  refused: ({ headVersion }) => `Candidate refused, head ${headVersion} stays`,
  'rolled-back': ({ headVersion }) => `Rolled back to head ${headVersion}`,
  failed: () => 'Learning failed',
};

/** The history of the model's updates, and the held-out recall of each class. */
export class ModelPanel {
  #learned = new Set();

  clear() {
    byId('timeline').replaceChildren();
    byId('timeline-empty').hidden = false;
  }

  updateHello(hello) {
    this.#learned = new Set(hello.classes);
    this.#showHead(hello.headVersion, hello.strategy, hello.engine);
  }

  /** Adds a model event. Events from before the connection (`isNew` false) are not announced. */
  addEvent(event, isNew) {
    const title = titles[event.event]?.(event) ?? event.event;
    const item = make(
      'li',
      { dataset: { event: event.event } },
      make(
        'div',
        { className: 'event-head' },
        make('b', {}, title),
        make('time', {}, clock(event.timestampMs)),
      ),
      make('p', { className: 'muted' }, event.detail),
    );
    const facts = [];
    if (event.labelToLiveMs !== undefined)
      facts.push(`label → live ${duration(event.labelToLiveMs)}`);
    if (event.updateMs !== undefined) facts.push(`update ${duration(event.updateMs)}`);
    const chips = facts.map((text, i) =>
      make(
        'span',
        { className: i === 0 && event.event === 'swapped' ? 'chip live' : 'chip' },
        text,
      ),
    );
    for (const verdict of (event.verdicts ?? []).slice(0, 8)) chips.push(verdictChip(verdict));
    if (chips.length > 0) item.append(make('div', { className: 'chips' }, ...chips));
    const timeline = byId('timeline');
    timeline.prepend(item);
    while (timeline.childElementCount > eventsMax) timeline.lastElementChild.remove();
    byId('timeline-empty').hidden = true;
    if (event.event !== 'learning') this.#learned = new Set(event.classes);
    if (isNew) announce(`${title}. ${event.detail}`);
  }

  updateMetrics({ model, perClass }) {
    this.#learned = new Set(model.classes);
    this.#showHead(model.headVersion, model.strategy, model.engine);
    setText(byId('swaps'), `${whole(model.swaps)} swaps · ${whole(model.refused)} refused`);
    byId('rollback').disabled = model.headVersion < 1;
    this.#showClasses(perClass);
  }

  #showHead(version, strategy, engine) {
    setText(byId('fact-head'), `v${version}`);
    setText(byId('fact-strategy'), strategy);
    setText(byId('fact-engine'), engine);
    byId('fact-head').dataset.version = String(version);
  }

  #showClasses(perClass) {
    const rank = ({ class: name }) => (this.#learned.has(name) ? 0 : 1);
    const rows = [...perClass]
      .sort((a, b) => rank(a) - rank(b) || b.detections - a.detections)
      .slice(0, rowsMax);
    setText(byId('classes-count'), String(perClass.length));
    byId('classes-empty').hidden = rows.length > 0;
    byId('classes').replaceChildren(...rows.map((row) => this.#classRow(row)));
  }

  #classRow({ class: name, labelled, heldOutRecall, detections }) {
    const kind = this.#learned.has(name) ? 'learned' : 'base';
    const recall = make('td', { className: 'recall' });
    if (heldOutRecall === null) recall.append(make('span', { className: 'muted' }, '–'));
    else {
      const bar = make('i');
      bar.style.width = `${100 * Math.min(1, Math.max(0, heldOutRecall))}%`;
      const percent = `${Math.round(100 * heldOutRecall)}%`;
      recall.append(make('span', { className: 'bar', 'aria-hidden': 'true' }, bar), percent);
    }
    return make(
      'tr',
      {},
      make(
        'th',
        { scope: 'row', dataset: { kind } },
        make('i', { title: kind === 'base' ? 'known' : 'learned' }),
        name,
      ),
      make('td', { className: 'number' }, labelled > 0 ? whole(labelled) : '–'),
      recall,
      make('td', { className: 'number' }, whole(detections)),
    );
  }
}

function verdictChip({ class: name, before, after }) {
  const percent = (value) => (value === null ? 'new' : `${Math.round(100 * value)}%`);
  const fell = before !== null && after !== null && after < before;
  const text = `${name} ${percent(before)} → ${percent(after)}`;
  return make(
    'span',
    { className: fell ? 'chip fell' : 'chip', title: 'Recall on held-out samples' },
    text,
  );
}
