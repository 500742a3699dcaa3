import { writeFile } from 'node:fs/promises';
import { configSchemaText, configTableText } from '../../pipeline/configuration/config-docs.ts';
import { errorsPageText } from './errors-page.ts';
import { limitsPageText } from './limits/limits-page.ts';

// Run by `npm run schema`; tests compare the pages in docs/ with the code.
const docs = new URL('../../docs/', import.meta.url);
await writeFile(new URL('config.schema.json', docs), configSchemaText());
await writeFile(new URL('config.md', docs), configTableText());
await writeFile(new URL('errors.md', docs), errorsPageText());
await writeFile(new URL('limits.md', docs), limitsPageText());
