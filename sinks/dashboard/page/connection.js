const backoffMinMs = 500;
const backoffMaxMs = 10_000;
const answerLimitMs = 15_000;
const utf8 = new TextDecoder();

/**
 * The WebSocket to lifelens. Reconnects automatically, with a doubling, jittered pause. Commands
 * that are pending when the connection ends are answered with an error.
 */
export class Connection {
  #handlers;
  #socket = null;
  #backoffMs = backoffMinMs;
  #timer = null;
  #pending = new Map();
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
        () => this.#settle(id, { ok: false, code: 'no-answer', message: 'no answer in time' }),
        answerLimitMs,
      );
      this.#pending.set(id, { resolve, timer });
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
      this.#backoffMs = backoffMinMs;
      this.#handlers.onState('open', 0);
    }
    if (message.type === 'answer') this.#settle(message.id, message);
    else this.#handlers.onMessage(message);
  }

  #lost() {
    this.#socket = null;
    for (const id of [...this.#pending.keys()]) {
      this.#settle(id, { ok: false, code: 'offline', message: 'the connection was lost' });
    }
    const pauseMs = this.#backoffMs * (0.75 + Math.random() / 2);
    this.#backoffMs = Math.min(backoffMaxMs, this.#backoffMs * 2);
    this.#timer = setTimeout(() => this.#open(), pauseMs);
    this.#handlers.onState('lost', pauseMs);
  }

  #settle(id, answer) {
    const command = this.#pending.get(id);
    if (command === undefined) return;
    this.#pending.delete(id);
    clearTimeout(command.timer);
    command.resolve(answer);
  }
}

/** Decodes a binary picture message; its layout is in docs/protocol.md. */
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
