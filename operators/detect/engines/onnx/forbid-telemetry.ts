/**
 * Keeps ONNX Runtime from sending telemetry: from 1.29 on its builds store an identifier and a
 * queue of events in the home folder and upload them. The native library reads the variables when
 * it loads, so this has to run earlier.
 *
 * Call it on the main thread, even for an engine in a worker: the native library reads the
 * environment of the process, of which a worker has only a copy.
 */
export function forbidTelemetry(): void {
  // The second name is the one of coming versions.
  // eslint-disable-next-line no-restricted-properties -- written here, not read
  for (const name of ['ORT_DISABLE_TELEMETRY', 'ORT_TELEMETRY_DISABLED']) process.env[name] = '1';
}
