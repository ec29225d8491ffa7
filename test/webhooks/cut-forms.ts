import { PROGRAMS } from '../../scripts/seed/programs.ts';
import { doubtAbout } from '../../src/domain/certain-form.ts';
import { programWordsOf } from '../../src/domain/words/program-words.ts';
import { readText } from '../../src/domain/words/read-text.ts';
import { wordRulesAt } from '../../src/domain/words/word-rules.ts';
import { parseForm } from '../../src/sending/twilio/webhook-forms.ts';
import { seededDraws } from '../../src/simulator/behaviours.ts';
import { signerOf } from '../../webhooks/twilio-signature.ts';
import { ACCOUNT, INBOUND } from '../promises/inbound-posts.ts';
import { sign } from '../support/signed-post.ts';

/** The address to which forms are posted, and the token that signs them. */
type Signer = { publicUrl: string; token: string };

const SIGNER: Signer = { publicUrl: 'https://sms.fernway.example', token: 'the-token-of-the-account' };
const VOCABULARY = programWordsOf(PROGRAMS);
const RULES = wordRulesAt(new Date('2026-12-01T12:00:00.000Z'));

type Draw = () => number;
type TextField = readonly [name: string, value: string];

const pick = <T>(draw: Draw, from: readonly T[]): T => from[Math.floor(draw() * from.length)] as T;
const digits = (draw: Draw, count: number): string =>
  Array.from({ length: count }, () => Math.floor(draw() * 10)).join('');
const hex = (draw: Draw): string =>
  Array.from({ length: 32 }, () => Math.floor(draw() * 16).toString(16)).join('');

const PLAIN_WORDS = [
  'JOIN',
  'YES',
  'STOP',
  'HELP',
  '1',
  '',
  'is the blue one back?',
  'Joignez 🙂',
  'START',
  'MENU',
];

/** The words of an attacker: a word that opts in, and behind it text that could become fields of a form. */
function hostileWords(draw: Draw): string {
  const sid = `SM${hex(draw)}`;
  const parts: TextField[] = [
    ['From', `+1555${digits(draw, 7)}`],
    ['FromCity', 'X'],
    ['Gx', ''],
    ['MediaUrl0', 'https://media.example/1.jpg'],
    ['MessageSid', sid],
    ['MessagingServiceSid', `MG${hex(draw)}`],
    ['NumMedia', '0'],
    ['NumSegments', '1'],
    ['OptOutType', 'START'],
    ['SmsMessageSid', sid],
    ['SmsSid', sid],
    ['SmsStatus', 'received'],
    ['To', '28555'],
    ['Zx', ''],
  ];
  const chosen = parts.filter(() => draw() < 0.4);
  return pick(draw, ['JOIN', 'YES', 'STOP', '']) + chosen.flat().join('');
}

/** A form as the carrier posts it. `hostile` says whether its words or its profile name are an attacker's. */
function formOf(draw: Draw, hostile: boolean): TextField[] {
  const sid = `SM${hex(draw)}`;
  const channel = draw() < 0.15 ? pick(draw, ['rcs:', 'whatsapp:']) : '';
  const pictures = draw() < 0.15 ? 1 : 0;
  const optional: TextField[] = [
    ['FromCity', pick(draw, ['SEATTLE', '', 'TORONTO'])],
    ['FromState', pick(draw, ['WA', ''])],
    ['FromZip', pick(draw, ['98101', ''])],
    ['FromCountry', 'US'],
    ['ToCity', ''],
    ['ToCountry', 'US'],
    ['ReferralNumMedia', '0'],
    ['MessagingServiceSid', `MG${hex(draw)}`],
    ['OptOutType', pick(draw, ['STOP', 'START', 'HELP'])],
    ['ChannelMetadata', '{"type":"sms"}'],
    ['Aa', 'new'],
    ['Zz', 'new'],
  ];
  const ofChannel: TextField[] =
    channel === '' ? [] : [['ProfileName', hostile && draw() < 0.5 ? hostileWords(draw) : 'Ann']];
  const media: TextField[] =
    pictures === 0 ? [] : [['MediaUrl0', `https://api.twilio.com/Media/ME${hex(draw)}`]];
  return [
    ...(['MessageSid', 'SmsMessageSid', 'SmsSid'] as const).map((name): TextField => [name, sid]),
    ['AccountSid', ACCOUNT],
    ['From', `${channel}+1555${digits(draw, 7)}`],
    ['To', channel + pick(draw, channel === '' ? ['28555'] : ['28555', 'fernway_agent'])],
    ['Body', hostile ? hostileWords(draw) : pick(draw, PLAIN_WORDS)],
    ['ApiVersion', '2010-04-01'],
    ['SmsStatus', 'received'],
    ['NumMedia', String(pictures)],
    ['NumSegments', '1'],
    ...optional.filter(([name]) => draw() < (/^(Aa|Zz|ChannelMetadata|OptOutType)$/.test(name) ? 0.1 : 0.6)),
    ...ofChannel,
    ...media,
  ];
}

const byName = (a: TextField, b: TextField): number => (a[0] < b[0] ? -1 : Number(a[0] > b[0]));
const joined = (fields: readonly TextField[]): string => fields.map(([name, value]) => name + value).join('');

const NAMES =
  /AccountSid|ApiVersion|Body|From(?:City|State|Zip|Country)?|To(?:City|State|Zip|Country)?|(?:Sms)?MessageSid|SmsSid|SmsStatus|MessagingServiceSid|(?:Referral)?NumMedia|NumSegments|OptOutType|ProfileName|MediaUrl\d/g;

