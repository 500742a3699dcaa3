import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import onnxProto from 'onnx-proto';
import type { onnx } from 'onnx-proto';

const { ModelProto, TensorProto } = onnxProto.onnx;

interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, unknown>>;
}

interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly quantization?: Readonly<Record<string, unknown>>;
}

/** A GraphModel for tests: parts of its model.json, and its weights. */
export interface SketchedGraph {
  nodes: GraphNode[];
  weights: Weight[];
  data: Uint8Array[];
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}

/** Operations with the same inputs under other names. */
const alike: Readonly<Record<string, string>> = {
  Abs: 'Abs',
  Add: 'AddV2',
  Sub: 'Sub',
  Mul: 'Mul',
  Max: 'Maximum',
  Log: 'Log',
  Less: 'Less',
  Identity: 'Identity',
};

/** A sketched model, which is written as ONNX, as the GraphModel that computes the same. */
export function asGraphModel(bytes: Uint8Array): SketchedGraph {
  const { graph } = ModelProto.decode(bytes);
  const model: SketchedGraph = { nodes: [], weights: [], data: [], inputs: {}, outputs: {} };
  for (const tensor of graph!.initializer!) addTensor(model, tensor);
  for (const port of graph!.input!) {
    const info = tensorInfo(port);
    model.inputs[port.name!] = info;
    const attr = { dtype: { type: info.dtype }, shape: { shape: info.tensorShape } };
    model.nodes.push({ name: port.name!, op: 'Placeholder', attr });
  }
  for (const node of graph!.node!) addNode(model, node);
  for (const port of graph!.output!) {
    model.outputs[port.name!] = { ...tensorInfo(port), name: `${port.name!}:0` };
  }
  return model;
}

/** Adds a constant, and returns its name. */
export function addConstant(
  model: SketchedGraph,
  name: string,
  shape: readonly number[],
  values: Float32Array | Int32Array,
): string {
  const dtype = values instanceof Float32Array ? 'float32' : 'int32';
  model.nodes.push({ name, op: 'Const', attr: { dtype: { type: typeOf(dtype) } } });
  model.weights.push({ name, shape, dtype });
  model.data.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return name;
}

export function addOp(
  model: SketchedGraph,
  op: string,
  input: readonly string[],
  name: string,
  attr: Readonly<Record<string, unknown>> = {},
): string {
  model.nodes.push({ name, op, input, attr });
  return name;
}

/** What a model.json holds, its weights in one file. */
export function graphJson(model: SketchedGraph): Record<string, unknown> {
  return {
    format: 'graph-model',
    generatedBy: '2.15.0',
    convertedBy: 'a test',
    signature: { inputs: model.inputs, outputs: model.outputs },
    modelTopology: { node: model.nodes, versions: { producer: 1645 } },
    weightsManifest: [{ paths: ['group1-shard1of1.bin'], weights: model.weights }],
  };
}

/** Writes model.json and weights to a folder, and returns the path of the first. */
export function writeGraphModel(
  folder: string,
  model: SketchedGraph,
  json: unknown = graphJson(model),
): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'group1-shard1of1.bin'), Buffer.concat(model.data));
  const path = join(folder, 'model.json');
  writeFileSync(path, JSON.stringify(json));
  return path;
}

function addTensor(model: SketchedGraph, { name, dims, dataType, rawData }: onnx.ITensorProto) {
  const bytes = Uint8Array.from(rawData!);
  const values =
    dataType === TensorProto.DataType.FLOAT
      ? new Float32Array(bytes.buffer)
      : Int32Array.from(new BigInt64Array(bytes.buffer), Number);
  addConstant(model, name!, dims!.map(Number), values);
}

function addNode(model: SketchedGraph, node: onnx.INodeProto): void {
  const { opType, input } = node;
  const [name] = node.output!;
  const numbers = (key: string): Int32Array => {
    const { i, ints } = node.attribute!.find((each) => each.name === key)!;
    return Int32Array.from(ints?.length ? ints : [i!], Number);
  };
  const parameter = (key: string, values = numbers(key), shape = [values.length]) =>
    addConstant(model, `${name!}/${key}`, shape, values);
  const op = (type: string, inputs: readonly string[], attr = {}) =>
    addOp(model, type, inputs, name!, attr);
  if (alike[opType!] !== undefined) op(alike[opType!]!, input!);
  else if (opType === 'Cast') {
    const isFloat = numbers('to')[0] === TensorProto.DataType.FLOAT;
    op('Cast', input!, { DstT: { type: isFloat ? 'DT_FLOAT' : 'DT_INT32' } });
  } else if (opType === 'Transpose') op('Transpose', [input![0]!, parameter('perm')]);
  else if (opType === 'ReduceMin' || opType === 'ReduceMax') {
    const attr = { keep_dims: { b: numbers('keepdims')[0] === 1 } };
    op(opType.slice('Reduce'.length), [input![0]!, parameter('axes')], attr);
  } else if (opType === 'Concat') {
    const attr = { N: { i: String(input!.length) } };
    op('ConcatV2', [...input!, parameter('axis', numbers('axis'), [])], attr);
  } else if (opType === 'Gather') {
    op('GatherV2', [...input!, parameter('axis', numbers('axis'), [])]);
  } else if (opType === 'Unsqueeze') {
    op('ExpandDims', [input![0]!, parameter('dim', Int32Array.of(0), [])]);
  } else throw new Error(`no operation of TensorFlow is known for ${opType!}`);
}

function tensorInfo({ name, type }: onnx.IValueInfoProto) {
  const { elemType, shape } = type!.tensorType!;
  const types: Readonly<Record<number, string>> = {
    [TensorProto.DataType.FLOAT]: 'DT_FLOAT',
    [TensorProto.DataType.UINT8]: 'DT_UINT8',
  };
  const dim = shape!.dim!.map(({ dimValue }) => ({ size: String(Number(dimValue ?? 0) || -1) }));
  return { name: name!, dtype: types[elemType!] ?? 'DT_INT32', tensorShape: { dim } };
}

function typeOf(dtype: Weight['dtype']): string {
  return dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32';
}
