// Learns with a strategy of its own, nearest-mean.ts, on the simulated world. The gate evaluates
// its heads as it does those of any other strategy.
import { parseArgs } from 'node:util';
import { watch } from 'lifelens';

const { values } = parseArgs({ options: { frames: { type: 'string', default: '300' } } });

const lifelens = await watch(
  {
    cameras: { world: { source: 'world', pace: 'demand' } },
    dashboard: { enabled: false },
    log: { level: 'warn' },
  },
  {
    // Loaded in the learner's thread, so it is named, not passed.
    strategyModule: new URL('nearest-mean.ts', import.meta.url),
    framesMax: Number(values.frames),
  },
);
let strategy = '';
lifelens.events$.subscribe((event) => {
  if (event.type === 'metrics') ({ strategy } = event.model);
  if (event.type === 'model') console.log(`${event.event}: ${event.detail}`);
});
const { swaps, refused, learnedClasses } = await lifelens.report;
console.log(`${strategy}: ${swaps} heads accepted, ${refused} refused`);
console.log(`learned ${learnedClasses.join(', ')}`);
