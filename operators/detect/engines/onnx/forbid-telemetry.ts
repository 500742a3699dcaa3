/**
 * Keeps ONNX Runtime from reporting to its maker, which its builds do from 1.29 on: it keeps an identifier and a queue of events
 * in the home folder, and uploads them. Read once, when the native library starts, so that this has to come first.
 *
 * It reads the process's environment, which only the main thread can change: to threads of Node theirs is a copy.
 */
export function forbidTelemetry(): void {
  // The second name is that of versions to come.
  // eslint-disable-next-line no-restricted-properties -- it takes word from nowhere else
  for (const name of ['ORT_DISABLE_TELEMETRY', 'ORT_TELEMETRY_DISABLED']) process.env[name] = '1';
}
