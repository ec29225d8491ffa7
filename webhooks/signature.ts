import { createHmac, timingSafeEqual } from 'node:crypto';
import twilio from 'twilio';
import { type Form, parseFormBytes } from './form.ts';

/** One request as it came: its form as `parseForm` reads the body, its address below our own. */
export type SignedRequest = { signature: string | undefined; form: Form; body: Buffer; path: string };

/** False for what no signature is, 20 bytes in base64: an unsigned form is then not even parsed. */
export const looksSigned = (signature: string): boolean => /^[A-Za-z0-9+/]{27}=$/.test(signature);

/**
 * True where one of the live tokens signed this request to our configured address. What `Host` or a
 * forwarding header claims plays no part.
 * Source: Twilio Docs, "Webhooks security".
 */
export function isSigned(
  { signature, form, body, path }: SignedRequest,
  trusted: { publicUrl: string; tokens: readonly string[] },
): boolean {
  // A request line may hold a whole address; nothing we published leads there.
  if (signature === undefined || signature === '' || !path.startsWith('/')) return false;
  const url = trusted.publicUrl + path;
  // The address exactly as published comes first: the library tries it with and without a port, and dearer.
  if (trusted.tokens.some((token) => matches(signature, token, url, form, 'utf8'))) return true;
  if (trusted.tokens.some((token) => twilio.validateRequest(token, signature, url, form))) return true;
  if (!hasLostBytes(form)) return false;
  const bytes = parseFormBytes(body);
  return trusted.tokens.some((token) => matches(signature, token, url, bytes, 'latin1'));
}

/** U+FFFD stands where bytes were no UTF-8: the library would sign the replacement instead. */
function hasLostBytes(form: Form): boolean {
  return Object.entries(form).some(([name, value]) => `${name}${value}`.includes('\uFFFD'));
}

function matches(signature: string, token: string, url: string, form: Form, encoding: Encoding): boolean {
  const expected = Buffer.from(signatureOf(token, url, form, encoding));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

type Encoding = 'utf8' | 'latin1';

/**
 * HMAC-SHA1 in base64 over the address, then every name with its value, names sorted; of a name that came twice its
 * different values, sorted. `encoding`: how the form was read, one character per byte or UTF-8.
 * Source: Twilio Docs, "Webhooks security".
 */
export function signatureOf(token: string, url: string, form: Form, encoding: Encoding = 'utf8'): string {
  let fields = '';
  for (const name of Object.keys(form).sort()) {
    const value = form[name];
    if (!Array.isArray(value)) fields += name + (value ?? '');
    else for (const one of [...new Set(value)].sort()) fields += name + one;
  }
  return createHmac('sha1', token).update(url, 'utf8').update(fields, encoding).digest('base64');
}
