import { z } from 'zod';

const size = z.union([z.string(), z.number()]).transform(Number);
const shape = z.looseObject({
  dim: z.array(z.looseObject({ size: size.optional() })).optional(),
  unknownRank: z.boolean().optional(),
});
const tensor = z.looseObject({
  name: z.string().optional(),
  dtype: z.union([z.string(), z.number()]).optional(),
  tensorShape: shape.optional(),
  resourceId: z.unknown().optional(),
});
const signature = z.looseObject({
  inputs: z.record(z.string(), tensor).optional(),
  outputs: z.record(z.string(), tensor).optional(),
});
const node = z.looseObject({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).optional(),
  attr: z
    .looseObject({
      dtype: z.looseObject({ type: z.union([z.string(), z.number()]) }).optional(),
      shape: z.looseObject({ shape: shape.optional() }).optional(),
    })
    .optional(),
});
const weight = z.looseObject({
  name: z.string(),
  shape: z.array(z.int().nonnegative()),
  dtype: z.enum(['float32', 'int32', 'bool', 'string', 'complex64']),
  quantization: z.looseObject({ dtype: z.enum(['uint8', 'uint16', 'float16']) }).optional(),
});
const group = z.looseObject({ paths: z.array(z.string()), weights: z.array(weight) });

/** What is read of a model.json: https://github.com/tensorflow/tfjs, tfjs-core/src/io/types.ts. */
export const graphModelSchema = z.looseObject({
  format: z.string().optional(),
  modelTopology: z.looseObject({
    node: z.array(node).min(1),
    versions: z.looseObject({}).optional(),
  }),
  weightsManifest: z.array(group),
  signature: signature.optional(),
  userDefinedMetadata: z.looseObject({ signature: signature.optional() }).optional(),
  modelInitializer: z.looseObject({}).optional(),
  initializerSignature: z.looseObject({}).optional(),
});

export type GraphModelJson = z.output<typeof graphModelSchema>;
export type GraphNodeJson = z.output<typeof node>;
export type GraphTensorJson = z.output<typeof tensor>;
export type ShapeJson = z.output<typeof shape>;
export type WeightJson = z.output<typeof weight>;
export type WeightGroupJson = z.output<typeof group>;
