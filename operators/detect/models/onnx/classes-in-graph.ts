import onnxProto from 'onnx-proto';
import type { onnx } from 'onnx-proto';

const { INT64, INT32 } = onnxProto.onnx.TensorProto.DataType;

/**
 * The number of classes of a model whose outputs are lists, from the operation with which it makes
 * a query and a class of a place among all scores: `place mod classes`, as DETRs and Ultralytics'
 * end-to-end exports have. Null where no such operation is, or several differ.
 */
export function classesInGraph(graph: onnx.IGraphProto): number | null {
  const constants = new Map<string, number>();
  const keep = (name: string, tensor: onnx.ITensorProto | null | undefined): void => {
    const value = wholeNumberOf(tensor);
    if (value !== null) constants.set(name, value);
  };
  for (const tensor of graph.initializer ?? []) keep(tensor.name ?? '', tensor);
  for (const { opType, output, attribute } of graph.node ?? []) {
    if (opType === 'Constant') keep(output?.[0] ?? '', attribute?.[0]?.t);
  }
  const found = new Set<number>();
  for (const { opType, input } of graph.node ?? []) {
    const divisor = opType === 'Mod' ? constants.get(input?.[1] ?? '') : undefined;
    if (divisor !== undefined && divisor > 0) found.add(divisor);
  }
  return found.size === 1 ? [...found][0]! : null;
}

/** The value of an integer tensor of one element. */
function wholeNumberOf(tensor: onnx.ITensorProto | null | undefined): number | null {
  if (tensor == null || (tensor.dataType !== INT64 && tensor.dataType !== INT32)) return null;
  if ((tensor.dims ?? []).some((side) => Number(side) !== 1)) return null;
  const listed: unknown = tensor.int64Data?.[0] ?? tensor.int32Data?.[0];
  if (listed !== undefined) return Number(listed);
  const raw = tensor.rawData;
  if (raw == null || raw.byteLength < 4) return null;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return raw.byteLength >= 8 ? Number(view.getBigInt64(0, true)) : view.getInt32(0, true);
}
