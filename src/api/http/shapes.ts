import { z } from 'zod';
import type { ZodOpenApiOverrideMetaContext } from 'zod-openapi';
import type { TextPosition, TextView } from '../../consent/inbound/text-view.ts';
import { CAP_KINDS, type CapHit, capInWords } from '../../domain/caps/cap-rules.ts';
import {
  EVENT_TYPE,
  EVENT_TYPE_LETTERS,
  isEveryObjects,
  SLUG,
  SLUG_LETTERS,
} from '../../domain/contacts/profile.ts';
import { mayHoldNumber, NUMBER_IN_CLEAR, type NumberReading, readNumber } from '../../domain/numbers.ts';
import type { Page } from '../../domain/page.ts';
import { LANGUAGES } from '../../domain/program.ts';
import { faultIn, MOST_PARTS, NOTES, type Note } from '../../domain/sending/message-plan.ts';
import { REASONS, type Reason } from '../../domain/sending/send-rules.ts';
import type { Hold } from '../../sending/quiet-hours.ts';
import { UNUSABLE } from './route.ts';

type Phone = Extract<NumberReading, { kind: 'phone' }>;

/** A phone number, read strictly, as E.164. Errors never repeat the input. */
const phoneThat = (serves: (reading: Phone) => boolean, description: string) =>
  z
    .string()
    .meta({ description, examples: ['+15551230001'] })
    .transform((text, context) => {
      const reading = readNumber(text);
      if (reading.kind === 'phone' && serves(reading)) return reading.e164;
      const message = reading.kind === 'not-a-number' ? reading.why : NOT_A_RECIPIENT[reading.kind];
      context.addIssue({ code: 'custom', message: `${message} ${MUST_BE_PHONE}`, params: UNUSABLE });
      return z.NEVER;
    });

/** A text that can be sent as it is. */
export const wordsToSend = z.string().superRefine((written, context) => {
  const message = faultIn(written);
  if (message === null) return;
  const must = `It must be text that can be sent, of at most ${MOST_PARTS} parts.`;
  context.addIssue({ code: 'custom', message: `${message} ${must}`, params: UNUSABLE });
});

/** A number that can receive texts. */
export const phone = phoneThat(
  ({ valid, fictional }) => valid || fictional,
  'A phone number with + and country code. Short codes and unassigned ranges are refused.',
);

/**
 * The number of a possible contact: a person who texted us must not be refused because our copy of the numbering
 * plan is older than their number.
 */
export const heldPhone = phoneThat(
  ({ valid, fictional, e164 }) => valid || fictional || /^\+(?!1)|^\+1[2-9]\d\d[2-9]\d{6}$/.test(e164),
  'A phone number with + and country code. Short codes are refused.',
);

const MUST_BE_PHONE = 'It must be a phone number with + and country code, such as +12125550123.';

const NOT_A_RECIPIENT = {
  phone: 'No phone has a number of this range.',
  'short-code': 'A short code cannot get texts.',
  alphanumeric: 'An alphanumeric sender cannot get texts.',
} as const;

export const contactId = z
  .string()
  .regex(
    /^c_[\w-]{16}$/,
    'It must be the id of a contact, as POST /contacts/lookup answers it: c_ and 16 characters.',
  )
  .meta({
    description: 'The id of a contact, from POST /contacts/lookup.',
    examples: ['c_6f1kQ0rBq0e2Yx9a'],
  });

export const slug = z
  .string()
  .regex(SLUG, `It must be ${SLUG_LETTERS}.`)
  .refine((text) => !isEveryObjects(text), 'It cannot be used as an id. It must be another word.');

/** An object with a name in the description of the API, and so in generated clients, such as Hold or DecideHoldRequest. */
export const shape = <Fields extends z.ZodRawShape>(name: string, fields: Fields) =>
  z.strictObject(fields).meta({ id: name });

/**
 * A part of an answer that the description shows as the named schema, such as SegmentTree. The answer itself is not
 * checked by it: the value was, when it was saved.
 */
export const shownAs = (name: string, description?: string) =>
  z.unknown().meta({
    ...(description === undefined ? {} : { description }),
    override: { $ref: `#/components/schemas/${name}` },
  });

/** A segment as it was saved: the schema of its clauses. */
export const shownTree = shownAs('SegmentTree');

/** One line of text. */
export const line = (least: number, most: number) =>
  z
    .string()
    .trim()
    .min(least)
    .max(most)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'It must be one line of text.');

