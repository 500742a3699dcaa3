import onnxProto from 'onnx-proto';
import type { onnx } from 'onnx-proto';

const { AttributeProto, ModelProto, TensorProto } = onnxProto.onnx;
const types = {
  float32: TensorProto.DataType.FLOAT,
  float16: TensorProto.DataType.FLOAT16,
  uint8: TensorProto.DataType.UINT8,
} as const;

/** How the vector comes out of a drawn encoder. */
export const outputKinds = ['vector', 'pooled', 'map', 'tokens', 'class token'] as const;

export interface DrawnEncoder {
  readonly type?: keyof typeof types;
  readonly channelsLast?: boolean;
  /** Null: any. */
  readonly size?: number | null;
  readonly batch?: number | null;
  readonly kind?: (typeof outputKinds)[number];
  readonly output?: string;
  /** A second output of the same shape. */
  readonly second?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** A second input, as of a model of pictures and text. */
  readonly withText?: boolean;
  /** Multiplies all weights. */
  readonly gain?: number;
}

export const vectorLength = 16;

/** The drawn encoder's weights: vectorLength × 3. */
export function weightsOf(gain = 1): Float32Array {
  return Float32Array.from({ length: vectorLength * 3 }, (_, i) => gain * Math.sin(1.7 * i + 0.3));
}

/**
 * The bytes of an ONNX model, a few kB, whose vector is a matrix times the mean colour of the
 * picture, in whatever form it takes the one and gives the other.
 */
export function drawEncoder(options: DrawnEncoder = {}): Uint8Array {
  const { type = 'float32', channelsLast = false, size = 32, batch = null } = options;
  const { kind = 'vector', output = 'features', second, metadata = {}, gain = 1 } = options;
  const node: onnx.INodeProto[] = [];
  const initializer: onnx.ITensorProto[] = [];
  let count = 0;
  const op = (opType: string, input: string[], attribute: onnx.IAttributeProto[] = []): string => {
    const name = `v${++count}`;
    node.push({ opType, input, output: [name], attribute });
    return name;
  };
  const integers = (...values: number[]): string => {
    const name = `c${++count}`;
    const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    initializer.push({
      name,
      dataType: TensorProto.DataType.INT64,
      dims: [values.length],
      rawData,
    });
    return name;
  };
  const ints = (name: string, ...values: number[]): onnx.IAttributeProto => ({
    name,
    type: AttributeProto.AttributeType.INTS,
    ints: values,
  });
  const int = (name: string, i: number): onnx.IAttributeProto => ({
    name,
    type: AttributeProto.AttributeType.INT,
    i,
  });
  const weights = weightsOf(gain);
  initializer.push({
    name: 'weights',
    dataType: types.float32,
    dims: [vectorLength, 3, 1, 1],
    rawData: new Uint8Array(weights.buffer),
  });
  let picture = 'pixel_values';
  if (type !== 'float32') picture = op('Cast', [picture], [int('to', types.float32)]);
  if (channelsLast) picture = op('Transpose', [picture], [ints('perm', 0, 3, 1, 2)]);
  const whole = op('Conv', [op('GlobalAveragePool', [picture]), 'weights']);
  const grid = (): string => {
    const side = size! / 4;
    const pool = [ints('kernel_shape', side, side), ints('strides', side, side)];
    return op('Conv', [op('AveragePool', [picture], pool), 'weights']);
  };
  const tokens = (): string =>
    op(
      'Transpose',
      [op('Reshape', [grid(), integers(0, vectorLength, 16)])],
      [ints('perm', 0, 2, 1)],
    );
  const made = {
    vector: () => op('Flatten', [whole], [int('axis', 1)]),
    pooled: () => whole,
    map: grid,
    tokens,
    'class token': () => {
      const first = op('Reshape', [whole, integers(0, 1, vectorLength)]);
      return op('Concat', [first, op('Neg', [tokens()])], [int('axis', 1)]);
    },
  }[kind]();
  const last =
    channelsLast && kind === 'map' ? op('Transpose', [made], [ints('perm', 0, 2, 3, 1)]) : made;
  const outputs = second === undefined ? [output] : [output, second];
  for (const name of outputs) {
    const cast = int('to', type === 'float16' ? types.float16 : types.float32);
    node.push({ opType: 'Cast', input: [last], output: [name], attribute: [cast] });
  }
  const shape = channelsLast ? [batch, size, size, 3] : [batch, 3, size, size];
  const info = (name: string, elemType: number, dims: readonly (number | null)[]) => ({
    name,
    type: {
      tensorType: {
        elemType,
        shape: {
          dim: dims.map((side) =>
            side === null ? { dimParam: `d${++count}` } : { dimValue: side },
          ),
        },
      },
    },
  });
  const text = info('input_ids', TensorProto.DataType.INT64, [null, 77]);
  return ModelProto.encode({
    irVersion: 8,
    producerName: 'test',
    opsetImport: [{ domain: '', version: 15 }],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: {
      name: 'encoder',
      node,
      initializer,
      input: [
        info('pixel_values', types[type], shape),
        ...(options.withText === true ? [text] : []),
      ],
      output: outputs.map((name) => {
        const elemType = type === 'float16' ? types.float16 : types.float32;
        const rank = { vector: 2, pooled: 4, map: 4, tokens: 3, 'class token': 3 }[kind];
        return info(
          name,
          elemType,
          Array.from({ length: rank }, () => null),
        );
      }),
    },
  }).finish();
}

/** The vector that a drawn encoder gives for this mean colour, its squares of mean 1. */
export function vectorOf(colour: readonly number[], gain = 1): number[] {
  const weights = weightsOf(gain);
  const raw = Array.from({ length: vectorLength }, (_, k) =>
    colour.reduce((sum, value, channel) => sum + value * weights[3 * k + channel]!, 0),
  );
  const scale = Math.sqrt(vectorLength / raw.reduce((sum, value) => sum + value ** 2, 0));
  return raw.map((value) => value * scale);
}
