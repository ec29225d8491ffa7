import { createHash } from 'node:crypto';
import { parse } from 'node:querystring';
import { doubtAbout } from '../../domain/certain-form.ts';
import { HOUR_MS } from '../../domain/durations.ts';
import { numberOf, readNumber } from '../../domain/numbers.ts';
import type { IncomingReceipt } from '../../domain/receipt-order.ts';
import { addressed, type InboundSms, type Readable } from '../inbound-sms.ts';
import type { ListedInbound } from './message-list.ts';

export function deliveryOf(path: string): string {
  const at = path.indexOf('?');
  const { d } = at < 0 ? {} : parse(path.slice(at + 1));
  return typeof d === 'string' ? d : '';
}

/** Reads the known fields of a form. No validly signed form is refused for its shape. */
export function smsFromForm(
  form: Form,
  raw: Buffer,
  { now, account }: { now: () => Date; account: string },
): InboundSms {
  const receivedAt = now();
  const [body = '', ...moreBodies] = bodiesOf(form, raw);
  const doubt = doubtAbout(form, account);
  const claimed = [first(form, 'MessageSid'), first(form, 'SmsSid')].find((sid) => SID.test(sid)) ?? null;
  const own = claimed === null ? unnamedId(raw, receivedAt) : uncertainId(form);
  return {
    sid: doubt === null && claimed !== null ? claimed : own,
    ...(doubt === null ? {} : { uncertain: { claimed, doubt } }),
    ...addressed(first(form, 'From'), first(form, 'To')),
    body,
    otherBodies: moreBodies,
    optOutType: optOutTypeOf(form),
    receivedAt,
    door: 'webhook',
    form,
  };
}

/** Every body as UTF-8. Where bytes were lost that way, also as Latin-1. */
function bodiesOf(form: Form, raw: Buffer): string[] {
  const bodies = all(form, 'Body');
  const lost = bodies.some((body) => body.includes('\uFFFD'));
  return lost ? [...bodies, ...all(parseFormBytes(raw), 'Body')] : bodies;
}

/** The shape of Twilio's id of a text. Source: Twilio Docs, SID. */
const SID = /^[A-Z]{2}[0-9a-fA-F]{32}$/;

/**
 * The id of a form that has no id of Twilio's shape: a hash of its bytes and the hour. Twilio's second try within the
 * hour is then a repeat, and the same words later are a new text. A second try beyond the hour is processed twice,
 * which does no harm.
 */
function unnamedId(form: Buffer, at: Date): string {
  const hour = Math.floor(at.getTime() / HOUR_MS);
  return `unnamed.${createHash('sha256').update(`${hour} `).update(form).digest('hex')}`;
}

/** The `d` parameter of our callback address: a delivery and the attempt. */
const ATTEMPT = /^([\w-]{10,64})\.(\d{1,6})$/;

/**
 * Reads every field as a checked scalar; null where the form names no message or no status. Source: Twilio Docs,
 * "Outbound Message Status in Status Callbacks".
 */
export function readReceipt(form: Form, { d, at }: { d: string; at: Date }): IncomingReceipt | null {
  const sid = first(form, 'MessageSid') || first(form, 'SmsSid');
  const status = (first(form, 'MessageStatus') || first(form, 'SmsStatus')).toLowerCase();
  if (!/^[A-Za-z0-9]{2,64}$/.test(sid) || !/^[a-z_-]{1,32}$/.test(status)) return null;
  const [, delivery, epoch] = ATTEMPT.exec(d) ?? [];
  const attempt = delivery === undefined ? null : { delivery, epoch: Number(epoch) };
  const error = matching(/^[1-9]\d{3,5}$/, first(form, 'ErrorCode'));
  const doneDate = matching(/^\d{10}$/, first(form, 'RawDlrDoneDate'));
  const to = attempt === null || error !== null ? phoneIn(first(form, 'To')) : null;
  const from = matching(/^\+?\d{3,15}$/, numberOf(first(form, 'From')));
  return { carrierSid: sid, status, error, doneDate, at, attempt, to, from };
}

const matching = (shape: RegExp, text: string): string | null => (shape.test(text) ? text : null);

function phoneIn(text: string): string | null {
  const reading = readNumber(numberOf(text));
  return reading.kind === 'phone' ? reading.e164 : null;
}

/** Names and values as posted. A repeated name has a list. */
export type Form = Record<string, string | string[]>;

/** Parses the whole form. Bytes that are no UTF-8 become U+FFFD. Keeps every field, known or not. */
export function parseForm(body: Buffer): Form {
  return parseWith(body.toString('utf8'), undefined);
}

/** The same form with one character per byte, as a signature over bytes needs. */
export function parseFormBytes(body: Buffer): Form {
  return parseWith(body.toString('latin1'), byteByByte);
}

const byteByByte = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

function parseWith(text: string, decode: ((text: string) => string) | undefined): Form {
  const options = { maxKeys: 0, ...(decode === undefined ? {} : { decodeURIComponent: decode }) };
  return parse(text, '&', '=', options) as Form;
}

/** The first value of a field; "" where the field is missing. */
function first(form: Form, name: string): string {
  const value = Object.hasOwn(form, name) ? form[name] : undefined;
  return (Array.isArray(value) ? value[0] : value) ?? '';
}

/** Every value of a field, in order. */
function all(form: Form, name: string): string[] {
  const value = Object.hasOwn(form, name) ? form[name] : undefined;
  return value === undefined ? [] : [value].flat();
}

/**
 * The callback address for the delivery reports of one attempt. By default Twilio repeats a post only where no
 * connection was made, and a status callback has no fallback address. The fragment, which Twilio neither sends nor
 * signs, asks for three more tries, also after a 5xx and where no answer comes for 4 s. All tries share 15 s, which a
 * single try would otherwise wait. Source: Twilio Docs, "Webhooks: Connection overrides".
 */
export const statusAddress = (publicUrl: string, attempt: { delivery: string; epoch: number }): string =>
  `${publicUrl}/webhooks/twilio/status?d=${attempt.delivery}.${attempt.epoch}#rc=3&rt=4000&rp=5xx,ct,rt`;

/** Our own id of a text without a trusted Twilio id: a hash of its form. */
export const uncertainId = (form: InboundSms['form']): string =>
  `uncertain.${createHash('sha256').update(JSON.stringify(form)).digest('hex')}`;

export type InboundForm = Record<string, string | string[]>;

/** The words of a text, as far as a reader needs them. */
export type InboundWords = { body: string; pictures: number };

/** Twilio's own reading of a text; set by Twilio's Advanced Opt-Out only. */
export function optOutTypeOf(form: InboundForm): Readable['optOutType'] {
  const types = [form.OptOutType ?? []].flat().map((type) => type.trim().toUpperCase());
  return (['STOP', 'HELP', 'START'] as const).find((type) => types.includes(type)) ?? null;
}

const picturesIn = (form: InboundForm): number => Number(firstField(form.NumMedia)) || 0;

export const fromForm = (form: InboundForm): InboundWords => ({
  body: firstField(form.Body),
  pictures: picturesIn(form),
});

export const firstField = (value: string | string[] | undefined): string =>
  (Array.isArray(value) ? value[0] : value) ?? '';

export function smsFromList(listedInbound: ListedInbound): InboundSms {
  const { sid, from, to, body } = listedInbound;
  const form = { MessageSid: sid, From: from, To: to, Body: body };
  const odd = { otherBodies: [], optOutType: null };
  return { sid, ...addressed(from, to), body, ...odd, receivedAt: listedInbound.sentAt, door: 'list', form };
}
