import { createHmac } from 'node:crypto';

/**
 * The value of X-Twilio-Signature for a form post: base64 HMAC-SHA1, under the account's auth token, of the
 * full URL as called followed by each name and value in the order of the names.
 * Source: https://www.twilio.com/docs/usage/webhooks/webhooks-security
 */
export function signForm(authToken: string, url: string, form: Readonly<Record<string, string>>): string {
  const signed = Object.keys(form)
    .sort()
    .reduce((text, name) => text + name + form[name], url);
  return createHmac('sha1', authToken).update(signed, 'utf8').digest('base64');
}
