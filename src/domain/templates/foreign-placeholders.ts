import { nearestWord } from '../text/nearest-word.ts';

/** A field in the spelling of another system, which a text would show as it is written. */
type ForeignPlaceholder = {
  /** Position in the text in characters, from 1. */
  at: number;
  written: string;
  /** The name inside the signs. */
  name: string;
  /** Our field that the author most likely meant; null where none is like it. */
  field: string | null;
};

/**
 * Names by which other systems call our fields, without signs and in small letters. Sources: the merge tags of
 * Mailchimp (`*|FNAME|*`), HubSpot (`{{contact.firstname}}`), Salesforce (`%%First Name%%`), Klaviyo
 * (`{{ first_name }}`), Attentive (`{{firstName}}`).
 */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  first_name: [
    'firstname',
    'fname',
    'first',
    'givenname',
    'forename',
    'name',
    'fullname',
    'nombre',
    'prenom',
  ],
  last_name: ['lastname', 'lname', 'last', 'surname', 'familyname', 'apellido', 'nomdefamille'],
  city: ['city', 'town', 'ciudad', 'ville'],
  state: ['state', 'province', 'estado'],
  brand: [
    'brand',
    'brandname',
    'company',
    'companyname',
    'business',
    'businessname',
    'shopname',
    'storename',
  ],
  program: ['program', 'programname', 'listname'],
  'coupon:…': ['coupon', 'couponcode', 'promocode', 'discountcode', 'vouchercode'],
  'link:https://…': ['link', 'shortlink', 'trackinglink', 'url', 'shorturl'],
};

const FIELD_OF = new Map(
  Object.entries(ALIASES).flatMap(([field, names]) => names.map((name) => [name, field] as const)),
);

const FIELDS = Object.keys(ALIASES).filter((field) => !field.includes(':'));

const NAME = String.raw`[\p{L}_](?:[\p{L}\p{N}_. -]{0,60}[\p{L}\p{N}_])?|\d{1,2}`;
const WORD = String.raw`[\p{L}_][\p{L}\p{N}_.-]{0,60}`;

/**
 * Spellings that nobody uses but for a field: `{{name}}`, `*|NAME|*`, `[[name]]`, `<<name>>`, `<%= name %>`,
 * `%%name%%`, `%name%` and `${name}`.
 */
const SIGNED = [
  String.raw`\{\{\{?\s*(?:${NAME})\s*(?:\|[^{}]{0,80})?\}?\}\}`,
  String.raw`\*\|(?:${NAME})(?::[^|*]{0,80})?\|\*`,
  String.raw`\[\[\s*(?:${NAME})\s*\]\]`,
  String.raw`<<\s*(?:${NAME})\s*>>`,
  String.raw`<%=?\s*(?:${NAME})\s*%>`,
  String.raw`(?<![\p{N}%])%%(?:${NAME})%%`,
  String.raw`(?<![\p{N}%])%(?:${WORD})%(?![\p{N}%])`,
  String.raw`[$#]\{\s*(?:${NAME})\s*(?:\|[^{}]{0,80})?\}`,
];

/** Spellings that may also be ordinary words, and count only around the name of one of our fields. */
const BRACKETED = [String.raw`\[(?:${NAME})\]`, `<(?:${NAME})>`, String.raw`«\s*(?:${NAME})\s*»`];

/** Names of fields that are no words of any language, whatever signs stand around them. */
const BARE = String.raw`[$@:#~_-]{0,3}(?<![\p{L}\p{N}])(?:first_?name|last_?name|fname|lname)(?![\p{L}\p{N}])[$:#~_-]{0,3}`;

/** Our own spelling, which is no field in words that are sent as they are. */
const OWN = String.raw`\{\s*(?:${NAME})\s*(?:[|:][^{}]{0,200})?\}`;

/** A field or link of ours in a template: nothing in it is a placeholder of another system. */
const READ = String.raw`(?<!\{)\{(?!\{)[^{}]*\}(?!\})`;

const either = (spellings: readonly string[]): RegExp =>
  new RegExp(spellings.map((spelling) => `(?:${spelling})`).join('|'), 'giu');

const IN_TEMPLATE = either([...SIGNED, READ, ...BRACKETED, BARE]);
const IN_WORDS = either([...SIGNED, OWN, ...BRACKETED, BARE]);

