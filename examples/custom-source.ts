// Draws its own pictures, a square that moves over a grey wall, and watches them as a camera.
import { parseArgs } from 'node:util';
import { watch } from 'lifelens';
import { pictureSource, type Picture } from 'lifelens/sources';

const { values } = parseArgs({ options: { frames: { type: 'string', default: '60' } } });
const frames = Number(values.frames);
const [width, height, side, fps] = [320, 240, 60, 15];

function draw(frame: number): Picture {
  const rgb = new Uint8Array(width * height * 3).fill(128);
  const left = (frame * 3) % (width - side);
  for (let y = 90; y < 90 + side; y++) {
    for (let x = left; x < left + side; x++) rgb.set([220, 30, 40], (y * width + x) * 3);
  }
  return { width, height, rgb };
}

/** `watch` takes a picture when it has room for one, so nothing piles up here. */
async function* pictures(): AsyncGenerator<Picture> {
  for (let frame = 0; frame < frames; frame++) yield draw(frame);
}

const wall = pictureSource(pictures, { fps, description: 'a square on a wall' });
const lifelens = await watch(
  // The same name as in `sources`: settings of the camera. At `demand` pace no frame is dropped.
  {
    cameras: { wall: { source: 'custom:wall', pace: 'demand' } },
    dashboard: { enabled: false },
    log: { level: 'warn' },
  },
  { sources: { wall } },
);
lifelens.events$.subscribe((event) => {
  if (event.type === 'camera') console.log(`${event.camera} is ${event.state}: ${event.detail}`);
});
const { captured, detected } = await lifelens.report;
console.log(`${captured} pictures drawn, ${detected} detected`);
