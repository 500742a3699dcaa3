import { scenarioSchema, type Scenario } from './scenario.ts';

export function defaultScenario(seed: number): Scenario {
  return scenarioSchema.parse({
    name: 'playroom',
    seed,
    classes: [
      { name: 'teddy bear', emoji: '1f9f8', known: 'teddy bear' },
      { name: 'dog', emoji: '1f415', known: 'dog' },
      { name: 'car', emoji: '1f697', known: 'car' },
      { name: 'hammer', emoji: '1f528', fromFrame: 75 },
      { name: 'soccer ball', emoji: '26bd', fromFrame: 75 },
    ],
  });
}
