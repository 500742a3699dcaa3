import { ask, confirm } from './dialogs.js';
import { byId, make, setText, whole } from './dom.js';
import { withNote } from './labelling.js';
import { toast } from './toasts.js';

const rowsMax = 200;

/** The table of classes: labels, held-out recall and detections of each. */
export class ClassTable {
  #editClass;
  #learned = new Set();
  #rows = new Map();

  /** `editClass(name, others)` is called with a class to change, and the other learned ones. */
  constructor(editClass) {
    this.#editClass = editClass;
  }

  set learned(names) {
    this.#learned = new Set(names);
  }

  update(perClass) {
    const rank = ({ class: name }) => (this.#learned.has(name) ? 0 : 1);
    const shown = [...perClass]
      .sort((a, b) => rank(a) - rank(b) || b.detections - a.detections)
      .slice(0, rowsMax);
    setText(byId('classes-count'), String(perClass.length));
    byId('classes-empty').hidden = shown.length > 0;
    const rows = new Map(shown.map((figures) => [figures.class, this.#row(figures)]));
    const table = byId('classes');
    for (const [name, row] of this.#rows) if (!rows.has(name)) row.remove();
    this.#rows = rows;
    // Moving a row would take the focus from its button.
    if (table.contains(document.activeElement)) table.append(...newOf(rows, table));
    else if (isOtherOrder([...rows.values()], table)) table.replaceChildren(...rows.values());
  }

  /** The row of a class, made once and then updated. */
  #row({ class: name, labelled, heldOutRecall, detections }) {
    const row = this.#rows.get(name) ?? this.#makeRow(name);
    const [title, labels, recall, found, actions] = row.children;
    const kind = this.#learned.has(name) ? 'learned' : 'base';
    title.dataset.kind = kind;
    title.firstElementChild.title = kind === 'base' ? 'known' : 'learned';
    setText(labels, labelled > 0 ? whole(labelled) : '–');
    setText(found, whole(detections));
    const [bar, percent] = recall.children;
    bar.hidden = heldOutRecall === null;
    bar.firstElementChild.style.width = `${100 * Math.min(1, Math.max(0, heldOutRecall ?? 0))}%`;
    setText(percent, heldOutRecall === null ? '–' : `${Math.round(100 * heldOutRecall)}%`);
    actions.firstElementChild.hidden = kind === 'base';
    return row;
  }

  #makeRow(name) {
    const edit = make(
      'button',
      { type: 'button', className: 'button small quiet', 'aria-label': `Change the class ${name}` },
      'Change…',
    );
    edit.addEventListener('click', () => {
      this.#editClass(
        name,
        [...this.#learned].filter((other) => other !== name),
      );
    });
    return make(
      'tr',
      {},
      make('th', { scope: 'row' }, make('i'), name),
      make('td', { className: 'number' }),
      make(
        'td',
        { className: 'recall' },
        make('span', { className: 'bar', 'aria-hidden': 'true' }, make('i')),
        make('span'),
      ),
      make('td', { className: 'number' }),
      make('td', { className: 'needs-manage' }, edit),
    );
  }
}

function newOf(rows, table) {
  return [...rows.values()].filter((row) => row.parentElement !== table);
}

function isOtherOrder(rows, table) {
  return (
    rows.length !== table.childElementCount || rows.some((row, i) => table.children[i] !== row)
  );
}

/** Asks how to change a class, and has it renamed, merged or removed. */
export async function editClass(connection, name, others) {
  const input = byId('class-dialog-name');
  const select = byId('class-dialog-into');
  setText(byId('class-dialog-title'), `Change “${name}”`);
  input.value = name;
  select.replaceChildren(...others.map((other) => make('option', { value: other }, other)));
  byId('class-dialog-merge').disabled = others.length === 0;
  input.select();
  const command = await ask(byId('class-dialog'));
  const to = input.value.trim();
  const into = select.value;
  if (command === 'rename' && to !== '' && to !== name) {
    await change(connection, { command, class: name, to }, `“${name}” is called “${to}”`);
  }
  const isMeant =
    (command === 'merge' &&
      (await confirm({
        title: `Merge “${name}” into “${into}”?`,
        text: `Its samples become samples of “${into}” for good; nothing tells them apart afterwards.`,
        yes: 'Merge for good',
      }))) ||
    (command === 'remove' &&
      (await confirm({
        title: `Remove “${name}”?`,
        text: 'Its labels, samples and pictures are erased for good; nothing brings them back.',
        yes: 'Remove for good',
      })));
  if (!isMeant) return;
  if (command === 'merge') {
    await change(connection, { command, class: name, into }, `“${name}” is now “${into}”`);
  } else await change(connection, { command, class: name }, `Removed “${name}”`);
}

async function change(connection, command, text) {
  const answer = await connection.ask(command);
  if (answer.ok) toast(withNote(text, answer));
  else toast(answer.message, { kind: 'error' });
}
