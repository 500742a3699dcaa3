/**
 * What a frame's timestamp is the time of. `capture`: when the camera took the picture, by its own
 * clock. `arrival`: when the picture reached this machine. `media`: its place in a recording.
 */
export type TimeBasis = 'capture' | 'arrival' | 'media';
