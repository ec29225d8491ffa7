import { LANGUAGES, type Language, type Program, type Purpose } from '../program.ts';
import { faultIn, type Note, notesOn } from '../sending/message-plan.ts';
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

/** What someone wrote: one text for each language of the program they care about, and what is shown beside them. */
type TemplateDraft = { texts: Partial<Record<Language, string>>; media?: readonly Media[] };

/** What templates of this installation may name, and what stands for it where a text is measured. */
export type Nameable = {
  /** Names of the installation's own fields that a text can show, of those that are a yes or no, and of sealed ones. */
  fields: ReadonlySet<string>;
  flags: ReadonlySet<string>;
  sealed: ReadonlySet<string>;
  /** Links and codes as long as the longest. */
  samples: IssuedValues;
  optOutLine: (language: Language) => string;
};

/** Each link of a text is a row a person, and a way out of it. */
const MOST_LINKS = 5;

export type MessageTemplateFault = { path: string; problem: string };

export type CheckedText = {
  /** As it is kept: look-alikes replaced, but not where a link leads. */
  text: string;
  pieces: Piece[];
  replaced: Replacement[];
  notes: Note[];
  /** As marketing of somebody of whom nothing is known, links and codes at their longest. */
  bare: string;
  /** What the program's rule added to it. */
  added: Added[];
};

/** `texts`: in the languages in which nothing is wrong with it. */
type Checked = { texts: Partial<Record<Language, CheckedText>> } & (
  | { ok: true }
  | { ok: false; faults: MessageTemplateFault[] }
);

/**
 * A template made ready to be merged, or everything that is wrong with it. Every text is tried with its fallbacks
 * alone, which is what a person gets of whom nothing is known.
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

type Of = { program: Program; language: Language; withMedia: boolean };

function checkText(draft: string, of: Of, nameable: Nameable): CheckedText | { problems: string[] } {
  const { text, replaced } = withPlainCharacters(draft);
  const { pieces, faults } = readTemplate(text);
  const problems = faults.map(({ at, problem }) => `Character ${at}: ${problem}`);
  for (const piece of pieces) {
    const problem = faultOf(piece, nameable);
    if (problem !== null) problems.push(problem);
  }
  for (const at of runOnLinks(pieces)) problems.push(`Character ${at}: ${RUN_ON}`);
  if (targetsIn(pieces).length > MOST_LINKS) problems.push(`At most ${MOST_LINKS} links.`);
  if (problems.length > 0) return { problems };
  const { program, language } = of;
  const purpose = purposeOf(program);
  const alone = merge(pieces, namesOf(program), nameable.samples) ?? '';
  const line = nameable.optOutLine(language);
  const { text: bare, added } = completeText(alone, pieces, { program, purpose, language, optOutLine: line });
  const fault = emptyTextFault(alone, of.withMedia) ?? faultIn(bare, of.withMedia);
  if (fault !== null) return { problems: [fault] };
  return { text, pieces, replaced, bare, added, notes: notesOn(bare, program, purpose) };
}

const RUN_ON = 'a phone would take what stands right behind this link for a part of it. Put a space there.';

/** A template has no topic of its own: where any of its program is marketing, it is judged as that. */
export const purposeOf = ({ topics }: Program): Purpose =>
  topics.some(({ purpose }) => purpose === 'marketing') ? 'marketing' : 'informational';

function faultOf(piece: Piece, { fields, flags, sealed, samples }: Nameable): string | null {
  if (piece.kind === 'coupon' && !samples.coupons.has(piece.pool))
    return `Character ${piece.at}: there is no coupon pool of this id. PUT /coupon-pools makes one.`;
  if (piece.kind !== 'field') return null;
  if ([...sealed].some((name) => piece.name === `fields.${name}`))
    return `Character ${piece.at}: {${piece.name}} holds mailboxes or phone numbers, which are kept sealed; no text shows it.`;
  if ([...flags].some((name) => piece.name === `fields.${name}`))
    return `Character ${piece.at}: {${piece.name}} is a yes or no, which has no words. Choose who gets which text by a segment.`;
  return faultOfField(piece, fields);
}

