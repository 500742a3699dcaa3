import { beforeAll, describe, expect, it } from 'vitest';
import {
  backboneTaps,
  loadBackbone,
  type Backbone,
} from '../../../../operators/detect/engines/backbone.ts';
import { cocoClasses } from '../../../../operators/detect/engines/coco-classes.ts';
import { OnnxGraph } from '../../../../operators/detect/engines/onnx/onnx-graph.ts';
import { addBackbone } from '../../../../operators/detect/engines/onnx/backbone-to-onnx.ts';

let model: Backbone;
beforeAll(async () => {
  model = await loadBackbone();
});

describe('the backbone', () => {
  it('has the nodes that the engines read', () => {
    const names = new Set(model.description.modelTopology.node.map(({ name }) => name));
    for (const tap of Object.values(backboneTaps)) expect(names).toContain(tap);
  });

  it('has a heat map for every class name', () => {
    const bias = model.constants.get('CenternetHead/centernet_cls_output/biases');
    expect(bias?.data).toHaveLength(cocoClasses.length);
    expect(new Set(cocoClasses).size).toBe(80);
    // CenterNet initialises heat at a probability of 0.1 or less, so no bias is positive.
    expect(Math.max(...(bias?.data ?? [1]))).toBeLessThan(0);
  });

  it('has finite weights, and an exact 1/6 in its hard swishes', () => {
    for (const [name, { data }] of model.constants) {
      expect(data.every(Number.isFinite), name).toBe(true);
    }
    const sixth = model.constants.get('tower_0/extern1/hard_swish/mul_1/y');
    expect(sixth?.data[0]).toBe(Math.fround(1 / 6));
  });
});

describe('addBackbone', () => {
  it('rejects a missing node', () => {
    expect(() => addBackbone(new OnnxGraph(), model, 'image', ['tower_0/nothing'])).toThrow(
      expect.objectContaining({ code: 'bad-model' }),
    );
  });

  it('rejects an unknown operation', () => {
    expect(() => addBackbone(new OnnxGraph(), model, 'image', ['tower_0/TopKV2'])).toThrow(
      /unknown operation: (MaxPool|Reshape|Equal|Cast)/,
    );
  });
});
