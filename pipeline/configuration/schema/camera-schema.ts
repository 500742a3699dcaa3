import { z } from 'zod';
import { defaultMaxSide } from '../../../operators/ingest/pictures/fit-within.ts';
import { defaultOpenMs, defaultStallMs } from '../../../operators/ingest/sources/live-camera.ts';
import { defaultToleranceMs } from '../../../operators/ingest/sources/paired/paired-source.ts';

const cameraFields = z.strictObject({
  source: z
    .string()
    .min(1)
    .max(4096)
    .describe(
      'Frame source: `world` (simulated camera), a video file, a picture, a folder of pictures, `rtsp://…`, `http://…` (video, MJPEG or a snapshot) or a device such as `/dev/video0`.',
    ),
  detectSource: z
    .string()
    .min(1)
    .max(4096)
    .nullable()
    .default(null)
    .describe(
      'Address of a second stream of the same camera, of low resolution, in which objects are sought; `source` then gives the pictures for crops and thumbnails, and boxes are in its pixels. Both have the same credentials. Null: `source` serves both.',
    ),
  detectToleranceMs: z
    .int()
    .min(0)
    .max(10_000)
    .default(defaultToleranceMs)
    .describe(
      'How far apart in time pictures of `detectSource` and `source` may be, beyond the frame interval of `source`; also the longest wait for the other.',
    ),
  user: z
    .string()
    .min(1)
    .max(256)
    .nullable()
    .default(null)
    .describe('User name of a network camera, as it is; null: the one in `source`.'),
  password: z
    .string()
    .min(1)
    .max(1024)
    .nullable()
    .default(null)
    .describe(
      'Password of a network camera, as it is; null: the one in `source`. Best taken from the environment, as in `${DOOR_PASSWORD}`.',
    ),
  passwordFile: z
    .string()
    .min(1)
    .max(4096)
    .nullable()
    .default(null)
    .describe('File that holds the password instead; read whenever the camera is opened.'),
  allowRedirects: z
    .boolean()
    .default(false)
    .describe(
      'Whether a network camera may redirect, or name in a playlist, other hosts and ports. They get no credentials.',
    ),
  enabled: z.boolean().default(true).describe('`false` skips this camera.'),
  fps: z
    .number()
    .min(0.1)
    .max(120)
    .nullable()
    .default(null)
    .describe('Maximum frame rate in frames per second; null: the rate of the source.'),
  loop: z.boolean().default(false).describe('Restarts a file or folder when it ends.'),
  pace: z
    .enum(['live', 'demand'])
    .default('live')
    .describe(
      '`live`: frames arrive in real time, and those that a busy detector cannot process are dropped. `demand`: frames are read as fast as the detector processes them, and none is dropped.',
    ),
  maxSidePixels: z
    .int()
    .min(160)
    .max(7680)
    .default(defaultMaxSide)
    .describe('Longer side of the frame kept for crops and thumbnails; larger frames are scaled.'),
  poolFrames: z
    .int()
    .min(3)
    .max(64)
    .default(8)
    .describe(
      'Maximum number of frames in memory, at least two more than `detect.workers`; a live camera drops frames beyond it.',
    ),
  openMs: z
    .int()
    .min(500)
    .max(600_000)
    .default(defaultOpenMs)
    .describe(
      'A live camera that does not answer, or sends no picture, for this long after it is opened counts as lost and is opened again.',
    ),
  stallMs: z
    .int()
    .min(500)
    .max(600_000)
    .default(defaultStallMs)
    .describe(
      'A live camera that delivers no frame for this long counts as lost and is reopened. One that sends pictures rarely is granted three of its own intervals.',
    ),
  hardware: z
    .enum(['none', 'auto', 'vaapi', 'cuda', 'videotoolbox'])
    .default('none')
    .describe(
      'Hardware with which ffmpeg decodes: `auto` leaves the choice to ffmpeg. Where it fails, the processor decodes.',
    ),
  frameId: z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'expected 1 to 255 printable ASCII characters')
    .nullable()
    .default(null)
    .describe(
      'Name of the camera’s coordinate frame in published messages, as `frame_id` in ROS; null: the name of the camera.',
    ),
});

/** The `cameras.<name>` section. */
export const cameraSchema = cameraFields.refine(
  ({ password, passwordFile }) => password === null || passwordFile === null,
  { error: 'expected either password or passwordFile, got both' },
);

/** The name of a camera, a key of `cameras`. */
export const cameraNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
    'expected a camera name of 1 to 63 letters, digits, "-" and "_"',
  );

/** The `world` section. */
export const worldSchema = z.strictObject({
  labelDelayMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(3_000)
    .describe(
      'Delay, in simulated time, after which the simulated annotator labels an unknown object from the ground truth.',
    ),
  wrongLabelShare: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      'Share of its labels that name another class, one of an object that it has seen before, instead of the right one.',
    ),
  correctionDelayMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .nullable()
    .default(null)
    .describe(
      'Delay, in simulated time, from a wrong label until the annotator undoes it and gives the right one; null: never.',
    ),
});
