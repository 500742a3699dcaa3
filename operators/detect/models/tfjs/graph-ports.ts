import type { ModelPort } from '../model-ports.ts';
import type {
  GraphModelJson,
  GraphNodeJson,
  GraphTensorJson,
  ShapeJson,
} from './graph-model-schema.ts';

/** Types of TensorFlow by name and by number. */
const typeNames: Readonly<Record<string, string>> = {
  DT_FLOAT: 'float32',
  1: 'float32',
  DT_HALF: 'float16',
  19: 'float16',
  DT_UINT8: 'uint8',
  4: 'uint8',
  DT_INT32: 'int32',
  3: 'int32',
  DT_INT64: 'int64',
  9: 'int64',
  DT_BOOL: 'bool',
  10: 'bool',
};

/** Inputs and outputs of a GraphModel, by the names under which it is run. */
export interface GraphPorts {
  readonly inputs: readonly ModelPort[];
  readonly outputs: readonly ModelPort[];
}

/**
 * The inputs and outputs that a GraphModel's signature declares, which is where TensorFlow.js looks
 * first; else its placeholders, and the nodes that no other one reads.
 */
export function graphPortsOf(model: GraphModelJson): GraphPorts {
  const signature = model.userDefinedMetadata?.signature ?? model.signature;
  const nodes = model.modelTopology.node;
  const byName = new Map(nodes.map((node) => [node.name, node]));
  // Variables that a graph captured are inputs as well, which are never fed.
  const declared = Object.entries(signature?.inputs ?? {}).filter(
    ([, { resourceId }]) => resourceId === undefined,
  );
  const inputs =
    declared.length > 0
      ? declared.map(([key, tensor]) => portOf(key, tensor, byName))
      : nodes
          .filter(({ op }) => op.startsWith('Placeholder'))
          .map((node) => portOf(node.name, {}, byName));
  const outputs = Object.entries(signature?.outputs ?? {});
  return {
    inputs,
    outputs:
      outputs.length > 0
        ? outputs.map(([key, tensor]) => portOf(key, tensor, byName))
        : unread(nodes).map((node) => portOf(node.name, {}, byName)),
  };
}

/** Nodes whose values no other node reads. */
function unread(nodes: readonly GraphNodeJson[]): GraphNodeJson[] {
  const read = new Set(nodes.flatMap(({ input = [] }) => input.map(nodeOf)));
  return nodes.filter(({ name, op }) => op !== 'Const' && op !== 'NoOp' && !read.has(name));
}

function portOf(
  name: string,
  tensor: GraphTensorJson,
  nodes: ReadonlyMap<string, GraphNodeJson>,
): ModelPort {
  const node = nodes.get(nodeOf(tensor.name ?? name));
  const type = tensor.dtype ?? node?.attr?.dtype?.type ?? '';
  return {
    name,
    type: typeNames[type] ?? 'unknown',
    shape: sidesOf(tensor.tensorShape ?? node?.attr?.shape?.shape),
  };
}

function sidesOf(shape: ShapeJson | undefined): (number | null)[] {
  return (shape?.dim ?? []).map(({ size = -1 }) => (size > 0 ? size : null));
}

/** `^node` waits for a node; `node:1` is its second output. */
function nodeOf(name: string): string {
  return name.replace(/^\^/, '').replace(/:\d+$/, '');
}
