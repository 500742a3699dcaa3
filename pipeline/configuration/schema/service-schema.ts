import { z } from 'zod';
import { messageOf } from '../../../operators/foundation/errors/message-of.ts';
import { basePathPattern } from '../../../sinks/http/base-path.ts';
import { proxyProblem } from '../../../sinks/http/client-address.ts';
import { httpDefaults } from '../../../sinks/http/http-server.ts';
import { isFrameAncestor } from '../../../sinks/http/security-headers.ts';
import { credentialsOf, parseNatsAddress } from '../../../sinks/nats-address.ts';
import { natsDefaults } from '../../../sinks/nats.ts';
import { scopes } from '../../../sinks/principal.ts';
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

const tokenText = z.string().min(8).max(256);

/** An entry of `dashboard.tokens`. */
const tokenSchema = z
  .strictObject({
    name: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9 _.@-]{0,62}$/,
        'expected a name of 1 to 63 letters, digits, spaces and "-", "_", ".", "@"',
      )
      .describe('Who holds the token; stored with the labels that are given with it.'),
    token: tokenText.optional().describe('The secret itself.'),
    tokenFile: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe('File that holds the secret, as container platforms provide it.'),
    tokenEnv: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected the name of an environment variable')
      .optional()
      .describe('Environment variable that holds the secret.'),
    scope: z
      .enum(scopes)
      .describe(
        'What the token allows, each with the ones before it: `view` events and pages, `label` samples, `manage` classes, heads and cameras.',
      ),
  })
  .refine(
    ({ token, tokenFile, tokenEnv }) =>
      [token, tokenFile, tokenEnv].filter((each) => each !== undefined).length === 1,
    { error: 'expected exactly one of token, tokenFile, tokenEnv' },
  );

/** The `dashboard` section. */
export const dashboardSchema = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Serves the dashboard, the WebSocket, `/metrics`, `/healthz` and `/readyz`.'),
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
  token: tokenText
    .nullable()
    .default(null)
    .describe(
      'Secret that allows everything; with neither it nor `tokens`, every client may do everything. At 24 characters or more, the wrong guesses of others never delay its holder.',
    ),
  tokens: z
    .array(tokenSchema)
    .max(64)
    .default([])
    .superRefine((tokens, context) => {
      const names = tokens.map(({ name }) => name);
      const twice = names.find((name, index) => names.indexOf(name) !== index);
      if (twice === undefined) return;
      const message = `expected a different name for each token, got ${twice} twice`;
      context.addIssue({ code: 'custom', message });
    })
    .describe('Further secrets, each with the name of its holder and what it allows.'),
  basePath: z
    .string()
    .max(256)
    .default('')
    .refine((path) => basePathPattern.test(path), {
      error: 'expected a path such as /lifelens, of letters, digits and - . _ ~',
    })
    .describe(
      'Path prefix under which a proxy shows the dashboard, whether it strips the prefix or not. Needed only where the proxy does not strip it.',
    ),
  frameAncestors: z
    .array(z.string().max(255))
    .max(16)
    .default([])
    .refine((list) => list.every(isFrameAncestor), {
      error: "expected origins such as https://home.example:8123, or 'self'",
    })
    .describe(
      "Pages that may show the dashboard in a frame: `https://name:port`, or `'self'` for those of the same origin.",
    ),
  trustedProxies: z
    .array(z.string().max(64))
    .max(64)
    .default([])
    .refine((list) => list.every((entry) => proxyProblem(entry) === null), {
      error: 'expected IP addresses or networks such as 10.0.0.0/8',
    })
    .describe(
      'Proxies whose `X-Forwarded-For` names the client, so that limits apply to each client rather than to the proxy.',
    ),
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
    .superRefine((servers, context) => {
      const problem = serversProblem(servers);
      // A refinement's message is shown without the value, which may hold a password.
      if (problem !== null) context.addIssue({ code: 'custom', ...problem });
    })
    .describe(
      'Broker addresses, tried in order: `host:port`, `nats://…` or `tls://…` (encrypted), with `user:password@` or `token@` where needed.',
    ),
  instance: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'expected 1 to 64 letters, digits, "-" and "_"')
    .default(natsDefaults.instance)
    .describe('Name of this instance in the subjects, `lifelens.<instance>.…`.'),
  scope: z
    .enum(scopes)
    .default(natsDefaults.scope)
    .describe(
      'What commands over NATS may do, as for `dashboard.tokens`. The broker decides who may send any: its clients share one connection to lifelens.',
    ),
  user: optionalText('User name, instead of one in the address.'),
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

function serversProblem(
  servers: readonly string[],
): { readonly message: string; readonly path: PropertyKey[] } | null {
  const path: PropertyKey[] = [];
  try {
    const addresses = servers.map((server, index) => {
      path[0] = index;
      return parseNatsAddress(server);
    });
    path.length = 0;
    credentialsOf(addresses);
    return null;
  } catch (error) {
    return { message: messageOf(error), path };
  }
}

/** The `log` section. */
export const logSchema = z.strictObject({
  level: z.enum(logLevels).default('info').describe('Least severe level that is logged.'),
  format: z
    .enum(['auto', 'pretty', 'json'])
    .default('auto')
    .describe('`auto`: pretty on a terminal, JSON lines elsewhere.'),
});
