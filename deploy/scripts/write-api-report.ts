import { writeFile } from 'node:fs/promises';
import { apiReportText } from './api/api-report.ts';
import { openPublicProgram } from './api/public-program.ts';

// Run by `npm run api`; a test compares the page with the code.
const page = new URL('../../docs/api-report.md', import.meta.url);
await writeFile(page, apiReportText(openPublicProgram()));
