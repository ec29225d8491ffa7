import { createHmac, timingSafeEqual } from 'node:crypto';
import twilio from 'twilio';
import { type Form, parseFormBytes } from '../src/sending/twilio/webhook-forms.ts';

/** One request as it came: its form as `parseForm` reads the body, its address below our own. */
type SignedRequest = {
  signature: string;
  /** The header that Twilio adds where a shared key signed; "" where it did not come. */
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

/** False for what no signature is, 20 or 32 bytes in base64: an unsigned form is then not even parsed. */
export const looksSigned = (signature: string): boolean =>
  /^(?:[A-Za-z0-9+/]{27}|[A-Za-z0-9+/]{43})=$/.test(signature);

/**
 * Says whose secret signed this request to our configured address; null where none of the live ones did. What `Host` or a
 * forwarding header claims plays no part. A request that names its signature settings was signed with the shared key that
 * they name, any other with an auth token; no secret counts in the place of the other kind.
 * Sources: Twilio Docs, "Webhooks security" and "Sign webhooks with shared keys"; the request validators of twilio-node
 * 6.3.1 and twilio-python 9.13.0.
 */
export function signerOf(
  request: SignedRequest,
  { publicUrl, account }: { publicUrl: string; account: SigningAccount },
): SignedBy | null {
  // A request line may hold a whole address; nothing we published leads there.
  if (request.signature === '' || !request.path.startsWith('/')) return null;
  const secrets = request.settings === '' ? tokensOf(account) : sharedKeyOf(account, request.settings);
  if (!isSigned(request, publicUrl + request.path, secrets)) return null;
  return { accountSid: account.accountSid, scheme: request.settings === '' ? 'auth token' : 'shared key' };
}

const tokensOf = ({ signingTokens }: SigningAccount): Secret[] =>
  signingTokens.map((secret) => ({ algorithm: 'HMAC_SHA1', secret }));

/** The key that the settings name, `key=<id>,algorithm=<name>`; none where we do not hold that key. */
function sharedKeyOf({ sharedKeys }: SigningAccount, settings: string): Secret[] {
  const { key = '', algorithm = 'HMAC_SHA1' } = readSettings(settings);
  const secret = sharedKeys.get(key);
  const known = algorithm.toUpperCase();
  return secret === undefined || !isAlgorithm(known) ? [] : [{ algorithm: known, secret }];
}

const isAlgorithm = (name: string): name is Algorithm => Object.hasOwn(HASHES, name);

/** Names and values, the first of a name, as the libraries of the carrier read them; a part without a value counts as absent. */
function readSettings(settings: string): { key?: string; algorithm?: string } {
  const parts = settings.split(',').map((part) => /^\s*(key|algorithm)\s*=\s*(\S+)\s*$/.exec(part));
  return Object.fromEntries(parts.reverse().flatMap((part) => (part === null ? [] : [[part[1], part[2]]])));
}

function isSigned(request: SignedRequest, url: string, secrets: readonly Secret[]): boolean {
  const { signature, form, body } = request;
  // The address exactly as published comes first: the library tries it with and without a port, and dearer.
  if (secrets.some((secret) => matches(signature, secret, url, form, 'utf8'))) return true;
  const { validateRequest } = twilio;
  if (secrets.some(({ algorithm, secret }) => validateRequest(secret, signature, url, form, algorithm)))
    return true;
  if (!hasLostBytes(form)) return false;
  const bytes = parseFormBytes(body);
  return secrets.some((secret) => matches(signature, secret, url, bytes, 'latin1'));
}

/** U+FFFD stands where bytes were no UTF-8: the library would sign the replacement instead. */
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
 * The HMAC in base64 over the address, then every name with its value, names sorted; of a name that came twice its
 * different values, sorted. A shared key changes the hash alone. `encoding`: how the form was read, one character per byte
 * or UTF-8.
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
    else for (const one of [...new Set(value)].sort()) fields += name + one;
  }
  return createHmac(HASHES[algorithm], secret).update(url, 'utf8').update(fields, encoding).digest('base64');
}
