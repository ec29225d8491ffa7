import { createHmac } from 'node:crypto';
import type { Carrier } from '../carrier.ts';

type PostedForm = Readonly<Record<string, string>>;

/** The headers that sign a form post: under the account's auth token, or under the shared key that is in force. */
export function signatureHeaders(
  { options, signingKey }: Pick<Carrier, 'options' | 'signingKey'>,
  url: string,
  form: PostedForm,
): Record<string, string> {
  if (signingKey === null) return { 'X-Twilio-Signature': signForm(options.authToken, url, form) };
  return {
    'X-Twilio-Signature': signForm(signingKey.secret, url, form, 'sha256'),
    'X-Twilio-Webhooks-Signature-Settings': `key=${signingKey.id},algorithm=HMAC_SHA256`,
  };
}

/**
 * The value of X-Twilio-Signature for a form post: base64 HMAC, SHA-1 under an auth token and SHA-256 under a shared key, of
 * the full URL as called followed by each name and value in the order of the names.
 * Sources: https://www.twilio.com/docs/usage/webhooks/webhooks-security and …/webhooks/webhook-shared-keys
 */
export function signForm(
  secret: string,
  url: string,
  form: PostedForm,
  hash: 'sha1' | 'sha256' = 'sha1',
): string {
  const signed = Object.keys(form)
    .sort()
    .reduce((text, name) => text + name + form[name], url);
  return createHmac(hash, secret).update(signed, 'utf8').digest('base64');
}
