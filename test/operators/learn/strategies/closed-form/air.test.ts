import { expect, it } from 'vitest';
import { createAir } from '../../../../../operators/learn/strategies/closed-form/air.ts';
import { changeOf, makeExamples } from '../../make-example.ts';
import { draftDifference } from '../draft-difference.ts';

const few = makeExamples('few', 3, { crops: 2, cells: 0 });
const many = makeExamples('many', 3, { crops: 2, cells: 0 });
const again = many.map((example) => ({ ...example, id: `${example.id} again` }));

it('air weighs a class the same whether its rows come once or twice', async () => {
  const options = { bytesMax: 300_000 };
  const once = await createAir(options).update(changeOf({ added: [...few, ...many] }));
  const twice = await createAir(options).update(changeOf({ added: [...few, ...many, ...again] }));
  expect(draftDifference(twice, once)).toBeLessThan(1e-4);
});
