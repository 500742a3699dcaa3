/** What one ffmpeg reads: a file or device, or a relay in this process that reads the camera. */
export interface CameraInput {
  /** The value of ffmpeg's `-i`, without credentials, path or query of a camera. */
  readonly input: string;
  readonly inputOptions: readonly string[];
  /** Environment variables of the ffmpeg, in addition to those of this process. */
  readonly environment: Readonly<Record<string, string>>;
  /** Why the camera could not be read, where the relay knows better than ffmpeg; one line. */
  readonly problem: () => string | null;
  /**
   * When the camera took the picture of a presentation time (ms from the first picture), in Unix
   * ms; null where the camera does not tell.
   */
  readonly captureMsOf: (mediaMs: number) => number | null;
  /** Ends the relay and its connections. */
  readonly close: () => void;
}

/** An input that ffmpeg opens itself: nothing in its name is secret. */
export function directInput(input: string, inputOptions: readonly string[] = []): CameraInput {
  return {
    input,
    inputOptions,
    environment: {},
    problem: () => null,
    captureMsOf: () => null,
    close: () => undefined,
  };
}