/** An address may have any of these signs. */
const ADDRESS = /https?:\/\/[^\s{}]+/giu;

const placeholdersInTemplate = (text: string, own: ReadonlySet<string>): ForeignPlaceholder[] =>
  found(text, IN_TEMPLATE, own).filter(
    ({ written, name }) =>
      !/^\{[^{]/.test(written) &&
      // "${fields.balance|0}" is an amount in dollars. No name has such a sign before it.
      (!/^[$#]\{/.test(written) || aliased(name) !== null),
  );

function found(text: string, pattern: RegExp, own: ReadonlySet<string>): ForeignPlaceholder[] {
  // Blanks of the same length keep the places of what follows.
  const read = text.replace(ADDRESS, (address) => ' '.repeat(address.length));
  return Array.from(read.matchAll(pattern)).flatMap(({ 0: { length }, index }) => {
    const written = text.slice(index, index + length);
    const name = nameIn(written);
    if (IS_BRACKETED.test(written) && aliased(name) === null) return [];
    const at = [...text.slice(0, index)].length + 1;
    return [{ at, written, name, field: fieldMeant(name, own) }];
  });
}

const IS_BRACKETED = /^(?:\[(?!\[)|<(?![<%])|«)/u;

/** The name inside the signs, without a default or a target behind it. */
const nameIn = (written: string): string =>
  (/[\p{L}\p{N}_][^|:]*/u.exec(written)?.[0] ?? '').replace(/[^\p{L}\p{N}_]+$/u, '');

const plain = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase();

/** What stands before the name of a person's field elsewhere: `contact.first_name`. */
const OF_PERSON =
  /^(?:contact|customer|user|person|subscriber|recipient|profile|member|lead|client|event|data|custom|properties|attributes|merge|fields?)\./iu;

function aliased(name: string): string | null {
  return FIELD_OF.get(plain(name.replace(OF_PERSON, ''))) ?? null;
}

/** Our field of this name, of this alias or of nearly this name, as a template writes it; null where none is like it. */
export function fieldMeant(name: string, own: ReadonlySet<string>): string | null {
  const bare = name.replace(OF_PERSON, '');
  const owned = [...own].find((custom) => plain(custom) === plain(bare));
  if (owned !== undefined) return `fields.${owned}`;
  const alias = aliased(name);
  if (alias !== null) return alias;
  const near = nearestWord(bare, [...FIELDS, ...own]);
  return near === null || FIELDS.includes(near) ? near : `fields.${near}`;
}

/** A field as a template writes it: `{brand}`, `{first_name|…}`. Only the program's names are known of everyone. */
export const asWritten = (field: string): string =>
  field === 'brand' || field === 'program' || field.includes(':') ? `{${field}}` : `{${field}|…}`;

/** The most placeholders of one text that are named: an author who sees five corrects the others too. */
const MOST_NAMED = 5;

/**
 * Says to the author of a template what to write in place of other systems' fields. `own`: the names of the
 * installation's own fields, without "fields."; `all`: the names of all fields.
 */
export const adviceOnTemplate = (text: string, own: ReadonlySet<string>, all: readonly string[]): string[] =>
  placeholdersInTemplate(text, own)
    .slice(0, MOST_NAMED)
    .map(({ at, written, name, field }) => {
      const read = `Character ${at}: ${effectOf(written)}`;
      return field === null
        ? `${read} There is no field "${name}". There are ${all.join(', ')}, written {first_name|there}.`
        : `${read} Write ${asWritten(field)}.`;
    });

/** What becomes of such a placeholder: a template shows a doubled brace as one, and reads what is in a single one. */
function effectOf(written: string): string {
  const [, sign] = /^([$#])\{/.exec(written) ?? [];
  if (sign !== undefined) return `people would read "${sign}" before the value.`;
  if (written.startsWith('{{{')) return 'people would read braces around the value.';
  return `people would read "${written.replaceAll('{{', '{').replaceAll('}}', '}')}".`;
}

/** Says to the sender of words that are sent as they are that only a template has fields. */
export const adviceOnWords = (text: string): string[] =>
  found(text, IN_WORDS, new Set())
    .slice(0, MOST_NAMED)
    .map(
      ({ at, written }) =>
        `Character ${at}: "${written}" is sent as it is written, because only a template has fields. Save the text as a template (PUT /templates/{id}) and send that.`,
    );
