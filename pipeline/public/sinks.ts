/**
 * Destinations of events and sources of commands. `watch` opens those of the configuration; a
 * program adds its own, or serves them beside a pipeline that it composes.
 *
 * @module lifelens/sinks
 */

export type { CommandRequest, Sink } from '../../sinks/events.ts';
export { startHttpServer } from '../../sinks/http/http-server.ts';
export { openJsonLines } from '../../sinks/json-lines.ts';
export { NatsSink } from '../../sinks/nats.ts';
export { PrometheusSink } from '../../sinks/prometheus/prometheus.ts';
export { WebSocketSink } from '../../sinks/websocket/websocket.ts';
