import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSource } from '../../../../operators/ingest/sources/create-source.ts';
import { webcamSource } from '../../../../operators/ingest/sources/webcam-source.ts';

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'create-source-'));
  file = join(folder, 'a:b.avi');
  writeFileSync(file, 'x');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('createSource', () => {
  it.each([
    ['world', 'world', true],
    ['rtsp://camera/1', 'rtsp', true],
    ['RTSPS://camera/1', 'rtsp', true],
    ['http://camera/stream', 'http', true],
    ['https://host/video.MP4?token=1', 'http', false],
  ])('creates a source for %s of kind %s', (spec, kind, endless) => {
    expect(createSource(spec)).toMatchObject({ kind, endless });
  });

  it('creates a source for the path of a file or of a folder', () => {
    expect(createSource(file)).toMatchObject({ kind: 'file', endless: false });
    expect(createSource(file, { loop: true })).toMatchObject({ kind: 'file', endless: true });
    expect(createSource(folder)).toMatchObject({ kind: 'folder', endless: false });
  });

  it('tells pictures from video by their bytes, then by their names', () => {
    const jpeg = Buffer.from('ffd8ffe000104a46494600', 'hex');
    const moving = Buffer.from('GIF89a..........NETSCAPE2.0');
    const cases: readonly [string, Buffer | string, boolean][] = [
      ['photo.jpg', jpeg, true],
      ['photo', jpeg, true],
      ['photo.jpg', 'no picture at all', true],
      ['photo.jpg', '', true],
      ['clip.mjpeg', jpeg, false],
      ['clip.jpg', Buffer.from('\0\0\0\x20ftypisom'), false],
      ['moving.gif', moving, false],
      ['still.gif', Buffer.from('GIF89a'), true],
      ['clip.avi', 'RIFF1234AVI ', false],
    ];
    for (const [name, bytes, isPicture] of cases) {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      expect([name, createSource(path).still ?? false]).toEqual([name, isPicture]);
      rmSync(path);
    }
  });

  it('follows the option whether a URL is live', () => {
    expect(createSource('http://camera/video.mp4', { live: true }).endless).toBe(true);
    expect(createSource('http://host/download', { live: false }).endless).toBe(false);
  });

  it('throws with the path when it does not exist', () => {
    const path = join(folder, 'missing.mp4');
    expect(() => createSource(path)).toThrow(
      expect.objectContaining({
        code: 'not-found',
        message: `no such file, folder or device: ${path}`,
      }),
    );
  });

  it('throws with the supported protocols for any other, without the password', () => {
    expect(() => createSource('ftp://me:secret@host/x')).toThrow(
      expect.objectContaining({
        code: 'bad-source',
        source: 'ftp://host',
        message:
          'cannot read ftp:// sources; use rtsp://, http://, https://, a path, /dev/videoN or world',
      }),
    );
    expect(() => createSource('http://me:secret@')).toThrow('not a URL: http://…');
  });

  it('says how to write a password with a slash, and that an address needs a protocol', () => {
    expect(() => createSource('rtsp://admin:a/secret@host')).toThrow(
      'not a URL: rtsp://… (in a user name or password, write / as %2F and @ as %40)',
    );
    expect(() => createSource('admin:secret@host/1')).toThrow(
      'no such file, folder or device: (an address that is not shown); an address begins with rtsp://',
    );
  });

  it.runIf(process.platform === 'linux')('takes a device that is not there for unplugged', () => {
    expect(createSource('/dev/video987')).toMatchObject({ kind: 'webcam', endless: true });
  });
});

describe('webcamSource', () => {
  it('is a live camera on Linux and throws elsewhere', () => {
    expect(webcamSource('/dev/video0', {}, 'linux')).toMatchObject({
      kind: 'webcam',
      endless: true,
    });
    expect(() => webcamSource('/dev/video0', {}, 'darwin')).toThrow(
      'webcams are supported on Linux only',
    );
  });
});
