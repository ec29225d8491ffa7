import type { AppContext } from '../consent/app-context.ts';
import type { OpenedContact } from '../contacts/find-contact.ts';
import { languageFor } from '../domain/consent/program-text.ts';
import type { Language, Program, Purpose, Sender, Topic } from '../domain/program.ts';
import { faultIn, requestOf } from '../domain/sending/message-plan.ts';
import { mayReceive, type Reason } from '../domain/sending/send-rules.ts';
import { shortCode, shortUrl } from '../domain/templates/short-links.ts';
import {
  type Added,
  completeText,
  emptyTextFault,
  type IssuedValues,
  languageOf,
  merge,
  namesOf,
  type Piece,
  poolsIn,
  readTemplate,
  type TemplateValues,
  targetsIn,
  writtenValue,
} from '../domain/templates/template.ts';
import { openNames } from '../store/contacts/profiles.ts';
import { deliveryId } from '../store/deliveries/new-delivery.ts';
import type { KeyRing } from '../store/sealing/keys.ts';
import { claimCodes } from '../store/templates/coupons.ts';
import { insertLinks, type LinkDoc } from '../store/templates/links.ts';
import type { MessageTemplateDoc } from '../store/templates/templates.ts';
import { optOutLine, sampleValues } from './save-template.ts';

/**
 * The field values of one person in a language: dates as UTC days, numbers with separators. Sealed custom fields
 * are left empty. Throws `KeyMissing` or `SealBroken` where the person's names cannot be decrypted.
 */
export function mergeValues(ring: KeyRing, { stored }: OpenedContact, language: Language): TemplateValues {
  const { profile } = stored;
  const own = Object.entries(profile?.fields ?? {}).map(([name, value]): [string, string] => [
    `fields.${name}`,
    Buffer.isBuffer(value) ? '' : writtenValue(value, language),
  ]);
  const names = openNames(ring, stored);
  const values = {
    first_name: names.first_name ?? '',
    last_name: names.last_name ?? '',
    city: profile?.place.city ?? '',
    state: profile?.place.state ?? '',
  };
  const all: [string, string][] = [...Object.entries(values), ...own];
  // A letter composed of two characters would turn the text into UCS-2, although GSM-7 may have the letter.
  return Object.fromEntries(all.map(([name, value]) => [name, value.normalize('NFC')]));
}

/** A delivery, and the pools from which its text takes codes. */
type Need = { delivery: string; pools: readonly string[] };

/**
 * Claims, permanently, a code of each needed pool for each delivery. A delivery without one found its pool empty.
 * One call for each pool.
 */
export async function claimCoupons(
  context: Pick<AppContext, 'now' | 'store'>,
  needs: readonly Need[],
): Promise<(delivery: string) => IssuedValues['coupons']> {
  const pools = [...new Set(needs.flatMap((need) => need.pools))];
  const byPool = await Promise.all(
    pools.map(async (pool) => {
      const deliveries = needs.filter((need) => need.pools.includes(pool)).map((need) => need.delivery);
      return [pool, await claimCodes(context.store, pool, deliveries, context.now())] as const;
    }),
  );
  return (delivery) =>
    new Map(
      byPool.flatMap(([pool, codes]) => {
        const code = codes.get(delivery);
        return code === undefined ? [] : [[pool, code] as const];
      }),
    );
}

/**
 * The links and codes for the text of one delivery. `edition`: that of its campaign, if the campaign was edited
 * after its start.
 */
export const issuedValues = (
  context: Pick<AppContext, 'indexOf' | 'publicUrl'>,
  delivery: string,
  coupons: IssuedValues['coupons'],
  edition?: number,
): IssuedValues => ({
  link: (n, target) => shortUrl(context.publicUrl, codeOf(context, textOf(delivery, edition), n, target)),
  coupons,
});

/** The links of one delivery, to be stored before the delivery is. */
export function linksOf(
  context: Pick<AppContext, 'indexOf' | 'now'>,
  delivery: Pick<LinkDoc, 'delivery' | 'contact' | 'campaign' | 'test'>,
  targets: readonly string[],
  edition?: number,
): LinkDoc[] {
  return targets.map((target, n) => ({
    _id: codeOf(context, textOf(delivery.delivery, edition), n, target),
    ...delivery,
    target,
    createdAt: context.now(),
  }));
}

/** Each edition has its own links: links in texts already sent keep their targets, and new words get new ones. */
const textOf = (delivery: string, edition: number | undefined): string =>
  edition === undefined ? delivery : `${delivery} ${edition}`;

/**
 * The code of a link. Keyed like the index of numbers, so that nobody without the key can compute a delivery's
 * links. The target is part of the hash: the same delivery with other words, of a later version or in another
 * language, gets another code.
 */
function codeOf(context: Pick<AppContext, 'indexOf'>, text: string, n: number, target: string): string {
  const hash = context.indexOf(`link ${text} ${n} ${target}`);
  return shortCode(Buffer.from(hash.slice(hash.indexOf('.') + 1), 'base64url'));
}

/**
 * `language`: takes precedence over the person's own; where the template does not have it, the program's first
 * language that the template has.
 */
type Merging = {
  program: Program;
  purpose: Purpose;
  language: Language | null;
  /** The delivery's links and codes, or samples. */
  issued: IssuedValues;
  /** Opt-out lines by language, as frozen by a campaign; absent: the current ones. */
  optOutLines?: Readonly<Record<string, string>>;
};

