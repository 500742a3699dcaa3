const BACKOFF_MIN_MS = 500;
const BACKOFF_MAX_MS = 10_000;
const ANSWER_LIMIT_MS = 15_000;
const utf8 = new TextDecoder();

/**
 * The WebSocket to lifelens. It comes back by itself, with a pause that doubles
 * and jitters; questions that were open when it broke are answered with an error.
 */
export class Connection {
  #handlers;
  #socket = null;
  #backoffMs = BACKOFF_MIN_MS;
  #timer = null;
  #asked = new Map();
  #nextId = 1;

  /** `handlers`: onMessage, onPicture, onState(state, retryInMs). */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  start() {
    this.#open();
  }

  get isOpen() {
    return this.#socket !== null && this.#socket.readyState === WebSocket.OPEN;
  }

  /** Sends a command and resolves with its answer; never rejects. */
  ask(command) {
    if (!this.isOpen) {
      return Promise.resolve({ ok: false, code: 'offline', message: 'not connected' });
    }
    const id = String(this.#nextId++);
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => this.#settle(id, { ok: false, code: 'no-answer', message: 'no answer came' }),
        ANSWER_LIMIT_MS,
      );
      this.#asked.set(id, { resolve, timer });
      this.#socket.send(JSON.stringify({ id, ...command }));
    });
  }

  retryNow() {
    if (this.#socket !== null) return;
    clearTimeout(this.#timer);
    this.#open();
  }

  #open() {
    const url = new URL('ws', location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    url.search = '';
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => this.#lost();
    this.#handlers.onState('connecting', 0);
  }

  #receive(data) {
    if (typeof data !== 'string') {
      const picture = readPicture(data);
      if (picture !== null) this.#handlers.onPicture(picture);
      return;
    }
    const message = JSON.parse(data);
    if (message.type === 'hello') {
      this.#backoffMs = BACKOFF_MIN_MS;
      this.#handlers.onState('open', 0);
    }
    if (message.type === 'answer') this.#settle(message.id, message);
    else this.#handlers.onMessage(message);
  }

  #lost() {
    this.#socket = null;
    for (const id of [...this.#asked.keys()]) {
      this.#settle(id, { ok: false, code: 'offline', message: 'the connection was lost' });
    }
    const pauseMs = this.#backoffMs * (0.75 + Math.random() / 2);
    this.#backoffMs = Math.min(BACKOFF_MAX_MS, this.#backoffMs * 2);
    this.#timer = setTimeout(() => this.#open(), pauseMs);
    this.#handlers.onState('lost', pauseMs);
  }

  #settle(id, answer) {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    this.#asked.delete(id);
    clearTimeout(asked.timer);
    asked.resolve(answer);
  }
}

/** Takes a binary picture message apart; its layout is in docs/protocol.md. */
function readPicture(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < 15 || view.getUint8(0) !== 0x4c || view.getUint8(1) !== 1) return null;
  const nameLength = view.getUint8(2);
  return {
    camera: utf8.decode(new Uint8Array(buffer, 3, nameLength)),
    frame: view.getUint32(3 + nameLength),
    timestampMs: view.getFloat64(7 + nameLength),
    jpeg: new Blob([new Uint8Array(buffer, 15 + nameLength)], { type: 'image/jpeg' }),
  };
}