const IN_CLEAR = { error: NUMBER_IN_CLEAR, params: UNUSABLE };
const holdsNone = (text: string): boolean => !mayHoldNumber(text);

/** One line of text that is stored in the clear. */
export const plainLine = (least: number, most: number) => line(least, most).refine(holdsNone, IN_CLEAR);

/** A name that is stored in the clear with each person who has it. */
export const plainSlug = slug.refine(holdsNone, IN_CLEAR);

/** An event type: stored in the clear with each person, and logged. */
export const eventType = z
  .string()
  .regex(EVENT_TYPE, `It must be ${EVENT_TYPE_LETTERS}.`)
  .refine(holdsNone, IN_CLEAR);

/** Refinement: the body names its person either by `contact` or by `phone`. */
export const namesOnePerson = (body: { contact?: unknown; phone?: unknown }): boolean =>
  (body.contact === undefined) !== (body.phone === undefined);
export const ONE_PERSON = {
  path: ['phone'],
  error: 'Give either contact or phone. Exactly one of them is accepted.',
};

export const language = z.enum(LANGUAGES).meta({ id: 'Language' });

export const time = z.iso.datetime({ offset: true });

export const reason = shape('Reason', {
  code: z.enum(Object.keys(REASONS) as [Reason, ...Reason[]]).meta({ id: 'ReasonCode' }),
  sentence: z.string(),
});

export const reasonsOf = (codes: readonly Reason[]) =>
  codes.map((code) => ({ code, sentence: REASONS[code] }));

export const iso = (date: Date): string => date.toISOString();
export const isoOrNull = (date: Date | null | undefined): string | null => date?.toISOString() ?? null;

const LIMIT = { least: 1, most: 200, usual: 50 } as const;

/** `limit` in a query: digits in a string, described in OpenAPI as a number. */
const limit = z
  .string()
  .regex(/^([1-9]\d?|1\d\d|200)$/, `It must be a whole number from ${LIMIT.least} to ${LIMIT.most}.`)
  .transform(Number)
  .prefault(String(LIMIT.usual))
  .meta({
    description: 'How many items a page has at most.',
    override: ({ jsonSchema }: ZodOpenApiOverrideMetaContext) => {
      delete jsonSchema.pattern;
      const { least: minimum, most: maximum, usual } = LIMIT;
      Object.assign(jsonSchema, { type: 'integer', minimum, maximum, default: usual });
    },
  });

const NO_CURSOR = 'It must be the next_cursor of an earlier page of this list.';

/** A position in one list, opaque to the client. `position` is the shape of its content. */
function cursor(list: string, position: RegExp) {
  return z
    .string()
    .max(600, NO_CURSOR)
    .meta({ description: 'The `next_cursor` of the page before.' })
    .transform((text, context) => {
      const [of, ...rest] = Buffer.from(text, 'base64url').toString('utf8').split(' ');
      const place = rest.join(' ');
      // Encodes the position again, so that each position has exactly one cursor and nothing may follow it.
      if (of === list && position.test(place) && cursorAt(list, place) === text) return place;
      context.addIssue({ code: 'custom', message: NO_CURSOR });
      return z.NEVER;
    })
    .optional();
}

export const cursorAt = (list: string, place: string): string =>
  Buffer.from(`${list} ${place}`, 'utf8').toString('base64url');

/** The query fields that page through one list. */
export const paging = (list: string, position: RegExp) => ({ limit, cursor: cursor(list, position) });

/** One page of items and the cursor of the next page; null on the last page. */
export function page<T extends z.ZodType>(item: T) {
  const list = z.strictObject({
    items: z.array(item),
    next_cursor: z.string().nullable().meta({
      description: 'Pass it back as `cursor` to get the next page. Null: this page is the last.',
    }),
  });
  const name = item.meta()?.id;
  return name === undefined ? list : list.meta({ id: `${name}Page` });
}

/** Cuts the rows read (one more than a page holds) into a page. */
export function toPage<T>(
  list: string,
  rows: readonly T[],
  most: number,
  placeOf: (row: T) => string,
): { rows: T[]; next_cursor: string | null } {
  const rest = rows.length > most ? rows[most - 1] : undefined;
  return {
    rows: rows.slice(0, most),
    next_cursor: rest === undefined ? null : cursorAt(list, placeOf(rest)),
  };
}

