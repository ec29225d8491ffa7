import { randomBytes } from 'node:crypto';
import type { SuppressionDoc } from '../../src/store/consent/suppressions.ts';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import type { Gateway } from '../support/gateway.ts';
import { repliesTaken } from '../support/replies.ts';
import { type Field, type HttpAnswer, signedPost } from '../support/signed-post.ts';

export const INBOUND = '/webhooks/twilio/inbound';
export const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

/** The Twilio account of every gateway in the tests. */
export const ACCOUNT = `AC${'0'.repeat(32)}`;

export const newSid = (): string => `SM${randomBytes(16).toString('hex')}`;

let serial = 0;

/** A phone number that no other test has used. */
export function newPerson(): string {
  serial += 1;
  return `+1555124${String(serial).padStart(4, '0')}`;
}

/**
 * All fields that the carrier posts for one inbound text. `more` replaces fields of the same name, adds others, and
 * leaves out those that are null. A MessageSid is replaced or left out under all three of its names.
 */
export function textFields(from: string, body: string, more: Record<string, string | null> = {}): Field[] {
  const { MessageSid = newSid(), ...others } = more;
  const fields = {
    ...{ MessageSid, SmsMessageSid: MessageSid, SmsSid: MessageSid, AccountSid: ACCOUNT },
    ...{ From: from, To: '28555', Body: body, NumMedia: '0', NumSegments: '1' },
    ...{ ApiVersion: '2010-04-01', SmsStatus: 'received', FromCity: 'SEATTLE', FromCountry: 'US' },
    ...others,
  };
  return Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
}

export function postText(gateway: Gateway, fields: readonly Field[]): Promise<HttpAnswer> {
  return signedPost(gateway.config.twilio.authToken, gateway.url + INBOUND, fields);
}

/** The webhook's answer to a signed text, and the replies that the carrier accepted, in order. */
export type AnswerWithReplies = HttpAnswer & { replies: string[] };

/** Posts a text with a MessageSid. Resolves once every reply planned for the text has left or ended. */
export async function postAndWait(gateway: Gateway, fields: readonly Field[]): Promise<AnswerWithReplies> {
  const answered = await postText(gateway, fields);
  const [, sid = ''] = fields.find(([name]) => name === 'MessageSid') ?? [];
  return { ...answered, replies: await repliesTaken(gateway, String(sid)) };
}

export const indexOf = ({ config }: Gateway, number: string): string =>
  blindIndex(config.blindIndexKeys, number);

/** The suppression of everything for this number, or null. */
export async function optOutOf(gateway: Gateway, number: string): Promise<SuppressionDoc | null> {
  const row = { index: indexOf(gateway, number), scope: 'all' as const, kind: 'opt-out' as const };
  return gateway.store.suppressions.findOne(row);
}

/** The number of entries in this number's ledger that withdraw everything. */
export async function withdrawals(gateway: Gateway, number: string): Promise<number> {
  const contact = await gateway.store.contacts.findOne({ index: indexOf(gateway, number) });
  if (contact === null) return 0;
  return gateway.store.consentEvents.countDocuments({
    contact: contact._id,
    kind: 'withdrawn',
    scope: 'all',
  });
}
