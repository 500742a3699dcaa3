import { byId, make, setText } from './dom.js';

const everyMs = 5000;

/** Asks for the health of the program now and then, and lists the parts that it has. */
export class Health {
  #timer = null;

  /** Asks at once and then regularly, until {@link stop}; not while the page is hidden. */
  start() {
    this.stop();
    void this.#ask();
    this.#timer = setInterval(() => {
      if (document.visibilityState === 'visible') void this.#ask();
    }, everyMs);
  }

  stop() {
    clearInterval(this.#timer);
  }

  async #ask() {
    try {
      const response = await fetch('healthz');
      this.#show(await response.json());
    } catch {
      // The connection's own banner tells that the program is away.
    }
  }

  #show({ ready, parts = [] }) {
    const broken = parts.filter(({ ok }) => !ok).length;
    const state = ready === false ? 'bad' : broken > 0 ? 'partly' : 'good';
    byId('health').dataset.state = state;
    byId('health').hidden = parts.length === 0;
    setText(
      byId('health-summary'),
      state === 'good' ? 'all parts work' : `${broken} of ${parts.length} parts do not work`,
    );
    byId('health-parts').replaceChildren(
      ...parts.map(({ kind, name, ok, detail }) =>
        make(
          'li',
          { dataset: { ok: String(ok) } },
          make('b', {}, `${kind} ${name}`),
          make('span', {}, detail),
        ),
      ),
    );
  }
}