/** Undocumented field names, which swallow everything up to the next cut. */
const SWALLOWING = /Gx|Zx/g;

/** Cuts the joined text at some of the field names in it, in the order of names. */
function cutAtNames(draw: Draw, text: string): TextField[] {
  const documented = [...text.matchAll(NAMES)].map((regExpExecArray) => ({
    at: regExpExecArray.index,
    name: regExpExecArray[0],
  }));
  const others = [...text.matchAll(SWALLOWING)].map((regExpExecArray) => ({
    at: regExpExecArray.index,
    name: '',
  }));
  const skip = draw() * 0.6;
  const chosen = [...documented, ...others]
    .sort((a, b) => a.at - b.at)
    .filter(({ at }) => at === 0 || draw() > skip);
  let last = '';
  return chosen.flatMap(({ at, name }, index): TextField[] => {
    const segment = text.slice(at, chosen[index + 1]?.at);
    const field: TextField = name === '' ? [segment, ''] : [name, segment.slice(name.length)];
    if (field[0] < last) return [];
    last = field[0];
    return [field];
  });
}

/** Moves the end of a name or of a value, splits a field, or joins two fields at a position of the text. */
function cutAt(draw: Draw, fields: readonly TextField[], place: number): TextField[] {
  const cut = [...fields];
  let start = 0;
  const at = fields.findIndex((field) => {
    start += joined([field]).length;
    return start > place;
  });
  const whole = joined([fields[at] ?? ['', '']]);
  const inside = place - (start - whole.length);
  const [name] = fields[at] ?? [''];
  const how = draw();
  if (how < 0.3) cut[at] = [whole.slice(0, inside), whole.slice(inside)];
  else if (how < 0.5 && at > 0)
    cut.splice(at - 1, 2, [fields[at - 1]?.[0] ?? '', (fields[at - 1]?.[1] ?? '') + whole]);
  else if (inside > name.length) {
    const rest = whole.slice(inside);
    const length = 1 + Math.floor(draw() * Math.min(rest.length, 24));
    cut.splice(at, 1, [name, whole.slice(name.length, inside)], [rest.slice(0, length), rest.slice(length)]);
  } else if (at > 0) {
    const [before = '', value = ''] = fields[at - 1] ?? [];
    cut.splice(
      at - 1,
      2,
      [before, value + whole.slice(0, inside)],
      [whole.slice(inside, name.length), whole.slice(name.length)],
    );
  }
  return draw() < 0.1 ? [...cut, ...cut.slice(0, 2)] : cut;
}

const bodyOf = (fields: readonly TextField[]): Buffer => {
  const pairs = fields.map(([name, value]): [string, string] => [name, value]);
  return Buffer.from(new URLSearchParams(pairs).toString());
};

type CutForm = { original: readonly TextField[]; signature: string; fields: readonly TextField[] };

/** All cuts that the signature of their original form fits, of honest and hostile forms in turn, at every position. */
export function* cutForms(seed: number, signer = SIGNER): Generator<CutForm> {
  const draw = seededDraws(seed);
  for (let serial = 0; ; serial += 1) {
    const original = formOf(draw, serial % 2 === 1).sort(byName);
    const text = joined(original);
    const signature = sign(signer.token, signer.publicUrl + INBOUND, original);
    for (let place = 1; place < text.length; place += 1) {
      const fields = draw() < 0.4 ? cutAtNames(draw, text) : cutAt(draw, original, place);
      const isSame =
        fields.length === original.length &&
        fields.every(([n, v], at) => n === original[at]?.[0] && v === original[at]?.[1]);
      if (!isSame && fits(fields, signature, signer)) yield { original, signature, fields };
    }
  }
}

function fits(fields: readonly TextField[], signature: string, { publicUrl, token }: Signer): boolean {
  // Most cuts that do not fit are recognized by their order, which costs less than a signature.
  if (fields.some(([name], at) => at > 0 && name < (fields[at - 1]?.[0] ?? ''))) {
    const isDoubled = fields.length > 2 && fields.at(-1)?.[0] === fields[1]?.[0];
    if (!isDoubled) return false;
  }
  const body = bodyOf(fields);
  const account = { accountSid: ACCOUNT, signingTokens: [token], sharedKeys: new Map<string, string>() };
  const request = { signature, settings: '', form: parseForm(body), body, path: INBOUND };
  return signerOf(request, { publicUrl, account }) !== null;
}

const OPENING: ReadonlySet<string> = new Set(['join', 'start', 'yes', 'topics-on', 'resume', 'birth-date']);

/** The harm that a cut form could do and its original could not, or null. */
export function harmOf({ original, fields }: CutForm): string | null {
  const form = parseForm(bodyOf(fields));
  if (doubtAbout(form, ACCOUNT) !== null) return null;
  const first = (name: string): string => String(original.find(([key]) => key === name)?.[1] ?? '');
  const changed = ['MessageSid', 'From', 'To', 'OptOutType'].find(
    (name) => String(form[name] ?? '') !== first(name),
  );
  if (changed !== undefined) return `${changed} is another one`;
  const { kind } = readText(String(form.Body ?? ''), VOCABULARY, RULES);
  return OPENING.has(kind) && form.Body !== first('Body') ? `${kind} was not said` : null;
}
