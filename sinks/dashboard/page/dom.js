/** The element with this id; the page has all of them. */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * Makes an element. Text goes in as text nodes only: names come from outside,
 * and nothing on this page is ever parsed as HTML.
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

/** Sets text only where it differs, so that screen readers and selections are left in peace. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** 1234567 → 1,234,567. */
export function whole(number) {
  return Math.round(number).toLocaleString('en-US');
}

/** Bytes in binary megabytes, as the cap is configured. */
export function mebibytes(bytes) {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** Milliseconds as a person says them. */
export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

/** Time of day for live cameras; time since the start for files and simulations. */
export function clock(timestampMs) {
  if (timestampMs > 1e11) return new Date(timestampMs).toLocaleTimeString('en-GB');
  const seconds = Math.floor(timestampMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