function faultOfField(piece: Piece & { kind: 'field' }, own: ReadonlySet<string>): string | null {
  const field = mergeField(piece.name, own);
  if (field === null)
    return `Character ${piece.at}: there is no field "${piece.name}". ${fieldsThereAre(own)}`;
  if (field.always || piece.fallback !== null) return null;
  return `Character ${piece.at}: {${piece.name}} is not known of everyone; say what stands there instead, {${piece.name}|…}.`;
}

const fieldsThereAre = (own: ReadonlySet<string>): string => `There are ${mergeableNames(own).join(', ')}.`;

/** A picture, film or card of a template: where the carrier fetches it, and what its author says of it. */
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

/** Source: Twilio Docs, "Create a Message", `MediaUrl`: ten, 5 MB for what it converts, 500 kB for anything else. */
export const MOST_MEDIA = 10;
const MOST_BYTES = { image: 5_000_000, other: 500_000, together: 5_000_000 };

const isImage = (type: MediaType): boolean => (IMAGES as readonly string[]).includes(type);

/** What the carrier would refuse, by its place in the list; null for the list as a whole. */
type MediaFault = { at: number | null; problem: string };

/** Sizes are believed, not looked at: nothing of ours fetches an address that somebody wrote. */
export function mediaFaults(media: readonly Media[]): MediaFault[] {
  const faults: MediaFault[] = media.flatMap(({ type, bytes }, at) => {
    const most = isImage(type) ? MOST_BYTES.image : MOST_BYTES.other;
    return bytes <= most
      ? []
      : [{ at, problem: `It has ${bytes} bytes; of ${type} the carrier takes ${most}.` }];
  });
  if (media.length > MOST_MEDIA) faults.push({ at: null, problem: `At most ${MOST_MEDIA}.` });
  const sum = media.reduce((total, { bytes }) => total + bytes, 0);
  if (faults.length === 0 && sum > MOST_BYTES.together) {
    faults.push({ at: null, problem: `Together ${sum} bytes; the carrier takes ${MOST_BYTES.together}.` });
  }
  return faults;
}

/** What a template may name of everyone, and how it is explained to who writes one. */
const BUILT_IN = {
  first_name: 'the first name',
  last_name: 'the last name',
  city: 'the city they live in',
  state: 'the state they live in, "CA"',
  brand: "the program's brand",
  program: "the program's name",
} as const;

/** Known of every message, so that no fallback is needed. */
const ALWAYS: ReadonlySet<string> = new Set(['brand', 'program']);

type MergeField = { name: string; always: boolean };

/** Names of all that a text may show, as it names them. */
const mergeableNames = (own: ReadonlySet<string>): string[] => [
  ...Object.keys(BUILT_IN),
  ...Array.from(own, (name) => `fields.${name}`),
];

/** The field of a name: one of everyone, or `fields.<name>` of the installation's own; null where there is none. */
function mergeField(name: string, own: ReadonlySet<string>): MergeField | null {
  if (Object.hasOwn(BUILT_IN, name)) return { name, always: ALWAYS.has(name) };
  const [, custom] = /^fields\.(.+)$/.exec(name) ?? [];
  if (custom === undefined || !FIELD_NAME.test(name) || !own.has(custom)) return null;
  return { name, always: false };
}

/** What a phone takes for more of the address before it; marks are none unless such a character is right behind them. */
const GOES_ON = /^[.,:;!'"()*\]]*[\p{L}\p{N}\p{M}_/%&=+~@$-]/u;
const MARKS_ALONE = /^[.,:;!'"()*\]]+$/;

/** Places of links that what is right behind them would make part of another address, which leads nowhere. */
const runOnLinks = (pieces: readonly Piece[]): number[] =>
  pieces.flatMap((piece, place) => {
    if (piece.kind !== 'link') return [];
    const [next, after] = pieces.slice(place + 1, place + 3);
    return goesOn(next) || (isMarks(next) && after !== undefined) ? [piece.at] : [];
  });

const goesOn = (next: Piece | undefined): boolean =>
  next !== undefined && (next.kind !== 'words' || GOES_ON.test(next.text));

const isMarks = (next: Piece | undefined): boolean => next?.kind === 'words' && MARKS_ALONE.test(next.text);
