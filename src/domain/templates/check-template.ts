import { LANGUAGES, type Language, type Program, type Purpose } from '../program.ts';
import { faultIn, type Note, notesOn } from '../sending/message-plan.ts';
import { shortenersInTemplate } from '../text/shared-shorteners.ts';
import { adviceOnTemplate, asWritten, fieldMeant } from './foreign-placeholders.ts';
import { type Replacement, withPlainCharacters } from './plain-characters.ts';
import {
  type Added,
  completeText,
  emptyTextFault,
  FIELD_NAME,
  type IssuedValues,
  merge,
  namesOf,
  type Piece,
  readTemplate,
  targetsIn,
} from './template.ts';

/** A template as its author wrote it: one text for each language, and media. */
type TemplateDraft = { texts: Partial<Record<Language, string>>; media?: readonly Media[] };

/** What templates of this installation may refer to, and sample values with which a text is measured. */
export type Nameable = {
  /**
   * Names of the custom fields: those that a text can show, those that are a yes or no (`flags`), and sealed ones.
   */
  fields: ReadonlySet<string>;
  flags: ReadonlySet<string>;
  sealed: ReadonlySet<string>;
  /** Links and coupon codes of the greatest possible length. */
  samples: IssuedValues;
  optOutLine: (language: Language) => string;
};

/** The most links of one text. Each link is stored once for every recipient. */
const MOST_LINKS = 5;

export type MessageTemplateFault = { path: string; problem: string };

export type CheckedText = {
  /** The text as stored: look-alike characters are replaced, except in the targets of links. */
  text: string;
  pieces: Piece[];
  replaced: Replacement[];
  notes: Note[];
  /** Sentences about fields that are written as another system writes them: people would read them as they stand. */
  placeholders: string[];
  /**
   * The text as a marketing message to a person of whom nothing is known, with links and codes at their longest.
   */
  bare: string;
  /** What the program's rule adds to the text. */
  added: Added[];
};

/** `texts`: the texts of all languages without faults. */
type Checked = { texts: Partial<Record<Language, CheckedText>> } & (
  | { ok: true }
  | { ok: false; faults: MessageTemplateFault[] }
);

/**
 * Prepares a template for merging, or lists all its faults. Every text is also tried with its fallbacks alone,
 * because a person of whom nothing is known gets that text.
 */
export function checkTemplate(draft: TemplateDraft, program: Program, nameable: Nameable): Checked {
  const faults: MessageTemplateFault[] = [];
  const texts: Partial<Record<Language, CheckedText>> = {};
  for (const language of LANGUAGES) {
    const text = draft.texts[language];
    if (text === undefined) continue;
    const path = `/texts/${language}`;
    if (!program.languages.includes(language)) {
      faults.push({ path, problem: `The program does not write in "${language}".` });
      continue;
    }
    const checked = checkText(
      text,
      { program, language, withMedia: (draft.media ?? []).length > 0 },
      nameable,
    );
    if ('problems' in checked) faults.push(...checked.problems.map((problem) => ({ path, problem })));
    else texts[language] = checked;
  }
  for (const { at, problem } of mediaFaults(draft.media ?? []))
    faults.push({ path: at === null ? '/media' : `/media/${at}`, problem });
  const [main] = program.languages;
  if (main !== undefined && draft.texts[main] === undefined) {
    faults.push({
      path: `/texts/${main}`,
      problem: `A text in "${main}", the program's first language, is missing.`,
    });
  }
  return faults.length > 0 ? { ok: false, faults, texts } : { ok: true, texts };
}

type TextSubject = { program: Program; language: Language; withMedia: boolean };

function checkText(
  draft: string,
  subject: TextSubject,
  nameable: Nameable,
): CheckedText | { problems: string[] } {
  const { text, replaced } = withPlainCharacters(draft);
  const { pieces, faults } = readTemplate(text);
  const problems = faults.map(({ at, problem }) => `Character ${at}: ${problem}`);
  for (const piece of pieces) {
    const problem = faultOf(piece, nameable);
    if (problem !== null) problems.push(problem);
  }
  for (const at of runOnLinks(pieces)) problems.push(`Character ${at}: ${RUN_ON}`);
  problems.push(...shortenersInTemplate(text, subject.program));
  if (targetsIn(pieces).length > MOST_LINKS) problems.push(`At most ${MOST_LINKS} links.`);
  if (problems.length > 0) return { problems };
  const { program, language } = subject;
  const purpose = purposeOf(program);
  const alone = merge(pieces, namesOf(program), nameable.samples) ?? '';
  const line = nameable.optOutLine(language);
  const { text: bare, added } = completeText(alone, pieces, { program, purpose, language, optOutLine: line });
  const fault = emptyTextFault(alone, subject.withMedia) ?? faultIn(bare, subject.withMedia);
  if (fault !== null) return { problems: [fault] };
  const notes = notesOn(bare, program, purpose);
  const placeholders = adviceOnTemplate(text, nameable.fields, mergeableNames(nameable.fields));
  return { text, pieces, replaced, bare, added, notes, placeholders };
}

const RUN_ON = 'a phone would read the characters right after this link as a part of it. Put a space there.';

/**
 * A template has no topic of its own. Where any topic of its program is marketing, the template is judged as
 * marketing.
 */
export const purposeOf = ({ topics }: Program): Purpose =>
  topics.some(({ purpose }) => purpose === 'marketing') ? 'marketing' : 'informational';

