import onnxProto from 'onnx-proto';
import type { onnx } from 'onnx-proto';
import { OnnxGraph, elementTypeId } from '../../../../operators/detect/engines/onnx/onnx-graph.ts';

const { ModelProto, TensorProto, AttributeProto } = onnxProto.onnx;

/** The picture that sketched models look for: a rectangle of one colour on another. */
export const sketchColours = { object: [220, 20, 60], ground: [40, 90, 140] } as const;

/** Side of the input of sketched models. */
export const sketchSide = 64;
/** Cells of the grids of strides 8, 16 and 32 over it. */
export const sketchCells = 64 + 16 + 4;

/**
 * What a sketched model expects of its input: values of the object's colour, channel by channel.
 */
export interface SketchInput {
  readonly type: 'float32' | 'uint8';
  readonly channelsLast?: boolean;
  readonly colour: 'rgb' | 'bgr';
  /** A byte becomes byte × scale + offset, for red, green and blue. */
  readonly scale: readonly [number, number, number];
  readonly offset: readonly [number, number, number];
  /** Whether width and height are left open. */
  readonly isFree?: boolean;
  readonly name?: string;
}

/** Values of shape [1, 1] that the graph finds in the picture; edges in pixels of the input. */
export interface FoundBox {
  readonly left: string;
  readonly top: string;
  readonly right: string;
  readonly bottom: string;
  /** 1 if there is an object of the expected values, else 0. */
  readonly found: string;
}

/**
 * Builds small detectors that find a rectangle of one colour, and nothing if it looks otherwise.
 */
export class ModelSketch {
  readonly graph = new OnnxGraph();
  #constants = 0;

  /** Adds the input, and looks for the object. */
  find(input: SketchInput): FoundBox {
    const side = input.isFree === true ? ['H', 'W'] : [sketchSide, sketchSide];
    const shape = input.channelsLast === true ? [1, ...side, 3] : [1, 3, ...side];
    let image = this.graph.input(input.name ?? 'images', input.type, shape);
    if (input.type === 'uint8')
      image = this.graph.op('Cast', [image], { to: elementTypeId('float32') });
    if (input.channelsLast === true)
      image = this.graph.op('Transpose', [image], { perm: [0, 3, 1, 2] });
    const order = input.colour === 'rgb' ? [0, 1, 2] : [2, 1, 0];
    const wanted = order.map((c) => sketchColours.object[c]! * input.scale[c]! + input.offset[c]!);
    const near = order.map((c) => 12 * input.scale[c]!);
    const difference = this.graph.op('Abs', [
      this.graph.op('Sub', [image, this.floats(wanted, [1, 3, 1, 1])]),
    ]);
    const alike = this.graph.op('Less', [difference, this.floats(near, [1, 3, 1, 1])]);
    const channels = this.graph.op('Cast', [alike], { to: elementTypeId('float32') });
    const mask = this.graph.op('ReduceMin', [channels], { axes: [1], keepdims: 0 });
    const across = this.#extent(mask, 1);
    const down = this.#extent(mask, 2);
    return {
      left: across.first,
      right: across.end,
      top: down.first,
      bottom: down.end,
      found: across.found,
    };
  }

  floats(values: readonly number[], shape: readonly number[] = [1, values.length]): string {
    return this.graph.floats(`c${this.#constants++}`, shape, Float32Array.from(values));
  }

  /** value × factor, by elements. */
  times(value: string, factor: number | string): string {
    return this.graph.op('Mul', [
      value,
      typeof factor === 'string' ? factor : this.floats([factor]),
    ]);
  }

  sum(a: string, b: string): string {
    return this.graph.op('Add', [a, b]);
  }

  less(a: string, b: string): string {
    return this.graph.op('Sub', [a, b]);
  }

  /** Puts values of shape [1, n] side by side. */
  row(...values: readonly string[]): string {
    return this.graph.op('Concat', values, { axis: 1 });
  }

  /** Stacks rows [n, width], and adds the dimension of the batch. */
  table(...rows: readonly string[]): string {
    const stacked = this.graph.op('Concat', rows, { axis: 0 });
    return this.graph.op('Unsqueeze', [
      stacked,
      this.graph.integers(`axis${this.#constants++}`, [0]),
    ]);
  }

  output(
    name: string,
    value: string,
    shape: readonly (number | string)[],
    type: 'float32' | 'int64' = 'float32',
  ): void {
    if (type === 'int64') this.graph.op('Cast', [value], { to: elementTypeId('int64') }, name);
    else this.graph.op('Identity', [value], {}, name);
    this.graph.output(name, type, shape);
  }

