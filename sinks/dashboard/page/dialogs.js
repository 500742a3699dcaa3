import { byId, setText } from './dom.js';

/** Shows a modal dialog and resolves with the value of the button that closed it. */
export async function ask(dialog) {
  // Escape closes a dialog without a button.
  dialog.returnValue = 'cancel';
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
  return dialog.returnValue;
}

/** Asks whether to do what `yes` says, and resolves with whether to. */
export async function confirm({ title, text, yes }) {
  setText(byId('confirm-title'), title);
  setText(byId('confirm-text'), text);
  setText(byId('confirm-yes'), yes);
  return (await ask(byId('confirm-dialog'))) === 'yes';
}
