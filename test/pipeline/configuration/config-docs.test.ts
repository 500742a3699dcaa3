import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { configJsonSchema } from '../../../pipeline/configuration/config.ts';
import { configSchemaText, configTableText } from '../../../pipeline/configuration/config-docs.ts';
import type { JsonSchema } from '../../../pipeline/configuration/json-schema.ts';

const read = (name: string) => readFile(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

function* fields(node: JsonSchema, path: string): Generator<[string, JsonSchema, boolean]> {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    yield [`${path}${key}`, child, node.required?.includes(key) ?? false];
    yield* fields(child, `${path}${key}.`);
  }
  if (typeof node.additionalProperties === 'object') {
    yield* fields(node.additionalProperties, `${path}<name>.`);
  }
}

describe('configuration schema', () => {
  test('in docs/ equals what `npm run schema` generates from the code', async () => {
    expect(await read('config.schema.json')).toBe(configSchemaText());
    expect(await read('config.md')).toBe(configTableText());
  });

  test('describes every field, and gives each a default or requires it', () => {
    const all = [...fields(configJsonSchema(), '')];
    expect(all.length).toBeGreaterThan(30);
    for (const [path, field, isRequired] of all) {
      expect(field.description, `description of ${path}`).toMatch(/\.$/);
      expect(isRequired || field.default !== undefined, `default of ${path}`).toBe(true);
    }
  });

  test('bounds every number, text and list', () => {
    const leaves = [...fields(configJsonSchema(), '')].flatMap(([path, field]) =>
      [...(field.anyOf ?? [field]), ...(field.items ? [field.items] : [])].map(
        (leaf) => [path, leaf] as const,
      ),
    );
    for (const [path, leaf] of leaves) {
      if (leaf.enum !== undefined) continue;
      if (leaf.type === 'number' || leaf.type === 'integer') {
        expect(leaf.minimum, path).toBeDefined();
        expect(leaf.maximum, path).toBeDefined();
      }
      if (leaf.type === 'string')
        expect(leaf.const ?? leaf.maxLength ?? leaf.pattern, path).toBeDefined();
      if (leaf.type === 'array') expect(leaf.maxItems, path).toBeDefined();
    }
  });
});
