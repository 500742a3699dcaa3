import { describe, expect, it } from 'vitest';
import {
  shownAddress,
  withoutSecrets,
} from '../../../../operators/foundation/secrets/shown-address.ts';

const hidden = '(an address that is not shown)';

describe('shownAddress', () => {
  it.each([
    ['rtsp://camera/1', 'rtsp://camera'],
    ['rtsp://admin:hunter2@camera:554/1', 'rtsp://camera:554'],
    ['RTSP://Admin:hunter2@Camera/1', 'rtsp://camera'],
    ['rtsps://admin@camera/1', 'rtsps://camera'],
    ['http://camera/video?user=admin&password=hunter2', 'http://camera'],
    ['http://camera:8080/video?user=me@example.org&password=hunter2', 'http://camera:8080'],
    ['http://camera?password=hunter2', 'http://camera'],
    ['http://camera#hunter2', 'http://camera'],
    ['rtsp://camera/user=admin_password=hunter2_channel=1.sdp', 'rtsp://camera'],
    ['rtsp://me@example.org:hunter2@camera/1', 'rtsp://camera'],
    ['rtsp://admin:hun%2Fter%402@camera/1', 'rtsp://camera'],
    ['rtsp://admin:hunter2@[fe80::1]:554/1', 'rtsp://[fe80::1]:554'],
    ['http://admin:hunter2@192.168.1.5:81/videostream.cgi', 'http://192.168.1.5:81'],
    ['http://admin:hunter2\\@camera/1', 'http://…'],
    ['http://admin:hunter2@kamera-tür.local/1', 'http://kamera-tür.local'],
    ['nats://user:hunter2@broker:4222', 'nats://broker:4222'],
    ['ftp://me:hunter2@', 'ftp://…'],
    // A slash, a question mark or a hash in the password: the host can't be told.
    ['rtsp://admin:a/hunter2@camera/1', 'rtsp://…'],
    ['rtsp://admin:12/hunter2@camera/1', 'rtsp://…'],
    ['rtsp://admin:12?hunter2@camera/1', 'rtsp://…'],
    ['rtsp://admin:12#hunter2@camera/1', 'rtsp://…'],
    ['admin:hunter2@camera/1', hidden],
    ['camera/user=admin_password=hunter2', hidden],
    ['rtsp:/admin:hunter2@camera', hidden],
    [' rtsp://admin:hunter2@camera', hidden],
  ])('reduces %s to %s', (source, shown) => {
    expect(shownAddress(source)).toBe(shown);
    expect(shown).not.toContain('hunter2');
  });

  it.each(['world', 'visits.mp4', '/videos/a:b.avi', '/dev/video0', 'custom:door'])(
    'shows %s as it is',
    (source) => expect(shownAddress(source)).toBe(source),
  );
});

describe('withoutSecrets', () => {
  it('reduces every address in a text and leaves the rest', () => {
    const text =
      'cannot open "rtsp://a:b@cam:554/x?y=1": refused (http://u:p@h/q), see tcp://cam:554.';
    expect(withoutSecrets(text)).toBe(
      'cannot open "rtsp://cam:554": refused (http://h), see tcp://cam:554.',
    );
  });

  it('hides a password that contains quotes and brackets', () => {
    expect(withoutSecrets(`[rtsp @ 0x5] rtsp://a:b'c"d)e@cam/x: Not found`)).toBe(
      '[rtsp @ 0x5] rtsp://cam: Not found',
    );
  });
});
