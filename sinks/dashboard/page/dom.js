/** Returns the element with this id. */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * Creates an element. Strings become text nodes: names are untrusted input, so nothing on this
 * page is ever parsed as HTML.
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'dataset') Object.assign(element.dataset, value);
    else if (name.includes('-') || name === 'role' || name === 'list') {
      element.setAttribute(name, value);
    } else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** Sets text where it differs; an unchanged text does not disturb screen readers or selections. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Formats an integer: 1234567 → 1,234,567. */
export function whole(number) {
  return Math.round(number).toLocaleString('en-US');
}

/** Formats bytes in MiB. */
export function mebibytes(bytes) {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** Formats milliseconds as ms, s or min. */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

/** Formats the time of day for live cameras, the media time for files and simulations. */
export function clock(timestampMs) {
  if (timestampMs > 1e11) return new Date(timestampMs).toLocaleTimeString('en-GB');
  const seconds = Math.floor(timestampMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
