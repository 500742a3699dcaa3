import type { Backbone, GraphAttribute, GraphConstant, GraphNode } from '../backbone.ts';
import { EngineError } from '../engine-error.ts';
import type { OnnxGraph } from './onnx-graph.ts';

/**
 * Adds the `wanted` nodes of the backbone to an ONNX graph, with all nodes that they depend on.
 * Values keep their nodes' names.
 *
 * TensorFlow's maps are NHWC and ONNX's are NCHW, so convolution weights are reordered and values
 * are channels first. `image` names the value that replaces the placeholder: [N, 3, H, W] floats,
 * H and W multiples of 32. Throws an {@link EngineError} `bad-model` for an unknown operation.
 */
export function addBackbone(
  graph: OnnxGraph,
  model: Backbone,
  image: string,
  wanted: readonly string[],
): void {
  const nodes = new Map(model.description.modelTopology.node.map((node) => [node.name, node]));
  const done = new Set<string>();
  const visit = (name: string): void => {
    if (done.has(name)) return;
    done.add(name);
    const node = nodes.get(name);
    if (node === undefined) throw new EngineError('bad-model', `the backbone has no node ${name}`);
    // Constants are added by the nodes that use them: their layout depends on the use.
    if (node.op === 'Const') return;
    const swished = hardSwishInput(nodes, node);
    if (swished !== undefined) {
      visit(swished);
      graph.op('HardSwish', [swished], {}, name);
      return;
    }
    for (const input of node.input ?? []) visit(input);
    convert(graph, model, node, image);
  };
  for (const name of wanted) visit(name);
}

/**
 * The x of x/6 · relu6(x + 3), four nodes in the backbone, of which `node` is the last.
 * As one operation it saves a fifth of all nodes and a tenth of the time.
 */
function hardSwishInput(
  nodes: ReadonlyMap<string, GraphNode>,
  node: GraphNode,
): string | undefined {
  if (node.op !== 'Mul' || !node.name.endsWith('/hard_swish/mul_1')) return undefined;
  const clipped = node.input?.map((name) => nodes.get(name)).find((input) => input?.op === 'Relu6');
  const sum = nodes.get(clipped?.input?.[0] ?? '');
  return sum?.input?.find((name) => nodes.get(name)?.op !== 'Const');
}

function convert(graph: OnnxGraph, model: Backbone, node: GraphNode, image: string): void {
  const inputs = (node.input ?? []).map((name) => operand(graph, model, node, name));
  const first = inputs[0] ?? '';
  switch (node.op) {
    case 'Placeholder':
      graph.op('Identity', [image], {}, node.name);
      return;
    case 'Conv2D':
    case '_FusedConv2D':
    case 'DepthwiseConv2dNative':
    case 'FusedDepthwiseConv2dNative':
      addConvolution(graph, model, node);
      return;
    case 'Add':
    case 'Mul':
    case 'Relu':
    case 'Sigmoid':
    case 'Identity':
      graph.op(node.op, inputs, {}, node.name);
      return;
    case 'Relu6': {
      const bounds = [
        graph.floats('zero', [], Float32Array.of(0)),
        graph.floats('six', [], Float32Array.of(6)),
      ];
      graph.op('Clip', [first, ...bounds], {}, node.name);
      return;
    }
    case 'Mean':
      graph.op('GlobalAveragePool', [first], {}, node.name);
      return;
    case 'ConcatV2':
      graph.op('Concat', inputs.slice(0, 2), { axis: 1 }, node.name);
      return;
    case 'ResizeBilinear':
      // The graph only doubles; scales instead of sizes keep height and width variable.
      graph.op(
        'Resize',
        [first, '', graph.floats('double', [4], Float32Array.of(1, 1, 2, 2))],
        { mode: 'linear', coordinate_transformation_mode: 'asymmetric' },
        node.name,
      );
      return;
    default:
      throw new EngineError(
        'bad-model',
        `the backbone uses an unknown operation: ${node.op} (${node.name})`,
      );
  }
}

/** The value name of an input; adds it first if it is a scalar constant. */
function operand(graph: OnnxGraph, model: Backbone, node: GraphNode, name: string): string {
  const constant = model.constants.get(name);
  if (constant === undefined || (node.op !== 'Add' && node.op !== 'Mul')) return name;
  if (!(constant.data instanceof Float32Array) || constant.data.length !== 1) {
    throw new EngineError('bad-model', `${name} was expected to be one number`);
  }
  return graph.floats(name, [], constant.data);
}

function addConvolution(graph: OnnxGraph, model: Backbone, node: GraphNode): void {
  const [input = '', weightsName = '', biasName] = node.input ?? [];
  const weights = floatConstant(model, weightsName);
  const depthwise = node.op.includes('Depthwise');
  const [height = 0, width = 0, inputs = 0, outputs = 0] = weights.shape;
  const filter = graph.floats(
    weightsName,
    depthwise ? [inputs * outputs, 1, height, width] : [outputs, inputs, height, width],
    depthwise
      ? transposed(weights.data, height * width, inputs * outputs)
      : channelsFirst(weights.data, height * width, inputs, outputs),
  );
  const operands = [input, filter];
  if (biasName !== undefined) {
    const bias = floatConstant(model, biasName);
    operands.push(graph.floats(biasName, [bias.data.length], bias.data));
  }
  const [, strideY = '1', strideX = '1'] = node.attr?.['strides']?.list?.i ?? [];
  const activated = fusedOperations(node).includes('Relu');
  const attributes = {
    auto_pad: text(node.attr?.['padding']) === 'VALID' ? 'VALID' : 'SAME_UPPER',
    strides: [Number(strideY), Number(strideX)],
    kernel_shape: [height, width],
    ...(depthwise ? { group: inputs } : {}),
  };
  const output = graph.op(
    'Conv',
    operands,
    attributes,
    activated ? `${node.name}:linear` : node.name,
  );
  if (activated) graph.op('Relu', [output], {}, node.name);
}

function fusedOperations(node: GraphNode): string[] {
  const operations = (node.attr?.['fused_ops']?.list?.s ?? []).map((s) => text({ s }));
  const unknown = operations.find((name) => name !== 'BiasAdd' && name !== 'Relu');
  if (unknown !== undefined)
    throw new EngineError('bad-model', `${node.name} fuses an unknown operation: ${unknown}`);
  return operations;
}

function floatConstant(
  model: Backbone,
  name: string,
): GraphConstant & { readonly data: Float32Array } {
  const constant = model.constants.get(name);
  if (constant === undefined || !(constant.data instanceof Float32Array)) {
    throw new EngineError('bad-model', `the backbone has no weights ${name}`);
  }
  return { shape: constant.shape, data: constant.data };
}

function text(attribute: GraphAttribute | undefined): string {
  return Buffer.from(attribute?.s ?? '', 'base64').toString('latin1');
}

/** rows × columns → columns × rows; a depthwise filter [kh·kw, c] becomes [c, kh·kw]. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      out[column * rows + row] = values[row * columns + column]!;
    }
  }
  return out;
}

/** [area, in, out] → [out, in, area]. */
function channelsFirst(
  values: Float32Array,
  area: number,
  inputs: number,
  outputs: number,
): Float32Array {
  const out = new Float32Array(values.length);
  for (let cell = 0; cell < area; cell++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) {
        out[(o * inputs + i) * area + cell] = values[(cell * inputs + i) * outputs + o]!;
      }
    }
  }
  return out;
}
