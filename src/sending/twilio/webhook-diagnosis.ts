import { type Diagnosis, good, stop, wait } from '../../domain/examination.ts';
import type { ProbeEcho, ProbeResult, SentProbe } from './webhook-probe.ts';

/** The carrier gives all tries of a webhook 15 s together, and a text may take 8 s in our database. */
const SLOW_MS = 3000;

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/;

type Configuration = { nginx: string; caddy: string };

const lines = ({ nginx, caddy }: Configuration): string => `nginx: ${nginx}\nCaddy: ${caddy}`;

const withExample = (diagnosis: Diagnosis, configuration: Configuration): Diagnosis => ({
  ...diagnosis,
  example: lines(configuration),
});

/** Says what a probe through PUBLIC_URL found, which part of a proxy breaks it, and the line to change. */
export function diagnoseProbe(result: ProbeResult): Diagnosis {
  switch (result.kind) {
    case 'slow':
      return withExample(
        stop(
          `PUBLIC_URL gave no answer within ${Math.round(result.ms / 1000)} s. The carrier gives up after 15 s, and the text is lost.`,
          'Look for a proxy that holds requests back or cannot reach the gateway. If the gateway is behind a firewall that does not let this machine call its own address, test from outside.',
        ),
        {
          nginx: 'proxy_connect_timeout 2s; proxy_request_buffering off;',
          caddy: 'transport http { dial_timeout 2s }',
        },
      );
    case 'unreachable':
      return diagnoseConnection(result.code, result.sent);
    case 'answer':
      return diagnoseStranger(result, result.sent);
    case 'echo':
      return diagnoseEcho(result.echo, result.sent, result.ms);
  }
}

const CERTIFICATES: Readonly<Record<string, readonly [found: string, repair: string]>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'The certificate of PUBLIC_URL is self-signed, and the carrier refuses it.',
    'Use a certificate of a public authority, such as Let’s Encrypt.',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: [
    'The certificate of PUBLIC_URL comes from a private authority, and the carrier refuses it.',
    'Use a certificate of a public authority, such as Let’s Encrypt.',
  ],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'The certificate of PUBLIC_URL comes without the one that signed it, and the carrier refuses it.',
    'Serve the whole chain: fullchain.pem, not cert.pem.',
  ],
  CERT_HAS_EXPIRED: ['The certificate of PUBLIC_URL has expired.', 'Renew it, and reload the proxy.'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'The certificate of PUBLIC_URL is for another host.',
    'Get a certificate for the host of PUBLIC_URL.',
  ],
};

const CERTIFICATE_LINES: Configuration = {
  nginx: 'ssl_certificate /etc/letsencrypt/live/HOST/fullchain.pem;',
  caddy:
    'HOST { reverse_proxy 127.0.0.1:3000 }   (Caddy gets a public certificate by itself; no "tls internal")',
};

function diagnoseConnection(code: string, { host }: SentProbe): Diagnosis {
  const certificate = CERTIFICATES[code];
  if (certificate !== undefined) return withExample(stop(...certificate), CERTIFICATE_LINES);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return stop(
      `No address is known for the host ${host}.`,
      'Correct PUBLIC_URL, or the entry of the host in DNS.',
    );
  if (code === 'ECONNREFUSED')
    return stop(
      `Nothing accepts connections at ${host}.`,
      'Start the proxy there, open its port, or correct PUBLIC_URL.',
    );
  if (code === 'EPROTO' || code.startsWith('ERR_SSL'))
    return stop(`${host} does not speak TLS as PUBLIC_URL says.`, 'Correct http or https in PUBLIC_URL.');
  return stop(`The connection to ${host} broke (${code}).`, 'Look at the log of the proxy at this time.');
}

function diagnoseRedirect(
  status: number,
  location: string,
  { protocol, host }: Pick<SentProbe, 'host' | 'protocol'>,
): Diagnosis {
  if (protocol === 'http:' && location.startsWith('https://'))
    return withExample(
      stop(
        `PUBLIC_URL begins with http, and ${host} redirects to https (${status}). A redirected text loses its form and its signature.`,
        'Set PUBLIC_URL to the https address, start again, and set the webhooks at the carrier to it.',
      ),
      { nginx: 'PUBLIC_URL=https://HOST in the environment; nothing to change', caddy: 'the same' },
    );
  return stop(
    `${host} redirects to ${location} (${status}). A redirected text loses its form and its signature.`,
    'Set PUBLIC_URL to the address that answers without a redirect.',
  );
}

type Stranger = { status: number; location: string | null };

