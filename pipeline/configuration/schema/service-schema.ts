import { z } from 'zod';
import { httpDefaults } from '../../../sinks/http/http-server.ts';
import { natsDefaults } from '../../../sinks/nats.ts';
import { webSocketDefaults } from '../../../sinks/websocket/websocket-limits.ts';

/** Levels of the log, quietest first. */
export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

/** Highest TCP port. */
export const portMax = 65_535;

const hostNames = (description: string) =>
  z.array(z.string().min(1).max(255)).max(64).default([]).describe(description);

const optionalText = (description: string) =>
  z.string().min(1).max(4096).nullable().default(null).describe(description);

/** The `state` section. */
export const stateSchema = z.strictObject({
  dir: optionalText(
    'Folder for heads, samples and learner state, restored at the next start; null: nothing is stored. Relative to the working directory.',
  ),
});

/** The `dashboard` section. */
export const dashboardSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Serves the dashboard, the WebSocket, `/metrics` and `/healthz`.'),
  host: z
    .string()
    .min(1)
    .max(255)
    .default(httpDefaults.host)
    .describe('Address to listen on. Set a token before listening beyond loopback.'),
  port: z
    .int()
    .min(0)
    .max(portMax)
    .default(httpDefaults.port)
    .describe('Port; 0 selects any free one.'),
  token: z
    .string()
    .min(8)
    .max(256)
    .nullable()
    .default(null)
    .describe('Secret that clients must present; null: none is required.'),
  allowedHosts: hostNames('Host names under which a proxy or a DNS entry reaches this server.'),
  allowedOrigins: hostNames('Origins of other pages that may connect, `https://name:port`.'),
  clientsMax: z
    .int()
    .min(1)
    .max(1024)
    .default(webSocketDefaults.clientsMax)
    .describe('Maximum number of connected clients; further ones are refused.'),
  pictureFps: z
    .number()
    .min(0.1)
    .max(60)
    .default(10)
    .describe(
      'Maximum picture rate per camera, in pictures per second; pictures are encoded only while a client watches.',
    ),
});

/** The `nats` section. */
export const natsSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Publishes events to a NATS broker and accepts commands from it.'),
  servers: z
    .array(z.string().min(1).max(1024))
    .min(1)
    .max(16)
    .default(['nats://127.0.0.1:4222'])
    .describe('Broker addresses, tried in order.'),
  instance: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, "-" and "_"')
    .default(natsDefaults.instance)
    .describe('Name of this instance in the subjects, `lifelens.<instance>.…`.'),
  user: optionalText('User name.'),
  password: optionalText('Password; best read from the environment, `${NATS_PASSWORD}`.'),
  token: optionalText('Token, instead of user and password.'),
  credsFile: optionalText('A `.creds` file with JWT and seed, instead of user and password.'),
  tls: z
    .strictObject({
      enabled: z.boolean().default(false).describe('Encrypts the connection.'),
      caFile: optionalText('Certificate authority to trust; null: those of the system.'),
      certFile: optionalText('Client certificate.'),
      keyFile: optionalText('Private key of the client certificate.'),
    })
    .prefault({})
    .describe('Encryption.'),
  thumbnails: z
    .boolean()
    .default(false)
    .describe('Includes thumbnails in published samples; otherwise no picture leaves the machine.'),
});

/** The `log` section. */
export const logSchema = z.strictObject({
  level: z.enum(logLevels).default('info').describe('Least severe level that is logged.'),
  format: z
    .enum(['auto', 'pretty', 'json'])
    .default('auto')
    .describe('`auto`: pretty on a terminal, JSON lines elsewhere.'),
});
