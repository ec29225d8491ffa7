import { createHmac, timingSafeEqual } from 'node:crypto';
import twilio from 'twilio';
import { type Form, parseFormBytes } from '../src/sending/twilio/webhook-forms.ts';

/** One request as received. `form` is the body as `parseForm` reads it; `path` is the address below `publicUrl`. */
type SignedRequest = {
  signature: string;
  /** The settings header, which Twilio adds when a shared key signed the request; "" when the header is missing. */
  settings: string;
  form: Form;
  body: Buffer;
  path: string;
};

/** An account at Twilio, and the secrets with which Twilio signs what it posts for that account. */
export type SigningAccount = Readonly<{
  accountSid: string;
  /** Auth tokens: one, or two while one is being rotated. */
  signingTokens: readonly string[];
  /** Secrets of shared keys by the key's id: several while one is being rotated. */
  sharedKeys: ReadonlyMap<string, string>;
}>;

/** Which secret verified a request, and whose secret that is. */
export type SignedBy = { accountSid: string; scheme: 'auth token' | 'shared key' };

type Algorithm = 'HMAC_SHA1' | 'HMAC_SHA256';
type Secret = { algorithm: Algorithm; secret: string };

const HASHES = { HMAC_SHA1: 'sha1', HMAC_SHA256: 'sha256' } as const;

/**
 * False for a string that cannot be a signature (20 or 32 bytes in base64), so that an unsigned form is not even
 * parsed.
 */
export const looksSigned = (signature: string): boolean =>
  /^(?:[A-Za-z0-9+/]{27}|[A-Za-z0-9+/]{43})=$/.test(signature);

/**
 * Returns the secret that signed this request to our configured address, or null when no current secret did. `Host`
 * and forwarding headers are ignored. A request with a settings header must be signed with the shared key that the
 * header names; any other request must be signed with an auth token. Neither kind of secret replaces the other.
 * Sources: Twilio Docs, "Webhooks security" and "Sign webhooks with shared keys"; the request validators of
 * twilio-node 6.3.1 and twilio-python 9.13.0.
 */
export function signerOf(
  request: SignedRequest,
  { publicUrl, account }: { publicUrl: string; account: SigningAccount },
): SignedBy | null {
  // A request line may hold an absolute URL. No address that we publish is called that way.
  if (request.signature === '' || !request.path.startsWith('/')) return null;
  const secrets = request.settings === '' ? tokensOf(account) : sharedKeyOf(account, request.settings);
  if (!isSigned(request, publicUrl + request.path, secrets)) return null;
  return { accountSid: account.accountSid, scheme: request.settings === '' ? 'auth token' : 'shared key' };
}

const tokensOf = ({ signingTokens }: SigningAccount): Secret[] =>
  signingTokens.map((secret) => ({ algorithm: 'HMAC_SHA1', secret }));

/** The key that the settings header names (`key=<id>,algorithm=<name>`); empty when we do not hold that key. */
function sharedKeyOf({ sharedKeys }: SigningAccount, settings: string): Secret[] {
  const { key = '', algorithm = 'HMAC_SHA1' } = readSettings(settings);
  const secret = sharedKeys.get(key);
  const known = algorithm.toUpperCase();
  return secret === undefined || !isAlgorithm(known) ? [] : [{ algorithm: known, secret }];
}

const isAlgorithm = (name: string): name is Algorithm => Object.hasOwn(HASHES, name);

/**
 * Parses the settings header as Twilio's libraries do: the first of a repeated name counts, and a name without a
 * value is absent.
 */
function readSettings(settings: string): { key?: string; algorithm?: string } {
  const parts = settings.split(',').map((part) => /^\s*(key|algorithm)\s*=\s*(\S+)\s*$/.exec(part));
  return Object.fromEntries(parts.reverse().flatMap((part) => (part === null ? [] : [[part[1], part[2]]])));
}

function isSigned(request: SignedRequest, url: string, secrets: readonly Secret[]): boolean {
  const { signature, form, body } = request;
  // Tries the published address first: Twilio's library tries it with and without a port, which costs more.
  if (secrets.some((secret) => matches(signature, secret, url, form, 'utf8'))) return true;
  const { validateRequest } = twilio;
  if (secrets.some(({ algorithm, secret }) => validateRequest(secret, signature, url, form, algorithm)))
    return true;
  if (!hasLostBytes(form)) return false;
  const bytes = parseFormBytes(body);
  return secrets.some((secret) => matches(signature, secret, url, bytes, 'latin1'));
}

/**
 * U+FFFD means that bytes were no valid UTF-8. Twilio's library would compute the signature over the replacement
 * character.
 */
function hasLostBytes(form: Form): boolean {
  return Object.entries(form).some(([name, value]) => `${name}${value}`.includes('\uFFFD'));
}

function matches(signature: string, secret: Secret, url: string, form: Form, encoding: Encoding): boolean {
  const expected = Buffer.from(signatureOf(secret, url, form, encoding));
  const given = Buffer.from(signature);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

type Encoding = 'utf8' | 'latin1';

/**
 * Computes the signature: the HMAC in base64 over the address followed by every name and value, sorted by name. The
 * different values of a repeated name are sorted. A shared key changes only the hash function. `encoding` says how
 * the form was read: UTF-8, or one character per byte.
 * Source: Twilio Docs, "Webhooks security".
 */
export function signatureOf(
  { algorithm, secret }: Secret,
  url: string,
  form: Form,
  encoding: Encoding = 'utf8',
): string {
  let fields = '';
  for (const name of Object.keys(form).sort()) {
    const value = form[name];
    if (!Array.isArray(value)) fields += name + (value ?? '');
    else for (const text of [...new Set(value)].sort()) fields += name + text;
  }
  return createHmac(HASHES[algorithm], secret).update(url, 'utf8').update(fields, encoding).digest('base64');
}
