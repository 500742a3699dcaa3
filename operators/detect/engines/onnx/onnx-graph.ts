import onnxProto from 'onnx-proto';
import type { onnx } from 'onnx-proto';

const { AttributeProto, ModelProto, TensorProto } = onnxProto.onnx;

/** An attribute's value: a number becomes INT, a string STRING, a list INTS. */
export type AttributeValue = number | string | readonly number[];

/** Element types of the detector's graphs. */
export type ElementType = 'float32' | 'int64' | 'uint8';

const elementTypes: Record<ElementType, number> = {
  float32: TensorProto.DataType.FLOAT,
  int64: TensorProto.DataType.INT64,
  uint8: TensorProto.DataType.UINT8,
};

/**
 * Builds an ONNX graph; `encode` returns the bytes that a runtime loads.
 *
 * Callers choose unique names for values; only `op` generates one if none is given.
 */
export class OnnxGraph {
  readonly #nodes: onnx.INodeProto[] = [];
  readonly #constants = new Map<string, onnx.ITensorProto>();
  readonly #inputs: onnx.IValueInfoProto[] = [];
  readonly #outputs: onnx.IValueInfoProto[] = [];

  /** Adds an input. A string is a variable dimension, equal wherever the same string is used. */
  input(name: string, type: ElementType, shape: readonly (number | string)[]): string {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  output(name: string, type: ElementType, shape: readonly (number | string)[]): void {
    this.#outputs.push(valueInfo(name, type, shape));
  }

  floats(name: string, shape: readonly number[], values: Float32Array): string {
    return this.#constant(
      name,
      'float32',
      shape,
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
  }

  integers(
    name: string,
    values: readonly number[],
    shape: readonly number[] = [values.length],
  ): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.#constant(name, 'int64', shape, new Uint8Array(data.buffer));
  }

  /** Adds a node with one output and returns that output's name. */
  op(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue> = {},
    output?: string,
  ): string {
    return (
      this.#node(type, inputs, attributes, [
        output ?? `${type}_${String(this.#nodes.length)}`,
      ])[0] ?? ''
    );
  }

  /** Adds a node with the named outputs. */
  opWith(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue>,
    outputs: readonly string[],
  ): void {
    this.#node(type, inputs, attributes, outputs);
  }

  /** The model as a protobuf, operator set 15. */
  encode(): Uint8Array {
    return ModelProto.encode({
      irVersion: 8,
      producerName: 'lifelens',
      opsetImport: [{ domain: '', version: 15 }],
      graph: {
        name: 'detector',
        node: this.#nodes,
        initializer: [...this.#constants.values()],
        input: this.#inputs,
        output: this.#outputs,
      },
    }).finish();
  }

  #node(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue>,
    outputs: readonly string[],
  ) {
    this.#nodes.push({
      opType: type,
      name: outputs[0] ?? '',
      input: [...inputs],
      output: [...outputs],
      attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    });
    return outputs;
  }

  #constant(name: string, type: ElementType, shape: readonly number[], bytes: Uint8Array): string {
    this.#constants.set(name, {
      name,
      dataType: elementTypes[type],
      dims: [...shape],
      rawData: bytes,
    });
    return name;
  }
}

/** The id of a type, as the ONNX operation Cast expects it. */
export function elementTypeId(type: ElementType): number {
  return elementTypes[type];
}

function valueInfo(
  name: string,
  type: ElementType,
  shape: readonly (number | string)[],
): onnx.IValueInfoProto {
  const dim = shape.map((side) =>
    typeof side === 'number' ? { dimValue: side } : { dimParam: side },
  );
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } } };
}

/** An attribute of a node. */
export function attribute(name: string, value: AttributeValue): onnx.IAttributeProto {
  const { AttributeType } = AttributeProto;
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if (typeof value === 'string') return { name, type: AttributeType.STRING, s: Buffer.from(value) };
  return { name, type: AttributeType.INTS, ints: [...value] };
}
