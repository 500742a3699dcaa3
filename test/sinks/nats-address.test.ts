import { describe, expect, it } from 'vitest';
import { credentialsOf, parseNatsAddress } from '../../sinks/nats-address.ts';

describe('the address of a NATS broker', () => {
  it.each([
    ['hall', { server: 'hall', isEncrypted: false }],
    ['hall:4222', { server: 'hall:4222', isEncrypted: false }],
    ['nats://hall:80', { server: 'hall:80', isEncrypted: false }],
    ['tls://hall:443/', { server: 'hall:443', isEncrypted: true }],
    ['nats://[::1]:4222', { server: '[::1]:4222', isEncrypted: false }],
    ['nats://me:pw@hall:1', { server: 'hall:1', isEncrypted: false, user: 'me', pass: 'pw' }],
    ['me:pw@hall', { server: 'hall', isEncrypted: false, user: 'me', pass: 'pw' }],
    ['nats://a%40b:p%2Fw@hall', { server: 'hall', isEncrypted: false, user: 'a@b', pass: 'p/w' }],
    ['nats://s3cret@hall', { server: 'hall', isEncrypted: false, token: 's3cret' }],
  ])('%s is taken apart', (text, address) => {
    expect(parseNatsAddress(text)).toEqual(address);
  });

  it.each([
    '',
    ' hall',
    'nats://',
    'nats://hall:0',
    'nats://hall:65536',
    'nats://hall:x',
    'nats://hall/path',
    'nats://hall?x=1',
    'nats://me:sec/ret@hall',
    'nats://me:sec%ret@hall',
    'nats://me:secret@ha ll',
    'nats://..',
    'http://me:secret@hall',
    'ws://me:secret@hall',
  ])('%j is refused without being repeated', (text) => {
    const parsing = () => parseNatsAddress(text);
    expect(parsing).toThrow(expect.objectContaining({ code: 'bad-address' }) as Error);
    expect(parsing).not.toThrow(/sec/);
  });

  it('shares its credentials with the other addresses, which may have no others', () => {
    const parse = (...texts: string[]) => credentialsOf(texts.map(parseNatsAddress));
    expect(parse('one', 'two')).toEqual({});
    expect(parse('one', 'me:pw@two')).toEqual({ user: 'me', pass: 'pw' });
    expect(parse('s3cret@one', 's3cret@two')).toEqual({ token: 's3cret' });
    expect(() => parse('me:pw@one', 'me:other@two')).toThrow('the same credentials');
    expect(() => parse('me:pw@one', 'me@two')).toThrow('the same credentials');
  });
});