/** One page of a use case as an answer shows it. `textOf`: the content of the cursor. */
export const answerPage = <Item, Position, Shown>(
  list: string,
  { items, next }: Page<Item, Position>,
  shown: (item: Item) => Shown,
  textOf: (position: Position) => string,
): { items: Shown[]; next_cursor: string | null } => ({
  items: items.map(shown),
  next_cursor: next === null ? null : cursorAt(list, textOf(next)),
});

/** The same where the position is the content of the cursor. */
export const plainPage = <Item, Shown>(list: string, found: Page<Item>, shown: (item: Item) => Shown) =>
  answerPage(list, found, shown, (position) => position);

const PLACEHOLDER = 'placeholder';

export const note = shape('TextNote', {
  code: z.enum([...(Object.keys(NOTES) as [Note, ...Note[]]), PLACEHOLDER]),
  sentence: z.string(),
});

/** `placeholders`: sentences about fields that the text would show as they are written. */
export const notesOf = (codes: readonly Note[], placeholders: readonly string[]) => [
  ...placeholders.map((sentence) => ({ code: PLACEHOLDER, sentence }) as const),
  ...codes.map((code) => ({ code, sentence: NOTES[code] })),
];

/** One text of a person, with its words. */
export const text = shape('InboundText', {
  id: z.string().meta({ description: "The carrier's id of the text." }),
  received_at: time,
  to: z.string().meta({ description: 'Our number to which the text was sent.' }),
  rule: z.string().meta({ description: 'The rule that read the text.' }),
  words: z.string().nullable().meta({
    description: 'The words of the text. Null once they were erased or are older than the retention.',
  }),
  pictures: z.number(),
});

export const shownText = ({ id, receivedAt, to, rule, words, pictures }: TextView) => ({
  id,
  received_at: iso(receivedAt),
  to,
  rule,
  words,
  pictures,
});

/** The query fields that page through the texts of one person, in the order in which the texts reached us. */
export const textPaging = (list: string) => paging(list, /^\d{1,15} \d{1,15} .{1,100}$/s);

/** One page of the texts of a person as an answer shows it. */
export const textPage = (list: string, found: Page<TextView, TextPosition>) =>
  answerPage(list, found, shownText, ({ rev, receivedAt, id }) => `${rev} ${receivedAt.getTime()} ${id}`);

export function textAt(cursor: string | undefined): TextPosition | null {
  if (cursor === undefined) return null;
  const [rev, at, ...id] = cursor.split(' ');
  return { rev: Number(rev), receivedAt: new Date(Number(at)), id: id.join(' ') };
}

/** The cap that withholds a message; null when none does. */
export const capped = shape('ReachedCap', {
  by: z.enum(CAP_KINDS),
  count: z.number(),
  hours: z.number(),
  source: z
    .string()
    .nullable()
    .meta({ description: 'The law or rule that the cap follows from. Null: a cap of your own.' }),
  frees_at: time.meta({ description: 'When the cap allows one more message.' }),
  sentence: z.string(),
}).nullable();

export const cappedOf = (hit: CapHit | null | undefined): z.input<typeof capped> => {
  if (hit == null) return null;
  const { by, count, hours, source, frees } = hit;
  return { by, count, hours, source, frees_at: iso(frees), sentence: `The person had ${capInWords(hit)}.` };
};

/** The quiet hours that withhold a message; null when none do. */
export const held = shape('QuietHoursHold', {
  until: time.nullable().meta({
    description:
      'When the quiet hours end; the rule is then checked again. Null: no hour of the next eight days is permitted in every place where the person may be.',
  }),
  rule: z.string().meta({ description: 'Source of the rule.' }),
  zone: z.string().meta({ description: 'The time zone that the rule goes by.' }),
}).nullable();

export const heldOf = (hold: Hold | null): z.input<typeof held> =>
  hold === null
    ? null
    : { until: hold.where.noHour ? null : iso(hold.until), rule: hold.by, zone: hold.where.zone };

/** Description of the answer fields that would tell whether a number was known. */
export const untold =
  'Null for a key whose root key has no contacts:read: such a key does not learn which people it saves.';

export const count = z.int().min(0);

/** How an answer reports refused lines. */
export const lineFaults = {
  refused: count.meta({ description: 'How many lines are wrong in themselves. `errors` names them.' }),
  errors: z
    .array(shape('LineFault', { line: count, field: z.string(), message: z.string() }))
    .meta({ description: 'The first hundred faults, in the order of lines.' }),
  errors_left_out: count,
  refused_unnamed: count.nullable().meta({
    description: `How many lines were refused because of what is stored about a person, or because nothing is. The answer does not say which lines: ask for one person at a time. ${untold}`,
  }),
};