function diagnoseStranger({ status, location }: Stranger, { protocol, host, prefix }: SentProbe): Diagnosis {
  if (location !== null && status >= 300 && status < 400)
    return diagnoseRedirect(status, location, { protocol, host });
  if (status === 401 || status === 403)
    return withExample(
      stop(
        `${host} answered ${status} before the gateway read the request: a sign-in or a firewall is in the way, or the headers of the carrier are dropped.`,
        'Leave /webhooks/twilio/ open to everybody, with all its headers: the gateway checks the signatures itself.',
      ),
      {
        nginx: `location ${prefix}/webhooks/twilio/ { auth_basic off; }`,
        caddy: '@open path /webhooks/twilio/*',
      },
    );
  if (status >= 502 && status <= 504)
    return withExample(
      stop(
        `The proxy at ${host} does not reach the gateway (${status}).`,
        'Give it the address and PORT of the gateway.',
      ),
      { nginx: 'proxy_pass http://127.0.0.1:3000;', caddy: 'reverse_proxy 127.0.0.1:3000' },
    );
  return withExample(
    stop(
      `${host} answered ${status}, and not from this gateway or not at this path.`,
      'Pass /webhooks/twilio/ on to the gateway, path and query unchanged; web and worker need the same TWILIO_AUTH_TOKEN.',
    ),
    prefixLines(prefix),
  );
}

const prefixLines = (prefix: string): Configuration =>
  prefix === ''
    ? { nginx: 'location / { proxy_pass http://127.0.0.1:3000; }', caddy: 'reverse_proxy 127.0.0.1:3000' }
    : {
        nginx: `location ${prefix}/ { proxy_pass http://127.0.0.1:3000/; }`,
        caddy: `handle_path ${prefix}/* { reverse_proxy 127.0.0.1:3000 }`,
      };

function diagnoseEcho(echo: ProbeEcho, sent: SentProbe, ms: number): Diagnosis {
  if (echo.signature === 'missing')
    return withExample(
      stop(
        'The proxy drops the header X-Twilio-Signature, so that every text is refused as forged.',
        'Pass all headers of the carrier on.',
      ),
      {
        nginx: 'proxy_set_header X-Twilio-Signature $http_x_twilio_signature;',
        caddy: 'remove "header_up -X-Twilio-Signature"',
      },
    );
  if (echo.path !== sent.path) return diagnosePath(echo.path, sent);
  if (echo.signature === 'wrong') return diagnoseBody(echo, sent);
  return diagnoseSound(sent, ms);
}

function diagnosePath(received: string, { path, prefix }: SentProbe): Diagnosis {
  const [wanted = ''] = path.split('?');
  const [way = '', query] = received.split(/\?(.*)/s, 2);
  if (prefix !== '' && received === prefix + path)
    return withExample(
      stop(
        `The proxy leaves ${prefix} before the path, and the gateway knows its addresses without it.`,
        `Take ${prefix} off in the proxy.`,
      ),
      prefixLines(prefix),
    );
  if (way === wanted && query === undefined)
    return withExample(
      stop(
        'The proxy strips the query from the address, so that delivery reports lose their message and every signature is wrong.',
        'Pass the address on as it came.',
      ),
      { nginx: 'proxy_pass http://127.0.0.1:3000$request_uri;', caddy: 'remove "rewrite" or "uri" lines' },
    );
  if (way === wanted)
    return withExample(
      stop(
        'The proxy changes the query of the address, so that signatures are wrong.',
        'Pass the query on as it came.',
      ),
      {
        nginx: 'proxy_pass http://127.0.0.1:3000;   (no "$args", no "rewrite")',
        caddy: 'remove "uri query" lines',
      },
    );
  return withExample(
    stop(
      `The proxy rewrites the path: the gateway received ${way} in the place of ${wanted}.`,
      'Pass the path below PUBLIC_URL on as it came.',
    ),
    prefixLines(prefix),
  );
}

function diagnoseBody(echo: ProbeEcho, sent: SentProbe): Diagnosis {
  if (echo.bodyHash !== sent.bodyHash) {
    const charset = echo.contentType === sent.contentType ? '' : ' and its content type';
    return withExample(
      stop(
        `The proxy changes the body of the request${charset}, so that texts with accents or signs are refused as forged.`,
        'Switch off whatever rewrites bodies: a firewall’s normalisation, a charset filter, a script.',
      ),
      {
        nginx: 'charset off; modsecurity off;   (at this location)',
        caddy: 'remove "request_body" and "replace" lines',
      },
    );
  }
  return stop(
    'The address and the body arrive unchanged, and the signature is still wrong.',
    'Give every web process and worker the same PUBLIC_URL and TWILIO_AUTH_TOKEN.',
  );
}

/** Signed right. What remains slows texts down, or shows them to others. */
function diagnoseSound(sent: SentProbe, ms: number): Diagnosis {
  const isLocal = LOOPBACK.test(sent.host);
  if (ms > SLOW_MS)
    return wait(
      `A signed request arrived unchanged, and took ${(ms / 1000).toFixed(1)} s. The carrier waits 15 s for all its tries.`,
      'Look for what holds requests back between the internet and the gateway.',
    );
  if (sent.protocol === 'http:' && !isLocal)
    return wait(
      'A signed request arrived unchanged. PUBLIC_URL begins with http: everybody on the way can read the texts.',
      'Serve https, and set PUBLIC_URL to it.',
    );
  return good(`A signed request arrived unchanged through ${sent.host}, in ${ms} ms.`);
}
