import type { Head } from '../../operators/detect/heads/head.ts';
import type { Log } from '../log.ts';
export async function readActiveHead(dir: string, log: Pick<Log, 'warn'>): Promise<Head> {
  throw new Error(dir + String(log));
}
