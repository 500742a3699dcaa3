import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTfjsBackend } from '../../../../../operators/detect/engines/tfjs/tfjs-backend.ts';
import { readGraphModel } from '../../../../../operators/detect/models/tfjs/graph-model-file.ts';
import { TfjsGraphRunner } from '../../../../../operators/detect/models/tfjs/graph-runner.ts';
import { addConstant, addOp, writeGraphModel, type SketchedGraph } from '../graph-model-sketch.ts';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'lifelens-graph-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** A graph whose outputs are twice its input, and a constant. */
function graphOfConstant(): SketchedGraph {
  const info = { dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '2' }] } };
  const graph: SketchedGraph = { nodes: [], weights: [], data: [], inputs: {}, outputs: {} };
  const attr = { dtype: { type: 'DT_FLOAT' }, shape: { shape: info.tensorShape } };
  graph.nodes.push({ name: 'x', op: 'Placeholder', attr });
  addConstant(graph, 'kept', [2], Float32Array.of(3, 4));
  addOp(graph, 'AddV2', ['x', 'x'], 'twice');
  graph.inputs['x'] = { ...info, name: 'x:0' };
  for (const name of ['twice', 'kept']) graph.outputs[name] = { ...info, name: `${name}:0` };
  return graph;
}

it('runs again and again where an output is a constant, and leaves no tensors behind', async () => {
  const { core } = await startTfjsBackend('wasm');
  const before = core.memory().numTensors;
  const file = await readGraphModel(writeGraphModel(folder, graphOfConstant()));
  const runner = await TfjsGraphRunner.open(core, file);
  for (const value of [1, 2, 3]) {
    const outputs = await runner.run('x', Float32Array.of(value, 0), [2], 'float32');
    expect(outputs.map(({ values }) => [...values])).toEqual([
      [2 * value, 0],
      [3, 4],
    ]);
    expect(core.memory().numTensors).toBe(before + 1);
  }
  runner.close();
  expect(core.memory().numTensors).toBe(before);
});
