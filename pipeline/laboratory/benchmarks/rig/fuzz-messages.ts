import { commandNames, subscriptionNames } from '../../../../sinks/protocol.ts';

/** A request as raw bytes, and whether it carries the right token. */
export interface FuzzedRequest {
  readonly bytes: Buffer;
  readonly hasToken: boolean;
}

const routes = [
  '/',
  '/app.js',
  '/ws',
  '/metrics',
  '/healthz',
  '/readyz',
  '/missing',
  '//',
  '/../x',
];
const methods = ['GET', 'GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'TRACE', 'GETT', ''];
/** Few, because each new class makes the model larger; strange names go with missing samples. */
const classes = ['cone', 'parcel', "mum's cup", 'Cone', 'salt & pepper'];
const strangeTexts = [
  ...['', ' ', 'x'.repeat(70), 'a\nb', '\u0000', '\uD800', '\u202Egnp.exe', '<img src=x>'],
  ...['__proto__', 'constructor', '../../etc/passwd', '${x}', "'; DROP TABLE", '🚧', 'NaN'],
];
const strangeNumbers = [0, -1, 1, 0.5, 1e308, -0, 2 ** 53, -(2 ** 31), 1e-320, 640, 65_537];

/** Makes messages and requests that a hostile or broken client might send, from a seed. */
export class Fuzzer {
  readonly #random: () => number;
  readonly #host: string;
  readonly #token: string;

  /** `random` is uniform in [0, 1); `host` is `name:port` of the server. */
  constructor(random: () => number, host: string, token: string) {
    this.#random = random;
    this.#host = host;
    this.#token = token;
  }

  /** A message of a WebSocket client or a NATS request: text, or bytes for a binary message. */
  message(): string | Buffer {
    const kind = this.#random();
    if (kind < 0.55) return JSON.stringify(this.#command());
    if (kind < 0.75) return this.#mutated(JSON.stringify(this.#command()));
    if (kind < 0.85) return JSON.stringify(this.#value(0));
    if (kind < 0.9) return `${'['.repeat(this.#below(20_000))}1`;
    if (kind < 0.95) return this.#bytes(this.#below(400));
    return this.#pick(strangeTexts);
  }

  /** One HTTP request, well-formed or not, with the token or without. */
  request(): FuzzedRequest {
    const hasToken = this.#random() < 0.5;
    if (this.#random() < 0.15) return { bytes: this.#bytes(1 + this.#below(300)), hasToken: false };
    const headers = [`Host: ${this.#random() < 0.9 ? this.#host : this.#pick(strangeTexts)}`];
    if (hasToken) headers.push(`Authorization: Bearer ${this.#token}`);
    else if (this.#random() < 0.5) headers.push(this.#wrongToken());
    if (this.#random() < 0.25) headers.push(...this.#upgrade());
    if (this.#random() < 0.2) headers.push(`X-Forwarded-For: ${this.#pick(strangeTexts)}`);
    if (this.#random() < 0.1) headers.push(`Content-Length: ${this.#pick(strangeNumbers)}`);
    if (this.#random() < 0.05) headers.push(`X-Long: ${'x'.repeat(this.#below(30_000))}`);
    const query = this.#random() < 0.3 ? `?token=${encodeURI(this.#text(20))}` : '';
    const line = `${this.#pick(methods)} ${this.#pick(routes)}${query} HTTP/1.1`;
    const text = `${[line, ...headers].join('\r\n')}\r\n\r\n`;
    const isCut = this.#random() < 0.1;
    const cut = isCut ? text.slice(0, this.#below(text.length)) : text;
    return { bytes: Buffer.from(cut, 'latin1'), hasToken };
  }

  #command(): Record<string, unknown> {
    const command: Record<string, unknown> = {
      command: this.#random() < 0.95 ? this.#pick([...commandNames, ...subscriptionNames]) : 'x',
      id: this.#random() < 0.8 ? String(this.#below(1000)) : this.#value(2),
    };
    const fields: Record<string, () => unknown> = {
      class: () => this.#pick(classes),
      to: () => this.#pick(classes),
      into: () => this.#pick(classes),
      target: () => this.#target(),
      labelId: () => `l${this.#below(50)}`,
      version: () => this.#below(5),
      camera: () => this.#pick(['world', 'yard', ...strangeTexts]),
      by: () => this.#pick(strangeTexts),
    };
    const wanted = this.#random() < 0.6 ? fieldsOf(String(command['command'])) : [];
    for (const [name, make] of Object.entries(fields)) {
      if (wanted.includes(name) || (wanted.length === 0 && this.#random() < 0.3)) {
        command[name] = this.#random() < 0.85 ? make() : this.#value(1);
      }
    }
    return command;
  }

  #target(): unknown {
    const edge = (): number => (this.#random() < 0.8 ? this.#below(600) : this.#strangeNumber());
    return this.#pick<() => unknown>([
      () => ({ sampleId: `world-${this.#below(30)}-${this.#below(3)}` }),
      () => ({ clusterId: `c${this.#below(20)}` }),
      () => ({ trackId: this.#below(60), camera: 'world' }),
      () => ({ box: [edge(), edge(), edge(), edge()], camera: 'world' }),
      () => this.#value(0),
    ])();
  }

  /** Any JSON value, of at most five levels. */
  #value(depth: number): unknown {
    const leaves = [null, true, this.#strangeNumber(), this.#pick(strangeTexts)];
    if (depth > 4 || this.#random() < 0.6) return this.#pick<unknown>(leaves);
    const parts = Array.from({ length: this.#below(5) }, () => this.#value(depth + 1));
    if (this.#random() < 0.5) return parts;
    return Object.fromEntries(parts.map((part) => [this.#pick(strangeTexts), part]));
  }

  /** The text with some of its characters replaced, removed or repeated. */
  #mutated(text: string): string {
    let mutated = text;
    for (let i = 0; i <= this.#below(4); i++) {
      const at = this.#below(mutated.length + 1);
      const part = this.#pick(['', '"', '}', '\\', ',', this.#text(3), mutated.slice(0, at)]);
      mutated = `${mutated.slice(0, at)}${part}${mutated.slice(at + this.#below(3))}`;
    }
    return mutated.slice(0, 10_000);
  }

  #upgrade(): string[] {
    return [
      'Connection: Upgrade',
      'Upgrade: websocket',
      `Sec-WebSocket-Version: ${this.#pick(['13', '8', 'x'])}`,
      `Sec-WebSocket-Key: ${this.#pick(['AAAAAAAAAAAAAAAAAAAAAA==', 'short', ''])}`,
    ];
  }

  #wrongToken(): string {
    const text = encodeURIComponent(this.#text(12));
    return this.#random() < 0.5
      ? `Authorization: Bearer ${text}`
      : `Cookie: lifelens_token=${text}.${text}`;
  }

  #text(length: number): string {
    return this.#bytes(length)
      .toString('latin1')
      .replace(/[\r\n\uD800-\uDFFF]/g, '');
  }

  #bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#below(256)));
  }

  #strangeNumber(): number {
    return this.#pick(strangeNumbers);
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!;
  }
}

function fieldsOf(command: string): readonly string[] {
  const fields: Readonly<Record<string, readonly string[]>> = {
    label: ['class', 'target'],
    notA: ['class', 'target'],
    dismiss: ['target'],
    undo: ['labelId'],
    rename: ['class', 'to'],
    merge: ['class', 'into'],
    remove: ['class'],
    rollback: ['version'],
  };
  return fields[command] ?? ['camera'];
}
