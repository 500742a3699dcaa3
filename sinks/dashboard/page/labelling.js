import { ask } from './dialogs.js';
import { byId, clock, make, setText } from './dom.js';
import { toast } from './toasts.js';

/** Labels of this page that it offers to undo. */
const recentMax = 20;

/** Error codes after which a cluster has no samples left to label. */
const goneCodes = new Set(['unknown-target', 'sample-gone']);

/** Sends labels, and offers to undo any of the recent ones. */
export class Labelling {
  #connection;
  #unknowns = null;
  #mayLabel = true;

  constructor(connection) {
    this.#connection = connection;
  }

  /** `unknowns` are the cards, of which those of labelled clusters go. */
  use(unknowns) {
    this.#unknowns = unknowns;
  }

  /** Whether this client may label; otherwise a click into the picture opens nothing. */
  allow(mayLabel) {
    this.#mayLabel = mayLabel;
  }

  /** Sends a label command, and offers to undo it. Resolves with the answer. */
  async send(command, className, target) {
    const classField = command === 'dismiss' ? {} : { class: className };
    const answer = await this.#connection.ask({ command, ...classField, target });
    const { clusterId } = target;
    if (!answer.ok) {
      // Without samples the card cannot be labelled any more.
      if (goneCodes.has(answer.code) && clusterId !== undefined) this.#unknowns.remove(clusterId);
      toast(answer.message, { kind: 'error' });
      return answer;
    }
    const samples =
      clusterId === undefined || command === 'notA' ? [] : this.#unknowns.remove(clusterId);
    const count = answer.samples === undefined ? '' : ` (${answer.samples} samples)`;
    const text = {
      label: `Labelled “${className}”${count}`,
      notA: `Not a “${className}”${count}`,
      dismiss: `Dismissed${count}`,
    }[command];
    const undo = this.#addRecent(text, answer.labelId, samples);
    toast(withNote(text, answer), { action: { label: 'Undo', run: () => void undo() } });
    return answer;
  }

  /** Opens the dialog to label an object in the picture; an unknown is labelled on its card. */
  async openDialog(object, camera) {
    if (!this.#mayLabel) return;
    if (object.kind === 'unknown' && this.#unknowns.focus(object.clusterId)) return;
    const input = byId('name-dialog-class');
    const target =
      object.kind === 'box'
        ? { box: object.box, camera, frame: object.frame }
        : { trackId: object.trackId, camera };
    setText(
      byId('name-dialog-text'),
      object.class ? `Detected as “${object.class}”.` : 'Not labelled yet.',
    );
    setText(byId('name-dialog-error'), '');
    input.value = object.class ?? '';
    input.select();
    const command = await ask(byId('name-dialog'));
    const className = input.value.trim();
    if (command === 'cancel' || command === '') return;
    if (command !== 'dismiss' && className === '') {
      toast('Enter a class name', { kind: 'error' });
      return;
    }
    await this.send(command, className, target);
  }

  /** Lists a label with a button to undo it; returns what that button does. */
  #addRecent(text, labelId, samples) {
    const button = make(
      'button',
      { type: 'button', className: 'button small', 'aria-label': `Undo: ${text}` },
      'Undo',
    );
    const item = make(
      'li',
      {},
      make('time', {}, clock(Date.now())),
      make('span', {}, text),
      button,
    );
    const undo = async () => {
      button.disabled = true;
      const answer = await this.#connection.ask({ command: 'undo', ...(labelId && { labelId }) });
      button.disabled = false;
      if (!answer.ok) {
        toast(answer.message, { kind: 'error' });
        return;
      }
      item.remove();
      this.#countRecent();
      for (const sample of samples) this.#unknowns.update(sample);
      toast(withNote('Undone', answer));
    };
    button.addEventListener('click', () => void undo());
    const list = byId('recent-labels');
    list.prepend(item);
    while (list.childElementCount > recentMax) list.lastElementChild.remove();
    this.#countRecent();
    return undo;
  }

  #countRecent() {
    const { childElementCount } = byId('recent-labels');
    byId('recent').hidden = childElementCount === 0;
    setText(byId('recent-count'), String(childElementCount));
  }
}

/** A text with what the server adds to its answer. */
export function withNote(text, { note }) {
  return note === undefined ? text : `${text}: ${note}`;
}
