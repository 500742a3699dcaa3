import { ClassTable } from './classes.js';
import { byId, clock, duration, make, setText, whole } from './dom.js';
import { announce } from './toasts.js';

const eventsMax = 50;

const titles = {
  learning: () => 'Learning',
  swapped: ({ headVersion }) => `Head ${headVersion} is live`,
  refused: ({ headVersion }) => `Candidate refused, head ${headVersion} stays`,
  'rolled-back': ({ headVersion }) => `Rolled back to head ${headVersion}`,
  failed: () => 'Learning failed',
};

/** The history of the model's updates, and the table of its classes. */
export class ModelPanel {
  #classes;

  /** `editClass(name, others)` is called with a class to change, and the other learned ones. */
  constructor(editClass) {
    this.#classes = new ClassTable(editClass);
  }

  clear() {
    byId('timeline').replaceChildren();
    byId('timeline-empty').hidden = false;
  }

  updateHello(hello) {
    this.#classes.learned = hello.classes;
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
      ...statements(event.detail),
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
    if (event.event !== 'learning') this.#classes.learned = event.classes;
    if (isNew) announce(`${title}. ${event.detail}`);
  }

  updateMetrics({ model, perClass }) {
    this.#classes.learned = model.classes;
    this.#showHead(model.headVersion, model.strategy, model.engine);
    setText(byId('swaps'), `${whole(model.swaps)} swaps · ${whole(model.refused)} refused`);
    byId('rollback').disabled = model.headVersion < 1;
    this.#classes.update(perClass);
  }

  #showHead(version, strategy, engine) {
    setText(byId('fact-head'), `v${version}`);
    setText(byId('fact-strategy'), strategy);
    setText(byId('fact-engine'), engine);
    byId('fact-head').dataset.version = String(version);
  }
}

/** The statements of a verdict, which the gate joins to one line. */
function statements(detail) {
  return detail.split('; ').map((text) => make('p', { className: 'muted' }, text));
}

const statusTexts = {
  unproven: 'unproven',
  untested: 'untested',
  'too-few': 'recalls too few',
  withdrawn: 'withdrawn',
  missing: 'missing',
};

function verdictChip({ class: name, before, after, samples, hits, status, refused }) {
  const percent = (value) => (value === null ? 'new' : `${Math.round(100 * value)}%`);
  const counted = (value) => (value === null ? 'new' : `${value} of ${samples}`);
  const change =
    hits === undefined
      ? `${percent(before)} → ${percent(after)}`
      : `${counted(hits.before)} → ${counted(hits.after)}`;
  const fell = refused ?? (before !== null && after !== null && after < before);
  const text = `${name} ${statusTexts[status] ?? change}`;
  return make(
    'span',
    { className: fell ? 'chip fell' : 'chip', title: `Recall on held-out samples: ${change}` },
    text,
  );
}
