import { pino, stdTimeFunctions, type Logger } from 'pino';
import pretty from 'pino-pretty';

export type Log = Logger;

export interface LogOptions {
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  /** `auto`: pretty on a terminal, JSON lines elsewhere. */
  readonly format: 'auto' | 'pretty' | 'json';
}

/** Creates the program's log, on standard error so that standard output stays free for reports. */
export function createLog(options: LogOptions): Log {
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
