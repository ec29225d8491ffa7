import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import type { SharedKey } from '../../src/simulator/options.ts';

/** A field of a form: a text, or raw bytes. Names may come twice. */
export type Field = readonly [name: string, value: string | Buffer];

/** An HTTP answer as it came over the wire. */
export type HttpAnswer = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
};

/** Percent-encodes every byte that is no ASCII letter, digit or unreserved sign. */
export function encodeForm(fields: readonly Field[]): string {
  const encode = (text: string | Buffer): string =>
    [...Buffer.from(text as string)]
      .map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`))
      .join('');
  return fields.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
}

const isPlain = (byte: number): boolean => /[A-Za-z0-9._~-]/.test(String.fromCharCode(byte));

/**
 * The X-Twilio-Signature over the bytes of the fields: SHA-1 under an auth token, SHA-256 under a shared key. A name
 * that comes twice is signed once for each different value, with the values in order. Written without the library
 * that checks signatures, so that a fault there is found. Source: Twilio Docs, "Webhooks security".
 */
export function sign(
  secret: string,
  url: string,
  fields: readonly Field[],
  hash: 'sha1' | 'sha256' = 'sha1',
): string {
  const unique = new Map(
    fields.map(([name, value]) => [
      `${name} ${Buffer.from(value as string).toString('hex')}`,
      [name, value] as const,
    ]),
  );
  const sorted = [...unique.values()].sort(
    (a, b) =>
      Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0])) || Buffer.compare(bytes(a[1]), bytes(b[1])),
  );
  const hmac = createHmac(hash, secret).update(url);
  for (const [name, value] of sorted) hmac.update(name).update(bytes(value));
  return hmac.digest('base64');
}

const bytes = (value: string | Buffer): Buffer => Buffer.from(value as string);

/** Posts a form with exactly these headers: no HTTP client adds its own. */
export function post(
  url: string,
  body: string,
  headers: Record<string, string> = {},
  path?: string,
): Promise<HttpAnswer> {
  const target = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: target.hostname,
        port: target.port,
        path: path ?? target.pathname + target.search,
        method: 'POST',
        agent: false,
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          'Content-Length': Buffer.byteLength(body),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Posts fields with a signature under an auth token. */
export function signedPost(token: string, url: string, fields: readonly Field[]): Promise<HttpAnswer> {
  return post(url, encodeForm(fields), { 'X-Twilio-Signature': sign(token, url, fields) });
}

/** Posts fields with a signature under a shared key, which the carrier names in a header of its own. */
export function sharedKeyPost(key: SharedKey, url: string, fields: readonly Field[]): Promise<HttpAnswer> {
  return post(url, encodeForm(fields), {
    'X-Twilio-Signature': sign(key.secret, url, fields, 'sha256'),
    'X-Twilio-Webhooks-Signature-Settings': `key=${key.id},algorithm=HMAC_SHA256`,
  });
}