function faultOf(piece: Piece, { fields, flags, sealed, samples }: Nameable): string | null {
  if (piece.kind === 'coupon' && !samples.coupons.has(piece.pool))
    return `Character ${piece.at}: there is no coupon pool of this id. PUT /coupon-pools makes one.`;
  if (piece.kind !== 'field') return null;
  if ([...sealed].some((name) => piece.name === `fields.${name}`))
    return `Character ${piece.at}: {${piece.name}} holds mailboxes or phone numbers, which are kept sealed; no text shows it.`;
  if ([...flags].some((name) => piece.name === `fields.${name}`))
    return `Character ${piece.at}: {${piece.name}} is a yes or no, which has no words. Use a segment to choose who gets which text.`;
  return faultOfField(piece, fields);
}

function faultOfField(piece: Piece & { kind: 'field' }, own: ReadonlySet<string>): string | null {
  const field = mergeField(piece.name, own);
  if (field === null)
    return `Character ${piece.at}: there is no field "${piece.name}". ${didYouMean(piece.name, own)}${fieldsThereAre(own)}`;
  if (field.always || piece.fallback !== null) return null;
  return `Character ${piece.at}: {${piece.name}} is not known of everyone. Add a fallback, {${piece.name}|…}.`;
}

function didYouMean(name: string, own: ReadonlySet<string>): string {
  const field = fieldMeant(name, own);
  return field === null ? '' : `Did you mean ${asWritten(field)}? `;
}

const fieldsThereAre = (own: ReadonlySet<string>): string => `There are ${mergeableNames(own).join(', ')}.`;

/**
 * A media file of a template: the URL from which the carrier fetches it, and the type and size that the author
 * declares.
 */
export type Media = { url: string; type: MediaType; bytes: number };

const IMAGES = ['image/jpeg', 'image/png', 'image/gif'] as const;
const OTHERS = [
  'image/webp',
  'video/mp4',
  'video/3gpp',
  'audio/mpeg',
  'text/vcard',
  'application/pdf',
] as const;
export const MEDIA_TYPES = [...IMAGES, ...OTHERS] as const;
type MediaType = (typeof MEDIA_TYPES)[number];

/**
 * The carrier takes ten files, of 5 MB for types it converts and 500 kB for others.
 * Source: Twilio Docs, "Create a Message", `MediaUrl`.
 */
export const MOST_MEDIA = 10;
const MOST_BYTES = { image: 5_000_000, other: 500_000, together: 5_000_000 };

const isImage = (type: MediaType): boolean => (IMAGES as readonly string[]).includes(type);

/** A file that the carrier would refuse, by its index in the list; null: the list as a whole. */
type MediaFault = { at: number | null; problem: string };

/** Trusts the declared sizes: our servers never fetch a URL that a client supplied. */
export function mediaFaults(media: readonly Media[]): MediaFault[] {
  const faults: MediaFault[] = media.flatMap(({ type, bytes }, at) => {
    const most = isImage(type) ? MOST_BYTES.image : MOST_BYTES.other;
    return bytes <= most
      ? []
      : [{ at, problem: `The file has ${bytes} bytes; the carrier accepts ${most} of ${type}.` }];
  });
  if (media.length > MOST_MEDIA) faults.push({ at: null, problem: `At most ${MOST_MEDIA}.` });
  const sum = media.reduce((total, { bytes }) => total + bytes, 0);
  if (faults.length === 0 && sum > MOST_BYTES.together) {
    faults.push({
      at: null,
      problem: `The files have ${sum} bytes together; the carrier accepts ${MOST_BYTES.together}.`,
    });
  }
  return faults;
}

/** The built-in fields, with their explanations for authors. */
const BUILT_IN = {
  first_name: 'the first name',
  last_name: 'the last name',
  city: 'the city they live in',
  state: 'the state they live in, "CA"',
  brand: "the program's brand",
  program: "the program's name",
} as const;

/** Fields that are known for every message and need no fallback. */
const ALWAYS: ReadonlySet<string> = new Set(['brand', 'program']);

type MergeField = { name: string; always: boolean };

/** Names of all fields that a text may show, as the text must write them. */
const mergeableNames = (own: ReadonlySet<string>): string[] => [
  ...Object.keys(BUILT_IN),
  ...Array.from(own, (name) => `fields.${name}`),
];

/** Finds a field by name: a built-in one, or `fields.<name>` for a custom field; null where there is none. */
function mergeField(name: string, own: ReadonlySet<string>): MergeField | null {
  if (Object.hasOwn(BUILT_IN, name)) return { name, always: ALWAYS.has(name) };
  const [, custom] = /^fields\.(.+)$/.exec(name) ?? [];
  if (custom === undefined || !FIELD_NAME.test(name) || !own.has(custom)) return null;
  return { name, always: false };
}

/**
 * Matches text that phones take for a continuation of the URL before it. Punctuation alone is no continuation,
 * unless such a character follows it directly.
 */
const GOES_ON = /^[.,:;!'"()*\]]*[\p{L}\p{N}\p{M}_/%&=+~@$-]/u;
const MARKS_ALONE = /^[.,:;!'"()*\]]+$/;

/** Positions of links whose following text would be taken for a part of the URL, which would then lead nowhere. */
const runOnLinks = (pieces: readonly Piece[]): number[] =>
  pieces.flatMap((piece, place) => {
    if (piece.kind !== 'link') return [];
    const [next, after] = pieces.slice(place + 1, place + 3);
    return goesOn(next) || (isMarks(next) && after !== undefined) ? [piece.at] : [];
  });

const goesOn = (next: Piece | undefined): boolean =>
  next !== undefined && (next.kind !== 'words' || GOES_ON.test(next.text));

const isMarks = (next: Piece | undefined): boolean => next?.kind === 'words' && MARKS_ALONE.test(next.text);
