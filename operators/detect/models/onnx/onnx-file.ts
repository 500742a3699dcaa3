import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import onnxProto from 'onnx-proto';
import type { onnx } from 'onnx-proto';
import { messageOf } from '../../../foundation/errors/message-of.ts';
import { fileSize } from '../../../foundation/files/file-size.ts';
import { badModelFile } from '../bad-model.ts';
import { modelBytesMax } from '../model-bytes-max.ts';
import type { ModelPort } from '../model-ports.ts';
import type { ModelFile } from '../open-detector.ts';
import { classesInGraph } from './classes-in-graph.ts';

const { ModelProto, TensorProto } = onnxProto.onnx;

/** An ONNX file as read, with what it says about itself. */
export interface OnnxFile extends ModelFile {
  readonly model: onnx.IModelProto;
  readonly graph: onnx.IGraphProto;
  /** Version of the standard operators. */
  readonly operatorSet: number;
}

/** Oldest set of operators: in earlier ones the added operations are written otherwise. */
const operatorSetMin = 7;

/**
 * Reads an ONNX file. Rejects with an `EngineError` `bad-model` that says what is wrong: it
 * is missing, too large, not ONNX, cut off, or keeps its weights in other files.
 *
 * @param role What the model is, for errors.
 */
export async function readOnnxFile(path: string, role: 'detector' | 'encoder'): Promise<OnnxFile> {
  const bytes = await readBytes(path, role);
  const model = decode(path, bytes);
  const { graph } = model;
  const operatorSet = Number(
    model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx' || domain == null)
      ?.version ?? 0,
  );
  if (!graph?.input?.length || !graph.output?.length || !graph.node?.length) {
    throw badModelFile(path, 'expected an ONNX model with inputs, nodes and outputs');
  }
  if (operatorSet < operatorSetMin)
    throw badModelFile(
      path,
      `expected operator set ${operatorSetMin} or later, not ${operatorSet}`,
    );
  const external = graph.initializer?.find(
    ({ dataLocation }) => dataLocation === TensorProto.DataLocation.EXTERNAL,
  );
  if (external !== undefined) {
    throw badModelFile(
      path,
      `its weights (${external.name ?? ''}) lie in another file: export it as one file`,
    );
  }
  const constants = new Set(graph.initializer?.map(({ name }) => name));
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  return {
    path,
    model,
    graph,
    operatorSet,
    hash,
    label: `${basename(path)} ${hash}`,
    // Old files list their weights as inputs, too.
    inputs: graph.input.filter(({ name }) => !constants.has(name)).map(portOf),
    outputs: graph.output.map(portOf),
    metadata: new Map(model.metadataProps.map(({ key, value }) => [key ?? '', value ?? ''])),
    classes: classesInGraph(graph),
  };
}

async function readBytes(path: string, role: string): Promise<Uint8Array> {
  try {
    const size = await fileSize(path);
    if (size > modelBytesMax)
      throw new Error(`expected at most ${modelBytesMax} bytes, not ${size}`);
    return await readFile(path);
  } catch (cause) {
    throw badModelFile(path, `the ${role} can't be read: ${messageOf(cause)}`, cause);
  }
}

function decode(path: string, bytes: Uint8Array): onnx.ModelProto {
  try {
    return ModelProto.decode(bytes);
  } catch (cause) {
    throw badModelFile(path, `expected an ONNX file, whole: ${messageOf(cause)}`, cause);
  }
}

const typeNames = new Map(
  Object.entries(TensorProto.DataType).map(([name, id]) => [
    Number(id),
    name === 'FLOAT' ? 'float32' : name.toLowerCase(),
  ]),
);

function portOf({ name, type }: onnx.IValueInfoProto): ModelPort {
  const tensor = type?.tensorType;
  return {
    name: name ?? '',
    type: tensor == null ? 'no tensor' : (typeNames.get(tensor.elemType ?? 0) ?? 'unknown'),
    shape: (tensor?.shape?.dim ?? []).map(({ dimValue }) => {
      const side = Number(dimValue ?? 0);
      return side > 0 ? side : null;
    }),
  };
}

/** The id of a type by its name; see {@link ModelPort.type}. */
export function typeId(name: string): number {
  for (const [id, known] of typeNames) if (known === name) return id;
  throw new RangeError(`there is no type ${name}`);
}
