/** The subset of JSON Schema that the configuration's schema is generated in. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
}

type Path = readonly PropertyKey[];

/** The schema of the value at `path`, or undefined where no value is allowed. */
export function schemaAt(schema: JsonSchema | undefined, path: Path): JsonSchema | undefined {
  let node = schema;
  for (const key of path) {
    if (node === undefined) return undefined;
    node = childSchema(node, key);
  }
  return node;
}

/** The schema of one member of an object or list. */
export function childSchema(node: JsonSchema, key: PropertyKey): JsonSchema | undefined {
  if (typeof key === 'number') return node.items;
  const properties = node.properties ?? {};
  if (Object.hasOwn(properties, key)) return properties[key as string];
  return typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
}

/** The alternatives of a schema: itself, or the parts of its `anyOf`. */
export function alternatives(node: JsonSchema): readonly JsonSchema[] {
  return node.anyOf ?? [node];
}

/** Describes the values that a schema allows, for people: `a whole number from 1 to 64`. */
export function describeSchema(node: JsonSchema): string {
  return alternatives(node)
    .map(describeOne)
    .filter((text) => text !== 'null')
    .join(' or ');
}

function describeOne(node: JsonSchema): string {
  if (node.enum !== undefined) {
    const values = node.enum.map(String);
    return values.length === 1
      ? values[0]!
      : `${values.slice(0, -1).join(', ')} or ${values.at(-1)!}`;
  }
  if (typeof node.const === 'string') return node.const;
  if (node.const !== undefined) return JSON.stringify(node.const);
  switch (node.type) {
    case 'integer':
      return node.multipleOf === undefined
        ? `a whole number ${describeRange(node)}`
        : `a multiple of ${node.multipleOf} ${describeRange(node)}`;
    case 'number':
      return `a number ${describeRange(node)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return (node.minLength ?? 0) > 1
        ? `text of ${node.minLength!} to ${node.maxLength ?? '…'} characters`
        : 'text';
    case 'array':
      return `a list of ${node.minItems ?? 0} to ${node.maxItems ?? '…'} entries`;
    case 'object':
      return 'a mapping of keys to values';
    default:
      return node.type ?? 'anything';
  }
}

function describeRange({ minimum, maximum }: JsonSchema): string {
  return `from ${minimum ?? '…'} to ${maximum ?? '…'}`;
}

/** Formats a path as in `cameras.door.fps` or `nats.servers[0]`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`,
    )
    .join('');
}
