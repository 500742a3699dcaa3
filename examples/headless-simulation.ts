// Runs the simulated world as fast as it can, without a dashboard. A simulated annotator labels
// what is unknown. Frames wait for everything that they lead to, so the same seed and number of
// frames give the same hash.
import { parseArgs } from 'node:util';
import { watch } from 'lifelens';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
  },
});

const lifelens = await watch(
  {
    seed: Number(values.seed),
    cameras: { world: { source: 'world', pace: 'demand' } },
    dashboard: { enabled: false },
    log: { level: 'warn' },
  },
  { framesMax: Number(values.frames) },
);
lifelens.events$.subscribe((event) => {
  if (event.type === 'model') console.log(`${event.event}: ${event.detail}`);
});
const { detected, learnedClasses, headHash } = await lifelens.report;
console.log(`learned ${learnedClasses.join(', ')} in ${detected} frames`);
console.log(`head ${headHash}`);
