import { randomBytes } from 'node:crypto';
import { signForm } from '../../../src/simulator/webhooks.ts';
import { numberOf } from '../people.ts';

export type TextKind = 'join' | 'yes' | 'code' | 'stop';
export type RequestKind = TextKind | 'receipt';

/**
 * The texts of each conversation, in order. Each text changes consent, writes the ledger and is answered. The JOIN comes from a
 * stranger. All other texts come from people who were asked before (`asked`), because a worker sends questions, and none runs
 * here.
 */
const CONVERSATION: readonly (readonly [TextKind, string])[] = [
  ['join', 'JOIN'],
  ['yes', 'YES'],
  ['code', '2'],
  ['code', '3'],
];

/** The number of the first stranger. */
const STRANGERS = 8_000_000;

/** The number of people who must have been asked beforehand, for a number of texts. */
export const askedFor = (texts: number, connections: number): number =>
  Math.ceil(texts / CONVERSATION.length) + peopleFor(connections);

/**
 * The number of people whose conversations interleave, for a number of connections. The next text of a person comes this many
 * texts later.
 */
export const peopleFor = (connections: number): number => Math.max(512, 2 * connections);

export type Address = {
  host: string;
  publicUrl: string;
  to: string;
  /** The account at the carrier. A form of any other account is uncertain. */
  account: string;
  authToken: string;
};

/**
 * A signed request, ready for the socket. Of the requests with the same `station` only one may be under way; null if that does
 * not matter.
 */
export type PreparedRequest = { kind: RequestKind; station: number | null; bytes: Buffer };

export type BenchText = { from: string; station: number; kind: TextKind; body: string };

/** The number of STOPs in a hundred texts, at most 20, because each ends the conversation of a person. */
export function* conversations(stops: number, atOnce: number): Generator<BenchText> {
  const share = (CONVERSATION.length * stops) / (100 - stops);
  const stations = Array.from({ length: atOnce }, (_, at) => ({ person: at, next: 0, first: at }));
  let people = atOnce;
  let owed = 0;
  for (;;) {
    for (const [at, station] of stations.entries()) {
      const [kind, body] = CONVERSATION[station.next] ?? (['stop', 'STOP'] as const);
      const from = numberOf(kind === 'join' ? STRANGERS + station.person : station.person);
      yield { from, station: at, kind, body };
      station.next += 1;
      // The first people leave at different points, so that later ones are spread over all points.
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

/** The request as Twilio posts it: twenty fields, signed. */
export function requestOf(text: BenchText, address: Address): PreparedRequest {
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
    AccountSid: address.account,
    From: text.from,
    ApiVersion: '2010-04-01',
  };
  const bytes = readyPost('/webhooks/twilio/inbound', form, address);
  return { kind: text.kind, station: text.station, bytes };
}

/** A signed form to one of the two addresses of the carrier. `path` includes its query. */
export function readyPost(path: string, form: Record<string, string>, address: Address): Buffer {
  const body = new URLSearchParams(form).toString();
  const signature = signForm(address.authToken, address.publicUrl + path, form);
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${address.host}`,
    'User-Agent: TwilioProxy/1.1',
    'Accept: */*',
    `X-Twilio-Signature: ${signature}`,
    'Content-Type: application/x-www-form-urlencoded; charset=UTF-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
