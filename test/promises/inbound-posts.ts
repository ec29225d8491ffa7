import { randomBytes } from 'node:crypto';
import type { SuppressionDoc } from '../../src/store/consent/suppressions.ts';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import type { Gateway } from '../support/gateway.ts';
import { repliesTaken } from '../support/replies.ts';
import { type Field, type HttpAnswer, signedPost } from '../support/signed-post.ts';

export const INBOUND = '/webhooks/twilio/inbound';
export const EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>';

/** The account of every gateway of the tests. */
export const ACCOUNT = `AC${'0'.repeat(32)}`;

export const newSid = (): string => `SM${randomBytes(16).toString('hex')}`;

let serial = 0;

/** A number that no other test has used. */
export function newPerson(): string {
  serial += 1;
  return `+1555124${String(serial).padStart(4, '0')}`;
}

/**
 * The fields of one inbound text, all that the carrier posts; `more` replaces those of the same name and adds others. A
 * MessageSid that is replaced, or left out, is so under all its three names.
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

/** What a signed text was answered with, and the replies that the carrier took, in their order. */
export type AnswerWithReplies = HttpAnswer & { replies: string[] };

/** The same, but resolves once every reply planned for the text has left or ended. For texts that have a MessageSid. */
export async function postAndWait(gateway: Gateway, fields: readonly Field[]): Promise<AnswerWithReplies> {
  const answered = await postText(gateway, fields);
  const [, sid = ''] = fields.find(([name]) => name === 'MessageSid') ?? [];
  return { ...answered, replies: await repliesTaken(gateway, String(sid)) };
}

export const indexOf = ({ config }: Gateway, number: string): string =>
  blindIndex(config.blindIndexKeys, number);

/** The row that forbids everything to this number; null where none stands. */
export async function optOutOf(gateway: Gateway, number: string): Promise<SuppressionDoc | null> {
  const row = { index: indexOf(gateway, number), scope: 'all' as const, kind: 'opt-out' as const };
  return gateway.store.suppressions.findOne(row);
}

/** How often this number's ledger notes a withdrawal of everything. */
export async function withdrawals(gateway: Gateway, number: string): Promise<number> {
  const contact = await gateway.store.contacts.findOne({ index: indexOf(gateway, number) });
  if (contact === null) return 0;
  return gateway.store.consentEvents.countDocuments({
    contact: contact._id,
    kind: 'withdrawn',
    scope: 'all',
  });
}
