import { createHmac, timingSafeEqual } from 'node:crypto';
import twilio from 'twilio';
import { type Form, parseForm, parseFormBytes } from './form.ts';

/**
 * True where one of the live tokens signed this request to our configured address. What `Host` or a
 * forwarding header claims plays no part.
 * Source: Twilio Docs, "Webhooks security".
 */
export function isSigned(
  request: { signature: string | undefined; body: Buffer; path: string },
  trusted: { publicUrl: string; tokens: readonly string[] },
): boolean {
  const { signature, body } = request;
  if (signature === undefined || signature === '') return false;
  const url = trusted.publicUrl + request.path;
  // A request line may hold a whole address; nothing we published leads there.
  if (!request.path.startsWith('/')) return false;
  const form = parseForm(body);
  if (trusted.tokens.some((token) => twilio.validateRequest(token, signature, url, form))) return true;
  if (!hasLostBytes(form)) return false;
  const bytes = parseFormBytes(body);
  return trusted.tokens.some((token) => isSignedBytes(token, signature, url, bytes));
}

/** U+FFFD stands where bytes were no UTF-8: the library would sign the replacement instead. */
function hasLostBytes(form: Form): boolean {
  return Object.entries(form).some(([name, value]) => `${name}${value}`.includes('\uFFFD'));
}

function isSignedBytes(token: string, signature: string, url: string, form: Form): boolean {
  const hmac = createHmac('sha1', token).update(url, 'utf8');
  for (const name of Object.keys(form).sort()) {
    const value = form[name];
    const values = Array.isArray(value) ? [...new Set(value)].sort() : [value ?? ''];
    for (const one of values) hmac.update(name, 'latin1').update(one, 'latin1');
  }
  const expected = Buffer.from(hmac.digest('base64'));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}
