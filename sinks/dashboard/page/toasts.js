import { byId, make } from './dom.js';

const toastsMax = 4;
const shownMs = 10_000;

/** Shows a text at the bottom for some seconds, with a button where an `action` is given. */
export function toast(text, { kind = 'done', action } = {}) {
  const element = make('div', { className: 'toast', dataset: { kind } }, make('span', {}, text));
  const close = () => element.remove();
  if (action !== undefined) {
    const button = make('button', { type: 'button', className: 'button small' }, action.label);
    button.addEventListener('click', () => {
      close();
      action.run();
    });
    element.append(button);
  }
  const dismiss = make(
    'button',
    { type: 'button', className: 'button small quiet', 'aria-label': 'Close' },
    '×',
  );
  dismiss.addEventListener('click', close);
  element.append(dismiss);
  const toasts = byId('toasts');
  toasts.append(element);
  while (toasts.childElementCount > toastsMax) toasts.firstElementChild.remove();
  setTimeout(close, shownMs);
}

/** Announces a text to screen readers only. */
export function announce(text) {
  byId('announcer').textContent = text;
}
