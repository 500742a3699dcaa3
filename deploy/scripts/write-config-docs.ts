import { writeFile } from 'node:fs/promises';
import { configSchemaText, configTableText } from '../../pipeline/configuration/config-docs.ts';

// Run by `npm run schema`; a test fails when what lies in docs/ is older than the code.
const docs = new URL('../../docs/', import.meta.url);
await writeFile(new URL('config.schema.json', docs), configSchemaText());
await writeFile(new URL('config.md', docs), configTableText());
