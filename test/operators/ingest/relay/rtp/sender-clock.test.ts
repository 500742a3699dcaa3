import { describe, expect, it } from 'vitest';
import { SenderClock } from '../../../../../operators/ingest/relay/rtp/sender-clock.ts';
import { rtpPacket, senderReport } from './rtp-packets.ts';

const startMs = 1_800_000_000_000;
const intervalMs = 40;
const delayMs = 100;

/** A camera of 25 pictures per second, and a clock that listens to it. */
class Scene {
  readonly problems: string[] = [];
  /** RTP timestamp of picture 0. */
  origin = 123_456_789;
  ssrc = 7;
  wallMs = startMs;
  readonly clock = new SenderClock({
    track: { payloadType: 96, clockRate: 90_000 },
    wallMs: () => this.wallMs,
    onProblem: (problem) => this.problems.push(problem),
  });
  /** The first timestamp as it was sent on: ffmpeg's zero. */
  #base: number | null = null;
  #sent = 0;

  takenMs(n: number): number {
    return startMs + n * intervalMs;
  }

  timestampOf(n: number): number {
    return this.origin + n * intervalMs * 90;
  }

  /** Sends picture `n` and returns ffmpeg's time for it, in ms. */
  send(n: number): number {
    this.wallMs = this.takenMs(n) + delayMs;
    const packet = rtpPacket({ timestamp: this.timestampOf(n), ssrc: this.ssrc });
    this.clock.packet(packet);
    this.#sent = packet.readUInt32BE(4);
    this.#base ??= this.#sent;
    return ((this.#sent - this.#base) | 0) / 90;
  }

  report(n: number, offMs = 0): void {
    this.clock.control(senderReport(this.takenMs(n) + offMs, this.timestampOf(n), this.ssrc));
  }

  /** Plays pictures; returns how far the reported times are from the truth, null where none is. */
  play(from: number, to: number): (number | null)[] {
    return Array.from({ length: to - from }, (_, i) => {
      const n = from + i;
      const reported = this.clock.captureMsOf(this.send(n));
      return reported === null ? null : Math.round(reported - this.takenMs(n));
    });
  }
}

/** 8 pictures are needed to recognise which is which. */
const settled = (count: number) => [...Array<null>(7).fill(null), ...Array<0>(count - 7).fill(0)];

describe('the clock of a sender', () => {
  it('is known from its first report on, also where that comes before the pictures', () => {
    const scene = new Scene();
    scene.report(0);
    expect(scene.play(0, 20)).toEqual(settled(20));
  });

  it('is unknown before the first report', () => {
    const scene = new Scene();
    expect(scene.play(0, 20)).toEqual(Array(20).fill(null));
    scene.report(20);
    expect(scene.play(20, 30)).toEqual(Array(10).fill(0));
  });

  it('goes on as timestamps wrap, also between a report and a picture', () => {
    const scene = new Scene();
    scene.origin = 2 ** 32 - 20 * intervalMs * 90;
    scene.report(0);
    expect(scene.play(0, 40)).toEqual(settled(40));
  });

  it('does not depend on which picture ffmpeg begins with', () => {
    const scene = new Scene();
    scene.report(0);
    const offset = scene.send(0);
    for (let n = 1; n < 5; n++) scene.send(n);
    const reported = Array.from({ length: 20 }, (_, i) =>
      scene.clock.captureMsOf(scene.send(5 + i) - offset - 777.7777777777778),
    );
    expect(reported.slice(8).map((ms, i) => Math.round(ms! - scene.takenMs(13 + i)))).toEqual(
      Array(12).fill(0),
    );
  });

  it('knows no time of a picture that was not sent', () => {
    const scene = new Scene();
    scene.report(0);
    scene.play(0, 20);
    expect(scene.clock.captureMsOf(scene.send(20) + 5)).toBeNull();
    expect(scene.play(21, 24)).toEqual([0, 0, 0]);
  });

  it('finds pictures again after ffmpeg has moved its times', () => {
    const scene = new Scene();
    scene.report(0);
    scene.play(0, 20);
    const moved = Array.from({ length: 20 }, (_, i) => {
      const n = 20 + i;
      const reported = scene.clock.captureMsOf(scene.send(n) - 5000);
      return reported === null ? null : Math.round(reported - scene.takenMs(n));
    });
    expect(moved).toEqual([...Array<null>(10).fill(null), ...Array<0>(10).fill(0)]);
  });

  it('is unknown after the sender begins its timestamps anew, until it reports', () => {
    const scene = new Scene();
    scene.report(0);
    scene.play(0, 20);
    scene.origin += 1_000_000_007;
    expect(scene.play(20, 40)).toEqual(Array(20).fill(null));
    scene.report(40);
    expect(scene.play(40, 50)).toEqual(Array(10).fill(0));
  });

  it('is unknown after another sender takes over, whose timestamps may be near', () => {
    const scene = new Scene();
    scene.report(0);
    scene.play(0, 20);
    scene.ssrc = 8;
    scene.origin += 9000;
    expect(scene.play(20, 40)).toEqual(Array(20).fill(null));
    scene.clock.control(senderReport(scene.takenMs(40), scene.timestampOf(40), 7));
    expect(scene.play(40, 50)).toEqual(Array(10).fill(null));
    scene.report(50);
    expect(scene.play(50, 60)).toEqual(Array(10).fill(0));
  });

  it('is doubted where two reports contradict each other, until the next one agrees', () => {
    const scene = new Scene();
    scene.report(0);
    scene.play(0, 20);
    scene.report(20, 700);
    expect(scene.play(20, 30)).toEqual(Array(10).fill(null));
    scene.report(30, 700);
    expect(scene.play(30, 40)).toEqual(Array(10).fill(700));
  });

  it('follows a clock that drifts', () => {
    const scene = new Scene();
    scene.play(0, 8);
    for (const [i, off] of [0, 20, 40, 60].entries()) {
      scene.report(10 + 10 * i, off);
      expect(scene.play(10 + 10 * i, 20 + 10 * i)).toEqual(Array(10).fill(off));
    }
  });

  it.each([
    [3_600_000, 'its clock is 3600 s ahead of'],
    [-30_000, 'its clock is 30 s behind'],
  ])('is not believed where it is %i ms off, which is said once', (off, text) => {
    const scene = new Scene();
    scene.report(0, off);
    expect(scene.play(0, 20)).toEqual(Array(20).fill(null));
    scene.report(20, off);
    expect(scene.problems).toHaveLength(1);
    expect(scene.problems[0]).toContain(text);
  });

  it('is not believed where it reports timestamps of another stream', () => {
    const scene = new Scene();
    scene.clock.control(senderReport(startMs, scene.origin + 50_000_000));
    expect(scene.play(0, 20)).toEqual(Array(20).fill(null));
  });

  it('counts a report without a wall clock time as none', () => {
    const scene = new Scene();
    scene.clock.control(senderReport(null, scene.origin));
    expect(scene.play(0, 20)).toEqual(Array(20).fill(null));
    expect(scene.problems).toEqual([]);
  });

  it('takes reports of the era of NTP that begins in 2036', () => {
    const scene = new Scene();
    const lateMs = Date.UTC(2036, 1, 7, 6, 28, 16) + 40;
    scene.wallMs = lateMs + 90;
    scene.clock.control(senderReport(lateMs, 5));
    expect(scene.problems).toEqual([]);
  });

  it('changes timestamps by less than half a millisecond, and nothing else', () => {
    const scene = new Scene();
    for (let n = 0; n < 500; n++) {
      const before = rtpPacket({ timestamp: scene.timestampOf(n), sequence: n });
      const after = Buffer.from(before);
      scene.clock.packet(after);
      const moved = after.readUInt32BE(4) - before.readUInt32BE(4);
      expect(moved).toBeGreaterThanOrEqual(0);
      expect(moved).toBeLessThan(45);
      after.writeUInt32BE(before.readUInt32BE(4), 4);
      expect(after).toEqual(before);
    }
  });

  it('leaves packets of other payloads, versions and lengths as they are', () => {
    const scene = new Scene();
    const others = [
      rtpPacket({ timestamp: 5, payloadType: 97 }),
      Buffer.concat([Buffer.of(0x40), rtpPacket({ timestamp: 5 }).subarray(1)]),
      rtpPacket({ timestamp: 5 }).subarray(0, 11),
      Buffer.alloc(0),
    ];
    for (const packet of others) {
      const before = Buffer.from(packet);
      scene.clock.packet(packet);
      expect(packet).toEqual(before);
    }
  });
});
