import { describe, expect, it } from 'vitest';
import {
  commandBytesMax,
  encodeBody,
  encodeEnvelope,
  encodePicture,
  parseClientMessage,
  parseCommand,
} from '../../sinks/protocol.ts';

const parse = (message: unknown) => parseCommand(JSON.stringify(message));

describe('a command', () => {
  it.each([
    { command: 'label', class: 'traffic cone', target: { sampleId: 's1' } },
    { command: 'label', class: 'Glühwürmchen_2', target: { clusterId: 'c1' } },
    { command: 'notA', class: 'dog', target: { trackId: 4, camera: 'yard' } },
    { command: 'dismiss', target: { box: [0, 0, 5, 5], camera: 'yard', frame: 9 } },
    { command: 'dismiss', target: { box: [0.5, -3, 5, 5], camera: 'yard' } },
    { command: 'undo' },
    { command: 'undo', labelId: 'l1' },
    { command: 'rename', class: 'cone', to: "mum's (big) cone & co" },
    { command: 'merge', class: 'cone', into: 'traffic cone' },
    { command: 'remove', class: '<img src=x>' },
    { command: 'rollback', version: 0 },
    { command: 'pause', camera: 'yard' },
    { command: 'resume' },
  ])('is parsed unchanged: %j', (command) => {
    expect(parse(command)).toEqual({ ok: true, value: command });
  });

  it('gets the names of its classes in their one form', () => {
    expect(parse({ command: 'rename', class: ' cafe\u0301 ', to: 'two  cups' })).toEqual({
      ok: true,
      value: { command: 'rename', class: 'caf\u00e9', to: 'two cups' },
    });
  });

  it('is parsed apart from its id and sender', () => {
    expect(parse({ id: 'a', by: 'anna', command: 'undo' })).toEqual({
      ok: true,
      id: 'a',
      by: 'anna',
      value: { command: 'undo' },
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['an unknown name', { command: 'format' }, /^command: expected one of label, notA/],
    ['no name', {}, /^command: expected one of label/],
    ['an unknown key', { command: 'undo', all: true }, /unrecognized key.*"all"/i],
    [
      'an unknown key of the target',
      { command: 'dismiss', target: { sampleId: 's', x: 1 } },
      /^target: .*"x"/,
    ],
    ['no target', { command: 'dismiss' }, /^target: .*expected object/],
    [
      'two targets',
      { command: 'dismiss', target: { sampleId: 's', clusterId: 'c' } },
      /^target: expected exactly one of sampleId, clusterId, trackId, box/,
    ],
    ['an empty target', { command: 'dismiss', target: {} }, /^target: expected exactly one of/],
    [
      'a track without camera',
      { command: 'dismiss', target: { trackId: 1 } },
      /^target: expected camera beside trackId/,
    ],
    [
      'a cluster with camera',
      { command: 'dismiss', target: { clusterId: 'c', camera: 'yard' } },
      /^target: camera goes with/,
    ],
    [
      'a track with frame',
      { command: 'dismiss', target: { trackId: 1, camera: 'yard', frame: 3 } },
      /^target: frame goes with box only/,
    ],
    [
      'a box that is inside out',
      { command: 'dismiss', target: { box: [5, 5, 0, 0], camera: 'yard' } },
      /^target\.box: expected \[x0,y0,x1,y1\]/,
    ],
    [
      'a box of three numbers',
      { command: 'dismiss', target: { box: [5, 5, 9], camera: 'yard' } },
      /^target\.box/,
    ],
    [
      'a class with a line break',
      { command: 'label', class: 'a\nb', target: { sampleId: 's' } },
      /^class: expected a class name in one line/,
    ],
    ['an empty class', { command: 'label', class: '', target: { sampleId: 's' } }, /^class: /],
    [
      'a class of spaces',
      { command: 'label', class: '   ', target: { sampleId: 's' } },
      /^class: expected/,
    ],
    [
      'a class of 65 letters',
      { command: 'label', class: 'a'.repeat(65), target: { sampleId: 's' } },
      /^class: .*64/,
    ],
    [
      'an id of 65 letters',
      { command: 'dismiss', target: { sampleId: 'a'.repeat(65) } },
      /^target\.sampleId: .*64/,
    ],
    ['a negative version', { command: 'rollback', version: -1 }, /^version: /],
    ['a fractional version', { command: 'rollback', version: 1.5 }, /^version: /],
    ['a list', [], /^message: .*expected object/],
    ['nothing', null, /^message: .*expected object/],
  ])('with %s is refused with path and expectation', (_name, message, expected) => {
    const parsed = parse(message);
    expect(parsed).toMatchObject({ ok: false, code: 'bad-command' });
    expect(parsed.ok ? '' : parsed.message).toMatch(expected);
  });

  it('repeats a valid id where it is refused', () => {
    expect(parse({ id: 'q1', command: 'format' })).toMatchObject({ ok: false, id: 'q1' });
    expect(parse({ id: 'q'.repeat(65), command: 'undo' })).not.toHaveProperty('id');
    expect(parse({ id: 7, command: 'undo' })).not.toHaveProperty('id');
  });

  it('is answered bad-json where it is not JSON', () => {
    for (const text of ['', '{', 'hello', '\u0000']) {
      expect(parseCommand(text)).toMatchObject({ ok: false, code: 'bad-json' });
    }
  });

  it('is answered too-large above the size limit, without being parsed', () => {
    const text = `"${'a'.repeat(commandBytesMax)}"`;
    expect(parseCommand(text)).toMatchObject({ ok: false, code: 'too-large' });
    expect(parseCommand(Buffer.from(text))).toMatchObject({ ok: false, code: 'too-large' });
  });

  it('with the key __proto__ changes no object', () => {
    parseCommand('{"command":"undo","__proto__":{"polluted":true}}');
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('a subscription', () => {
  it('is accepted from WebSocket clients only', () => {
    const message = { command: 'subscribe', types: ['metrics'], pictures: true, maxFps: 5 };
    expect(parseClientMessage(JSON.stringify(message))).toEqual({ ok: true, value: message });
    expect(parse(message)).toMatchObject({ ok: false, code: 'bad-command' });
  });

  it('is refused with an unknown type', () => {
    const text = '{"command":"subscribe","types":["gossip"]}';
    expect(parseClientMessage(text)).toMatchObject({ ok: false, code: 'bad-command' });
  });
});

describe('an outgoing message', () => {
  it('has the version and the sequence number before its own fields', () => {
    const text = encodeEnvelope(12, encodeBody({ type: 'answer', ok: true }));
    expect(text).toBe('{"v":1,"seq":12,"type":"answer","ok":true}');
    expect(encodeEnvelope(0, encodeBody({}))).toBe('{"v":1,"seq":0}');
  });
});

describe('a picture message', () => {
  it('has the documented layout', () => {
    const jpeg = Uint8Array.from([0xff, 0xd8, 1, 2]);
    const message = encodePicture('Hof ü', 70_000, 1234.5, jpeg);
    expect([...message.subarray(0, 3)]).toEqual([0x4c, 1, 6]);
    expect(message.subarray(3, 9).toString('utf8')).toBe('Hof ü');
    expect(message.readUInt32BE(9)).toBe(70_000);
    expect(message.readDoubleBE(13)).toBe(1234.5);
    expect([...message.subarray(21)]).toEqual([...jpeg]);
  });
});