/** A template rendered for one person. */
export type Rendered = {
  language: Language;
  /** Null where a value is missing, or the template says nothing itself. */
  text: string | null;
  /** URLs of the media. */
  media: string[];
  /** The targets of its links, in order. */
  targets: string[];
  /** The pools from which it takes codes. */
  pools: string[];
  added: Added[];
  /** Why the text cannot be sent; null where it can. */
  fault: { reason: Extract<Reason, 'no-text' | 'no-coupon'>; sentence: string } | null;
};

/**
 * Renders a template for one person. All final words are made here: for previews, single messages, campaigns and
 * journeys. Throws `KeyMissing` or `SealBroken` where the person's names cannot be decrypted.
 */
export function renderFor(
  context: Pick<AppContext, 'catalog' | 'ring'>,
  template: MessageTemplateDoc,
  contact: OpenedContact,
  { program, purpose, language: wanted, issued, optOutLines = {} }: Merging,
): Rendered {
  const { language, text: written } = textFor(
    template,
    program,
    languageFor(program, wanted, contact.person),
  );
  const { pieces } = readTemplate(written ?? '');
  const known = mergeValues(context.ring, contact, language);
  const media = (template.media ?? []).map(({ url }) => url);
  const of = { language, media, targets: targetsIn(pieces), pools: poolsIn(pieces) };
  if (written === null) return { ...of, text: null, added: [], fault: UNWRITTEN };
  const alone = merge(pieces, { ...known, ...namesOf(program) }, issued);
  if (alone === null) return { ...of, text: null, added: [], fault: missingValueIn(pieces, issued) };
  const blank = emptyTextFault(alone, media.length > 0);
  if (blank !== null) return { ...of, text: null, added: [], fault: { reason: 'no-text', sentence: blank } };
  const line = optOutLines[language] ?? optOutLine(context)(language);
  const rule = { program, purpose, language, optOutLine: line };
  const { text, added } = completeText(alone, pieces, rule);
  const sentence = faultIn(text, media.length > 0);
  return { ...of, text, added, fault: sentence === null ? null : { reason: 'no-text', sentence } };
}

const UNWRITTEN: Rendered['fault'] = {
  reason: 'no-text',
  sentence: 'The template has no text in a language of its program.',
};

function textFor({ texts }: MessageTemplateDoc, { languages }: Program, wanted: Language) {
  const language = languageOf(texts, languages, wanted);
  return { language: language ?? wanted, text: language === null ? null : (texts[language] ?? null) };
}

function missingValueIn(pieces: readonly Piece[], { coupons }: IssuedValues): Rendered['fault'] {
  return poolsIn(pieces).every((pool) => coupons.has(pool))
    ? {
        reason: 'no-text',
        sentence: 'A field of the template is unknown for the person and has no fallback.',
      }
    : { reason: 'no-coupon', sentence: 'A coupon pool of the template has no code left.' };
}

/** The pools from which any text of a template takes codes. */
export const poolsOf = ({ texts }: MessageTemplateDoc): string[] => [
  ...new Set(Object.values(texts).flatMap((text) => poolsIn(readTemplate(text).pieces))),
];

export type WordsOrder = {
  template: MessageTemplateDoc;
  program: Program;
  topic: Topic;
  contact: OpenedContact;
  /** The sender. A person may be allowed to get the message from one sender and not from another. */
  sender: Sender;
  language: Language | null;
  /** The digest of the delivery. */
  digest: string;
  campaign?: string;
  /** A test to staff: its codes are samples, and its clicks show no interest. */
  test?: true;
};

/**
 * `unissued`: why the text contains samples, for which no codes were claimed and no links stored; empty otherwise.
 */
type Worded = Rendered & { unissued: Reason[] };

/**
 * Renders the final words of a delivery that is written next. Its links are stored and its codes claimed before the
 * delivery is written. A repeated call gives the same words. No code is claimed for a person who may not get the
 * message, or for whom no text can be made.
 */
export async function renderForDelivery(context: AppContext, order: WordsOrder): Promise<Worded> {
  const { template, program, topic, contact, sender, language } = order;
  const delivery = deliveryId(contact, order.digest);
  const withCodes = (coupons: IssuedValues['coupons']): Rendered => {
    const issued = issuedValues(context, delivery, coupons);
    return renderFor(context, template, contact, { program, purpose: topic.purpose, language, issued });
  };
  const shown = withCodes((await sampleValues(context)).coupons);
  const verdict = mayReceive(requestOf(program, topic, sender), contact.person, program, context.now());
  const sampled = shown.pools.length > 0 || shown.targets.length > 0;
  if (!verdict.allowed) return { ...shown, unissued: sampled ? verdict.reasons : [] };
  if (shown.fault !== null) return { ...shown, unissued: [] };
  const needs = order.test === true || shown.pools.length === 0 ? [] : [{ delivery, pools: shown.pools }];
  const words = needs.length === 0 ? shown : withCodes((await claimCoupons(context, needs))(delivery));
  if (words.fault === null)
    await insertLinks(context.store, linksOf(context, linkedFrom(order), words.targets));
  return { ...words, unissued: [] };
}

function linkedFrom({ contact, digest, campaign, test }: WordsOrder) {
  return {
    delivery: deliveryId(contact, digest),
    contact: contact.id,
    ...(campaign === undefined ? {} : { campaign }),
    ...(test === undefined ? {} : { test }),
  };
}
