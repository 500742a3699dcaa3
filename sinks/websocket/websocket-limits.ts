/** Defaults of `WebSocketSinkOptions`; docs/protocol.md states them. */
export const webSocketDefaults = {
  path: '/ws',
  clientsMax: 32,
  pendingBytesMax: 4 * 1024 * 1024,
  heartbeatMs: 15_000,
  // A program that labels a whole recording sends many commands at once.
  commandLimits: { burst: 100, perSecond: 20, pendingMax: 64 },
} as const;

/** Fixed limits of the WebSocket protocol; docs/protocol.md states them. */
export const webSocketLimits = {
  /** State that a client receives on connecting. */
  modelEventsSent: 50,
  samplesSent: 200,
  sampleBytesSent: 2 * 1024 * 1024,
  camerasKept: 64,
  /** Samples that are encoded for a new client in one turn of the event loop. */
  samplesPerTurn: 20,
  /** Messages refused in a row before the client is disconnected. */
  refusalsMax: 500,
  /** Bytes in the socket's own buffer; further messages wait where newer ones can replace them. */
  socketBytesMax: 64 * 1024,
  /** Pictures per second and camera until the client sets `maxFps`. */
  picturesPerSecond: 15,
} as const;
