import onnxProto from 'onnx-proto';
import type { onnx } from 'onnx-proto';
import { attribute } from '../../engines/onnx/onnx-graph.ts';
import { targetSizes } from '../formats/list-formats.ts';
import type { InputStyle } from '../input-style.ts';
import type { PictureInput } from '../picture-input.ts';
import { typeId, type OnnxFile } from './onnx-file.ts';

const { ModelProto, TensorProto } = onnxProto.onnx;

/** The name of the input that {@link wrapModel} adds. */
export const wrappedInput = 'lifelens:view';

/** Since this version of the file format, constants need not be inputs. */
const irVersionMin = 4;

/**
 * Puts a model's preprocessing into its graph: the result takes {@link wrappedInput}, uint8
 * `[1, height, width, 3]` of RGB, and returns floats. What is added are operations that are the
 * same in all sets of operators from 7 on. Without a size it takes any, if the model does.
 */
export function wrapModel(
  file: OnnxFile,
  input: PictureInput,
  style: InputStyle,
  size: { readonly width: number; readonly height: number } | null,
): Uint8Array {
  const { graph, model } = file;
  const before: onnx.INodeProto[] = [];
  const constants: onnx.ITensorProto[] = [];
  let value = wrappedInput;
  const then = (opType: string, others: string[], attribute: onnx.IAttributeProto[] = []): void => {
    const output = `lifelens:${opType}:${before.length}`;
    before.push({ opType, name: output, input: [value, ...others], output: [output], attribute });
    value = output;
  };
  if (!input.channelsLast) then('Transpose', [], [attribute('perm', [0, 3, 1, 2])]);
  const channelAxis = input.channelsLast ? 3 : 1;
  if (style.colour === 'bgr') {
    constants.push(tensor('lifelens:bgr', 'int64', [3], BigInt64Array.of(2n, 1n, 0n)));
    then('Gather', ['lifelens:bgr'], [attribute('axis', channelAxis)]);
  }
  if (input.type !== 'uint8') {
    then('Cast', [], [attribute('to', TensorProto.DataType.FLOAT)]);
    const shape = input.channelsLast ? [1, 1, 1, 3] : [1, 3, 1, 1];
    const scaled = (opType: string, values: readonly number[], idle: number): void => {
      if (values.every((each) => each === idle)) return;
      const name = `lifelens:${opType}`;
      constants.push(tensor(name, 'float32', shape, Float32Array.from(values)));
      then(opType, [name]);
    };
    scaled('Mul', style.scale, 1);
    scaled('Add', style.offset, 0);
    if (input.type === 'float16') then('Cast', [], [attribute('to', typeId('float16'))]);
  }
  // The old input's name becomes the value that the added nodes compute.
  then('Identity', []);
  before.at(-1)!.output = [input.name];
  if (size !== null && file.inputs.some(({ name }) => name === targetSizes)) {
    const sizes = BigInt64Array.of(BigInt(size.width), BigInt(size.height));
    constants.push(tensor(targetSizes, 'int64', [1, 2], sizes));
  }
  const after = file.outputs.map(({ name, type }) => ({
    opType: type === 'float32' ? 'Identity' : 'Cast',
    name: `lifelens:${name}`,
    input: [name],
    output: [`lifelens:${name}`],
    attribute: type === 'float32' ? [] : [attribute('to', TensorProto.DataType.FLOAT)],
  }));
  const sides = size === null ? ['lifelens:height', 'lifelens:width'] : [size.height, size.width];
  return ModelProto.encode({
    ...model,
    irVersion: Math.max(irVersionMin, Number(model.irVersion ?? 0)),
    graph: {
      ...graph,
      node: [...before, ...(graph.node ?? []), ...after],
      initializer: [...(graph.initializer ?? []), ...constants],
      // Weights that old files list as inputs, too, are constants from here on.
      input: [{ name: wrappedInput, type: tensorType('uint8', [1, ...sides, 3]) }],
      output: file.outputs.map(({ name }) => ({
        name: `lifelens:${name}`,
        type: { tensorType: { elemType: TensorProto.DataType.FLOAT } },
      })),
    },
  }).finish();
}

/** The name of an output of a wrapped model in its file. */
export function unwrappedName(name: string): string {
  return name.replace(/^lifelens:/, '');
}

function tensor(
  name: string,
  type: string,
  dims: readonly number[],
  { buffer, byteOffset, byteLength }: BigInt64Array | Float32Array,
): onnx.ITensorProto {
  const rawData = new Uint8Array(buffer, byteOffset, byteLength);
  return { name, dataType: typeId(type), dims: [...dims], rawData };
}

function tensorType(type: string, shape: readonly (number | string)[]): onnx.ITypeProto {
  const dim = shape.map((side) =>
    typeof side === 'number' ? { dimValue: side } : { dimParam: side },
  );
  return { tensorType: { elemType: typeId(type), shape: { dim } } };
}
