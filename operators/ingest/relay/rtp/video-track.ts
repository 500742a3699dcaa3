/** The video of a session description (SDP, RFC 8866). */
export interface VideoTrack {
  /** Payload type of its RTP packets. */
  readonly payloadType: number;
  /** RTP timestamps per second. */
  readonly clockRate: number;
}

/** Payload type of an MPEG transport stream, which carries times of its own (RFC 3551). */
const transportStream = 33;
/** Video has 90,000; a coarser clock has no room for what `SentPictures` does to timestamps. */
const clockRates = { min: 30_000, max: 1_000_000_000 } as const;

/**
 * Finds the one video track of a session description. Null where there is none or several, where
 * its clock is none of video's, and for transport and program streams, whose pictures have other
 * times than those of RTP.
 */
export function videoTrackOf(description: string): VideoTrack | null {
  const [, ...sections] = description.split(/^m=/m);
  const videos = sections.filter((section) => /^video /i.test(section));
  const [video] = videos;
  if (video === undefined || videos.length > 1) return null;
  const payloadType = Number(/^video \S+ \S+ (\d{1,3})\b/i.exec(video)?.[1] ?? -1);
  if (payloadType < 0 || payloadType > 127 || payloadType === transportStream) return null;
  const maps = video.matchAll(/^a=rtpmap: ?(\d{1,3}) +([^/\s]+)\/(\d{1,10})/gim);
  const [, , encoding = '', rate = '90000'] =
    [...maps].find(([, type]) => Number(type) === payloadType) ?? [];
  const clockRate = Number(rate);
  if (clockRate < clockRates.min || clockRate > clockRates.max) return null;
  if (/^mp(2t|1s|2p)$/i.test(encoding)) return null;
  return { payloadType, clockRate };
}