  #extent(mask: string, axis: 1 | 2): { first: string; end: string; found: string } {
    const present = this.graph.op('ReduceMax', [mask], { axes: [axis], keepdims: 0 });
    const places = this.floats(Array.from({ length: sketchSide }, (_, i) => i));
    const absent = this.less(this.floats([1]), present);
    const low = this.sum(this.times(places, present), this.times(absent, 1000));
    const high = this.times(this.sum(places, this.floats([1])), present);
    const reduce = { axes: [1], keepdims: 1 };
    const found = this.graph.op('ReduceMax', [present], reduce);
    // Where nothing is found, a box of one cell at the top left, as a model would leave it.
    const cell = this.times(this.less(this.floats([1]), found), 8);
    return {
      first: this.times(this.graph.op('ReduceMin', [low], reduce), found),
      end: this.sum(this.graph.op('ReduceMax', [high], reduce), cell),
      found,
    };
  }
}

/** A model with metadata. */
export function withMetadata(
  bytes: Uint8Array,
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  return edit(bytes, (model) => {
    model.metadataProps = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  });
}

/** The model with input and float outputs of 16 bits. */
export function inFloat16(bytes: Uint8Array): Uint8Array {
  const { FLOAT, FLOAT16 } = TensorProto.DataType;
  return edit(bytes, (model) => {
    const graph = model.graph!;
    const input = graph.input![0]!;
    input.type!.tensorType!.elemType = FLOAT16;
    rename(graph, input.name!, 'wide', cast(input.name!, 'wide', FLOAT));
    for (const output of graph.output!) {
      if (output.type!.tensorType!.elemType !== FLOAT) continue;
      output.type!.tensorType!.elemType = FLOAT16;
      const wide = `${output.name!}-wide`;
      for (const node of graph.node!)
        node.output = node.output!.map((name) => (name === output.name ? wide : name));
      graph.node!.push(cast(wide, output.name!, FLOAT16));
    }
  });
}

/** The model with its input quantised to 8 bits and back, as tools for int8 leave it. */
export function quantised(bytes: Uint8Array, scale: number, zero: number): Uint8Array {
  return edit(bytes, (model) => {
    const graph = model.graph!;
    const input = graph.input![0]!.name!;
    const { FLOAT, INT8 } = TensorProto.DataType;
    graph.initializer!.push(
      { name: 'q-scale', dataType: FLOAT, dims: [], floatData: [scale] },
      { name: 'q-zero', dataType: INT8, dims: [], int32Data: [zero] },
    );
    rename(graph, input, 'coarse', {
      opType: 'DequantizeLinear',
      input: ['q', 'q-scale', 'q-zero'],
      output: ['coarse'],
    });
    graph.node!.unshift({
      opType: 'QuantizeLinear',
      input: [input, 'q-scale', 'q-zero'],
      output: ['q'],
    });
  });
}

/** The model with another version of its operators and format, each written as it was or is. */
export function ofVersion(bytes: Uint8Array, operatorSet: number, irVersion: number): Uint8Array {
  return edit(bytes, (model) => {
    model.opsetImport = [{ domain: '', version: operatorSet }];
    model.irVersion = irVersion;
    const graph = model.graph!;
    for (const [i, node] of graph.node!.entries()) {
      if (operatorSet >= 18 && node.opType!.startsWith('Reduce')) {
        const axes = node.attribute!.find(({ name }) => name === 'axes')!.ints!;
        node.attribute = node.attribute!.filter(({ name }) => name !== 'axes');
        graph.initializer!.push({
          name: `axes-${i}`,
          dataType: TensorProto.DataType.INT64,
          dims: [axes.length],
          int64Data: axes,
        });
        node.input!.push(`axes-${i}`);
      }
      if (operatorSet < 13 && node.opType === 'Unsqueeze') {
        const { INTS } = AttributeProto.AttributeType;
        node.input!.length = 1;
        node.attribute = [{ name: 'axes', type: INTS, ints: [0] }];
      }
    }
    // Before version 4 constants are inputs as well.
    if (irVersion >= 4) return;
    for (const { name, dataType, dims } of graph.initializer!) {
      const dim = dims!.map((side) => ({ dimValue: side }));
      const type = { tensorType: { elemType: dataType!, shape: { dim } } };
      graph.input!.push({ name: name!, type });
    }
  });
}

export function edit(bytes: Uint8Array, change: (model: onnx.IModelProto) => void): Uint8Array {
  const model = ModelProto.decode(bytes);
  change(model);
  return ModelProto.encode(model).finish();
}

/** Lets all nodes read `to` instead of `from`, which `node` computes. */
function rename(graph: onnx.IGraphProto, from: string, to: string, node: onnx.INodeProto): void {
  for (const each of graph.node!)
    each.input = each.input!.map((name) => (name === from ? to : name));
  graph.node!.unshift(node);
}

function cast(from: string, to: string, type: number): onnx.INodeProto {
  return {
    opType: 'Cast',
    input: [from],
    output: [to],
    attribute: [{ name: 'to', type: AttributeProto.AttributeType.INT, i: type }],
  };
}
