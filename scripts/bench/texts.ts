import { randomBytes } from 'node:crypto';
import { signForm } from '../../src/simulator/signature.ts';

export type Kind = 'join' | 'yes' | 'code' | 'stop';

/** What one person texts, in order. Each text changes consent, writes the ledger and is answered. */
const CONVERSATION: readonly (readonly [Kind, string])[] = [
  ['join', 'JOIN'],
  ['yes', 'YES'],
  ['code', '2'],
  ['code', '3'],
];

/** People whose conversations interleave: the same person's next text comes so many texts later. */
export const PEOPLE_AT_ONCE = 512;

export type Address = { host: string; path: string; publicUrl: string; to: string; authToken: string };

/** One signed request, ready for the socket. */
export type Ready = { kind: Kind; bytes: Buffer };

/** How many of a hundred texts are a STOP, at most 20: so many people end with one. */
export function* conversations(stops: number): Generator<{ from: string; kind: Kind; body: string }> {
  const share = (CONVERSATION.length * stops) / (100 - stops);
  const stations = Array.from({ length: PEOPLE_AT_ONCE }, (_, at) => ({ person: at, next: 0, first: at }));
  let people = PEOPLE_AT_ONCE;
  let owed = 0;
  for (;;) {
    for (const station of stations) {
      const [kind, body] = CONVERSATION[station.next] ?? (['stop', 'STOP'] as const);
      yield { from: `+1555${String(station.person).padStart(7, '0')}`, kind, body };
      station.next += 1;
      // The first people leave at different points, so that later ones are spread over all of them.
      const leaves = station.first >= 0 && station.next > station.first % CONVERSATION.length;
      if (!leaves && station.next < CONVERSATION.length) continue;
      if (!leaves && kind !== 'stop') owed += share;
      if (!leaves && kind !== 'stop' && owed >= 1) {
        owed -= 1;
        continue;
      }
      Object.assign(station, { person: people, next: 0, first: -1 });
      people += 1;
    }
  }
}

/** The request as Twilio posts it: its twenty fields, signed. */
export function requestOf(text: { from: string; kind: Kind; body: string }, address: Address): Ready {
  const sid = `SM${randomBytes(16).toString('hex')}`;
  const form = {
    ToCountry: 'US',
    ToState: '',
    SmsMessageSid: sid,
    NumMedia: '0',
    ToCity: '',
    FromZip: '94107',
    SmsSid: sid,
    FromState: 'CA',
    SmsStatus: 'received',
    FromCity: 'SAN FRANCISCO',
    Body: text.body,
    FromCountry: 'US',
    To: address.to,
    ToZip: '',
    NumSegments: '1',
    ReferralNumMedia: '0',
    MessageSid: sid,
    AccountSid: `AC${'0'.repeat(32)}`,
    From: text.from,
    ApiVersion: '2010-04-01',
  };
  const body = new URLSearchParams(form).toString();
  const signature = signForm(address.authToken, address.publicUrl + address.path, form);
  const head = [
    `POST ${address.path} HTTP/1.1`,
    `Host: ${address.host}`,
    'User-Agent: TwilioProxy/1.1',
    'Accept: */*',
    `X-Twilio-Signature: ${signature}`,
    'Content-Type: application/x-www-form-urlencoded; charset=UTF-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return { kind: text.kind, bytes: Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`) };
}
