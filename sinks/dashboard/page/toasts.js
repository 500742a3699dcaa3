import { byId, make } from './dom.js';

const TOASTS_MAX = 4;
const SHOWN_MS = 10_000;

/** Shows a line at the bottom for some seconds, with a button where there is something to take back. */
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
  while (toasts.childElementCount > TOASTS_MAX) toasts.firstElementChild.remove();
  setTimeout(close, SHOWN_MS);
}

/** Says something to screen readers only. */
export function announce(text) {
  byId('announcer').textContent = text;
}
