import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Proxies whose `X-Forwarded-For` is believed. */
export class TrustedProxies {
  readonly #list = new BlockList();

  /** `entries` are IP addresses and networks such as `10.0.0.0/8`. Throws on anything else. */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const problem = proxyProblem(entry);
      if (problem !== null) throw new RangeError(problem);
      const [address = '', bits] = entry.split('/');
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
      if (bits === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(bits), family);
    }
  }

  has(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  }

  /**
   * The address that a request came from. Each proxy appends the address that it was asked by, so
   * the header is read from its end, for as long as the proxies are trusted.
   */
  clientOf(request: IncomingMessage): string {
    let client = plainAddress(request.socket.remoteAddress);
    const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',');
    while (forwarded.length > 0 && this.has(client)) {
      const before = plainAddress(forwarded.pop()?.trim());
      if (isIP(before) === 0) break;
      client = before;
    }
    return client;
  }
}

/** What is wrong with an entry of trusted proxies; null where it is right. */
export function proxyProblem(entry: string): string | null {
  const [address = '', bits, ...rest] = entry.split('/');
  const version = isIP(address);
  const bitsMax = version === 4 ? 32 : 128;
  const areBitsRight = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax);
  if (version !== 0 && areBitsRight && rest.length === 0) return null;
  return 'expected an IP address or a network such as 10.0.0.0/8';
}

/** An address without zone and IPv4 prefix; empty where a socket is closed already. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}

/**
 * What limits per client apply to: an IPv4 address, or the /64 of an IPv6 one, within which a
 * single client may choose its address.
 */
export function limitedAs(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail = ''] = address.toLowerCase().split('::', 2);
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = address.includes('::') ? [...before, ...zeros, ...after] : before;
  return groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
