import { MessageChannel } from 'node:worker_threads';

/** A closed port: what is transferred to it is gone. */
const nowhere = openNowhere();

/**
 * Frees the memory of an array that nobody reads any more, now instead of at some collection; it is empty
 * afterwards. One that is a part of something larger is left alone, since that may be others'.
 *
 * V8 counts such memory as grown heap. A stream of pictures fills hundreds of megabytes of it a second, for
 * which V8 would collect the whole heap ten times a second, and the C library hand fresh pages to every read.
 */
export function freeBuffer({ buffer, byteLength }: ArrayBufferView): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== byteLength) return;
  nowhere.postMessage(null, [buffer]);
}

function openNowhere(): MessageChannel['port1'] {
  const { port1 } = new MessageChannel();
  port1.close();
  return port1;
}
