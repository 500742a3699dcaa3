import { pino, stdTimeFunctions, type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from './configuration/config.ts';

export type Log = Logger;

/** Creates the program's log, on standard error so that standard output stays free for reports. */
export function createLog(options: Config['log']): Log {
  const usePretty =
    options.format === 'pretty' || (options.format === 'auto' && process.stderr.isTTY);
  const base = { level: options.level, base: null, timestamp: stdTimeFunctions.isoTime };
  if (!usePretty) return pino(base, pino.destination({ dest: 2, sync: true }));
  const stream = pretty({
    destination: 2,
    sync: true,
    colorize: process.stderr.isTTY,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    singleLine: true,
  });
  return pino(base, stream);
}
