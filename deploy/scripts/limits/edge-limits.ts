import { fileBytesMax } from '../../../pipeline/configuration/config-file.ts';
import { connectionLimits } from '../../../sinks/http/connection-guard.ts';
import { guessLimits } from '../../../sinks/http/guess-limits.ts';
import { httpTimeouts } from '../../../sinks/http/http-server.ts';
import { jsonLinesDefaults } from '../../../sinks/json-lines.ts';
import { inProcessPendingMax } from '../../../sinks/in-process.ts';
import { natsDefaults } from '../../../sinks/nats.ts';
import { outboxLimits } from '../../../sinks/outbox.ts';
import { commandBytesMax } from '../../../sinks/protocol.ts';
import { webSocketDefaults, webSocketLimits } from '../../../sinks/websocket/websocket-limits.ts';
import type { LimitTable } from './limit.ts';

/** Limits towards clients, brokers and files. */
export const edgeLimits: LimitTable = {
  'Clients and commands': [
    {
      name: 'Size of a command',
      value: commandBytesMax,
      unit: 'bytes',
      beyond: 'The WebSocket closes with 1009; NATS answers `too-large`.',
      enforcedIn: 'sinks/protocol.ts',
    },
    {
      name: 'Messages of a WebSocket client at once',
      value: webSocketDefaults.commandLimits.burst,
      unit: 'messages',
      beyond: 'Answered `rate-limited`.',
      enforcedIn: 'sinks/command-intake.ts',
    },
    {
      name: 'Messages of a WebSocket client per second, sustained',
      value: webSocketDefaults.commandLimits.perSecond,
      unit: 'messages per second',
      beyond: 'Answered `rate-limited`.',
      enforcedIn: 'sinks/command-intake.ts',
    },
    {
      name: 'Unanswered commands of a WebSocket client',
      value: webSocketDefaults.commandLimits.pendingMax,
      unit: 'commands',
      beyond: 'Answered `busy`.',
      enforcedIn: 'sinks/command-intake.ts',
    },
    {
      name: 'Refused messages in a row of a WebSocket client',
      value: webSocketLimits.refusalsMax,
      unit: 'messages',
      beyond: 'The WebSocket closes with 1008.',
      enforcedIn: 'sinks/websocket/websocket-client.ts',
    },
    {
      name: 'Messages over NATS at once',
      value: natsDefaults.commandLimits.burst,
      unit: 'messages',
      beyond: 'Answered `rate-limited`.',
      enforcedIn: 'sinks/command-intake.ts',
    },
    {
      name: 'Messages over NATS per second, sustained',
      value: natsDefaults.commandLimits.perSecond,
      unit: 'messages per second',
      beyond: 'Answered `rate-limited`.',
      enforcedIn: 'sinks/command-intake.ts',
    },
    {
      name: 'Unanswered commands of the program that embeds lifelens',
      value: inProcessPendingMax,
      unit: 'commands',
      beyond: 'Answered `busy`.',
      enforcedIn: 'sinks/in-process.ts',
    },
    {
      name: 'Unanswered commands over NATS',
      value: natsDefaults.commandLimits.pendingMax,
      unit: 'commands',
      beyond: 'Answered `busy`.',
      enforcedIn: 'sinks/command-intake.ts',
    },
  ],
  'Before authentication': [
    {
      name: 'Connections of one address without authentication',
      value: connectionLimits.strangersPerAddress,
      unit: 'connections',
      beyond: 'The oldest one is closed; counted. A trusted proxy has the bound on all instead.',
      enforcedIn: 'sinks/http/connection-guard.ts',
    },
    {
      name: 'Connections without authentication',
      value: connectionLimits.strangers,
      unit: 'connections',
      beyond: 'The oldest one of the address with the most is closed; counted.',
      enforcedIn: 'sinks/http/connection-guard.ts',
    },
    {
      name: 'HTTP connections, without WebSockets',
      value: connectionLimits.total,
      unit: 'connections',
      beyond: 'As above; without any such connection, the one idle longest is closed.',
      enforcedIn: 'sinks/http/connection-guard.ts',
    },
    {
      name: 'Time for the head of a request',
      value: httpTimeouts.headersMs,
      unit: 'ms',
      beyond: 'The connection is closed within a second.',
      enforcedIn: 'sinks/http/http-server.ts',
    },
    {
      name: 'Silence of an HTTP connection',
      value: httpTimeouts.silenceMs,
      unit: 'ms',
      beyond: 'The connection is closed.',
      enforcedIn: 'sinks/http/http-server.ts',
    },
    {
      name: 'Wrong tokens of one address at once',
      value: guessLimits.burst,
      unit: 'tokens',
      beyond: 'Answered 429; tokens that can be guessed are not compared.',
      enforcedIn: 'sinks/http/guess-limits.ts',
    },
    {
      name: 'Wrong tokens of one address per second, sustained',
      value: guessLimits.perSecond,
      unit: 'tokens per second',
      beyond: 'As above.',
      enforcedIn: 'sinks/http/guess-limits.ts',
    },
    {
      name: 'Wrong tokens of all addresses at once',
      value: guessLimits.totalBurst,
      unit: 'tokens',
      beyond: 'As above, for every address.',
      enforcedIn: 'sinks/http/guess-limits.ts',
    },
    {
      name: 'Wrong tokens of all addresses per second, sustained',
      value: guessLimits.totalPerSecond,
      unit: 'tokens per second',
      beyond: 'As above.',
      enforcedIn: 'sinks/http/guess-limits.ts',
    },
    {
      name: 'Addresses whose wrong tokens are counted',
      value: guessLimits.addressesMax,
      unit: 'addresses',
      beyond: 'The one that guessed longest ago is forgotten.',
      enforcedIn: 'sinks/http/guess-limits.ts',
    },
  ],
  'Outgoing messages': [
    {
      name: 'Bytes waiting for a WebSocket client',
      value: webSocketDefaults.pendingBytesMax,
      unit: 'bytes',
      beyond: 'Pictures are dropped first, then detections, metrics, the others; all are counted.',
      enforcedIn: 'sinks/outbox.ts',
    },
    {
      name: 'Bytes in the socket of a WebSocket client',
      value: webSocketLimits.socketBytesMax,
      unit: 'bytes',
      beyond: 'Further messages wait in the outbox, where newer ones replace them.',
      enforcedIn: 'sinks/websocket/websocket-client.ts',
    },
    {
      name: 'Bytes waiting for the NATS broker',
      value: natsDefaults.pendingBytesMax,
      unit: 'bytes',
      beyond: 'Detections are dropped first, then metrics, the others; all are counted.',
      enforcedIn: 'sinks/outbox.ts',
    },
    {
      name: 'Messages waiting for a client or the broker',
      value: outboxLimits.messagesMax,
      unit: 'messages',
      beyond: 'As for bytes.',
      enforcedIn: 'sinks/outbox.ts',
    },
    {
      name: 'Bytes waiting for the file of `--detections`',
      value: jsonLinesDefaults.pendingBytesMax,
      unit: 'bytes',
      beyond: 'Further lines are dropped and counted.',
      enforcedIn: 'sinks/json-lines.ts',
    },
    {
      name: 'Unlabelled samples sent to a new client',
      value: webSocketLimits.samplesSent,
      unit: 'samples',
      beyond: 'Older ones are left out.',
      enforcedIn: 'sinks/websocket/websocket.ts',
    },
    {
      name: 'Bytes of unlabelled samples sent to a new client',
      value: webSocketLimits.sampleBytesSent,
      unit: 'bytes',
      beyond: 'Older ones are left out.',
      enforcedIn: 'sinks/websocket/websocket.ts',
    },
    {
      name: 'Model events sent to a new client',
      value: webSocketLimits.modelEventsSent,
      unit: 'messages',
      beyond: 'Older ones are left out.',
      enforcedIn: 'sinks/websocket/websocket.ts',
    },
    {
      name: 'Silence of a WebSocket client after a ping',
      value: webSocketDefaults.heartbeatMs,
      unit: 'ms',
      beyond: 'The connection is ended.',
      enforcedIn: 'sinks/websocket/websocket.ts',
    },
    {
      name: 'Longest wait before the NATS broker is tried again',
      value: natsDefaults.backoffMs.max,
      unit: 'ms',
      beyond: 'Attempts continue at this interval.',
      enforcedIn: 'sinks/nats.ts',
    },
  ],
  Files: [
    {
      name: 'Size of a configuration file',
      value: fileBytesMax,
      unit: 'bytes',
      beyond: 'Refused with `ConfigError` `unreadable`.',
      enforcedIn: 'pipeline/configuration/config-file.ts',
    },
  ],
};
