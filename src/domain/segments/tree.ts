import { z } from 'zod';
import { CHANNELS } from '../consent/channels.ts';
import { SUBSCRIPTION_STATES } from '../consent/consent-state.ts';
import { LANGUAGES, PURPOSES } from '../program.ts';
import { validationSentence } from '../validation-sentence.ts';
import {
  age,
  amount,
  type ClauseFault,
  days,
  daysAgo,
  FIELD_NAME,
  fieldTest,
  KNOWABLE,
  levels,
  listOf,
  MOST_MILES,
  oneOf,
  period,
  REMEMBERED_SENDS,
  someOf,
  times,
  word,
} from './clauses/shapes.ts';

const GROUPS = ['all', 'any', 'none'] as const;
export type GroupKind = (typeof GROUPS)[number];

/** The most levels of a tree, the top one included. */
export const MOST_DEPTH = 8;
/** The most clauses of a tree, groups included. */
export const MOST_CLAUSES = 200;

export type Leaf = z.infer<(typeof LEAVES)[number]>;
export type LeafOf<K extends Leaf['kind']> = Extract<Leaf, { kind: K }>;

/**
 * Who belongs to a segment. A clause is either true or false of a contact; a clause about an unknown value is
 * false. So a `none` group, true where no child is true, matches contacts whose value is unknown; add a `known`
 * clause to exclude them.
 */
export type Tree = Leaf | { kind: GroupKind; of: Tree[] };

const group = z.strictObject({
  kind: z.enum(GROUPS).describe('Whether all, any or none of the trees must be true.'),
  of: z.lazy(() => z.array(treeShape)).describe('The trees: clauses and further groups.'),
});

/**
 * Clauses that contain no other clause. Ages and days are counted from the evaluation of the segment; both ends are
 * inclusive.
 */
const LEAVES = [
  z.strictObject({ kind: z.literal('everyone') }),
  z.strictObject({
    kind: z.literal('age'),
    from: age.describe('The least age, years.').exactOptional(),
    to: age.describe('The greatest age, years.').exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('gender'),
    oneOf: someOf(z.enum(['female', 'male', 'other'])).describe('Genders.'),
  }),
  z.strictObject({
    kind: z.literal('language'),
    oneOf: someOf(z.enum(LANGUAGES)).describe('Languages of contacts, ISO 639-1.'),
  }),
  oneOf(
    'country',
    z.string().regex(/^[A-Z]{2}$/, 'It must be two capital letters, such as US.'),
    'Countries, ISO 3166-1 alpha-2.',
  ),
  oneOf(
    'state',
    z.string().regex(/^[A-Z]{2}$/, 'It must be two capital letters, such as CA.'),
    'States and provinces, postal abbreviations.',
  ),
  oneOf('city', word, 'Cities, as contacts have them.'),
  oneOf(
    'zip',
    z
      .string()
      .regex(
        /^(\d{5}|[A-Z]\d[A-Z] \d[A-Z]\d)$/,
        'It must be a ZIP or postal code, such as 90210 or K1A 0B1.',
      ),
    'ZIP and postal codes.',
  ),
  oneOf(
    'zip-area',
    z
      .string()
      .regex(
        /^(\d{1,4}|[A-Z](\d[A-Z]?)?)$/,
        'It must be the beginning of a ZIP or postal code, such as 902 or K1A.',
      ),
    'Beginnings of ZIP and postal codes.',
  ),
  /** Contacts whose ZIP code lies within this distance, measured from centre to centre. */
  z.strictObject({
    kind: z.literal('near'),
    zip: z
      .string()
      .regex(/^\d{5}$/, 'It must be a ZIP code of five digits.')
      .describe('The ZIP code in the middle.'),
    miles: z.number().min(1).max(MOST_MILES).describe('The distance from it, miles.'),
  }),
  oneOf(
    'area-code',
    z.string().regex(/^[2-9]\d\d$/, 'It must be an area code of three digits, such as 212.'),
    'Area codes of phone numbers.',
  ),
  oneOf('zone', word, 'IANA time zones.'),
  /** Contacts whose place and ZIP code do not settle on one time zone. The strictest quiet hours apply to them. */
  z.strictObject({ kind: z.literal('weak-zone') }),
  oneOf('interest', word, 'Interests.'),
  oneOf('list', word, 'Names of lists.'),
  oneOf('contact', word, 'Ids of contacts.'),
  z.strictObject({
    kind: z.literal('known'),
    what: z.enum(KNOWABLE).describe('What must be known of the contact.'),
  }),
  z.strictObject({
    kind: z.literal('field'),
    name: z
      .string()
      .regex(FIELD_NAME, 'It must be 1 to 40 of a-z, 0-9 and "_", without "__" before it.')
      .describe('The name of the custom field.'),
    test: fieldTest.describe('The test that its value passes.'),
  }),
  z.strictObject({
    kind: z.literal('stage'),
    oneOf: listOf(word).describe('Stages.'),
    ...daysAgo,
  }),
  z.strictObject({ kind: z.literal('added'), ...daysAgo }),
  /** One subscription that meets all conditions. The days are the age of the confirmed consent behind it. */
  z.strictObject({
    kind: z.literal('subscription'),
    state: z.enum(SUBSCRIPTION_STATES).describe('The state of the subscription.'),
    program: word.describe('The id of its program.').exactOptional(),
    topics: listOf(word).describe('Topics, one of which it includes.').exactOptional(),
    channels: someOf(z.enum(CHANNELS)).describe('Ways in which the consent was given.').exactOptional(),
    purposes: someOf(z.enum(PURPOSES)).describe('Purposes of its program.').exactOptional(),
    ...daysAgo,
  }),
  /**
   * At least `times` events (default 1) and a total amount of at least `sum`, to the cent; the `AtMost` members are
   * upper limits.
   */
  z.strictObject({
    kind: z.literal('did'),
    event: word.describe('The type of the event.'),
    times: times.describe('How often at least; 1 when left out.').exactOptional(),
    timesAtMost: times.describe('How often at most.').exactOptional(),
    sum: amount.min(0.01).describe('The least total of the amounts.').exactOptional(),
    sumAtMost: amount.min(0).describe('The greatest total of the amounts.').exactOptional(),
    ...period,
  }),
  z.strictObject({ kind: z.literal('did-not'), event: word.describe('The type of the event.'), ...period }),
  z.strictObject({
    kind: z.literal('engagement'),
    oneOf: someOf(z.enum(levels)).describe('Levels of engagement.'),
  }),
  /**
   * Campaign messages that the carrier accepted. `delivered`: the message reached the handset. `clicked`: one of
   * its links was clicked, or none was.
   */
  z.strictObject({
    kind: z.literal('sent'),
    campaign: word.describe('The id of a campaign; any when left out.').exactOptional(),
    delivered: z.literal(true).describe('The message reached the handset.').exactOptional(),
    clicked: z.boolean().describe('Whether one of its links was clicked.').exactOptional(),
    days: days.describe('Sent in the last so many days.').exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('replied'),
    days: days.describe('Texted in the last so many days.').exactOptional(),
  }),
  /**
   * Contacts who got at least `last` campaign messages, and neither clicked nor texted since the first of the last
   * `last`.
   */
  z.strictObject({
    kind: z.literal('ignored'),
    last: z.int().min(1).max(REMEMBERED_SENDS).describe('How many campaign messages.'),
  }),
  z.strictObject({ kind: z.literal('segment'), id: word.describe('The id of another segment.') }),
] as const;

/** Checks only the shape, at any depth. `readTree` reads input from outside. */
export const treeShape: z.ZodType<Tree> = z.discriminatedUnion('kind', [...LEAVES, group]);

const nameOfKind = (kind: string): string =>
  kind.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

// The names that the description of the API, and so generated clients, have for clauses: AgeClause.
for (const leaf of LEAVES) z.globalRegistry.add(leaf, { id: `${nameOfKind(leaf.shape.kind.value)}Clause` });
for (const test of fieldTest.options)
  z.globalRegistry.add(test, { id: `${nameOfKind(test.shape.kind.value)}FieldTest` });
z.globalRegistry.add(group, { id: 'ClauseGroup' });
z.globalRegistry.add(treeShape, { id: 'SegmentTree' });

export function isGroup<T extends { kind: string }>(tree: T): tree is Extract<T, { of: unknown }> {
  return GROUPS.some((kind) => kind === tree.kind);
}

/** A leaf, and a tree, that names no other segment any more. */
export type ResolvedLeaf = Exclude<Leaf, { kind: 'segment' }>;
export type Resolved = ResolvedLeaf | { kind: GroupKind; of: Resolved[] };
export type ResolvedGroup = Extract<Resolved, { of: unknown }>;

/** True where a tree plainly excludes nobody, however it is written. */
export function isEveryone(tree: Resolved): boolean {
  if (!isGroup(tree)) return tree.kind === 'everyone';
  if (tree.kind === 'all') return tree.of.every(isEveryone);
  return tree.kind === 'any' && tree.of.some(isEveryone);
}

type Read = { ok: true; tree: Tree } | { ok: false; faults: ClauseFault[] };

/**
 * Reads a tree from outside. Checks the size first, without recursion, because deep input would overflow the stack;
 * then the shape. No sentence repeats the input; a place may end in the name of an unknown member.
 */
export function readTree(input: unknown): Read {
  const oversize = sizeFault(input);
  if (oversize) return { ok: false, faults: [oversize] };
  const read = treeShape.safeParse(input, { error: validationSentence });
  if (read.success) return { ok: true, tree: read.data };
  return { ok: false, faults: read.error.issues.flatMap(faultsOf) };
}

/** Of an unknown member the place is that of the member itself. */
function faultsOf(issue: z.core.$ZodIssue): ClauseFault[] {
  const paths =
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
  return paths.map((path) => ({ path: pointer(path), problem: issue.message }));
}

function sizeFault(input: unknown): ClauseFault | null {
  const open = [{ node: input, path: '', depth: 1 }];
  for (let seen = 1; open.length > 0; seen++) {
    const { node, path, depth } = open.pop() ?? { node: null, path: '', depth: 1 };
    if (seen > MOST_CLAUSES) return { path: '', problem: `A segment has at most ${MOST_CLAUSES} clauses.` };
    if (depth > MOST_DEPTH) return { path, problem: `Clauses go at most ${MOST_DEPTH} levels deep.` };
    const children = typeof node === 'object' && node !== null && 'of' in node ? node.of : null;
    if (!Array.isArray(children)) continue;
    if (children.length > MOST_CLAUSES) {
      return { path: `${path}/of`, problem: `A segment has at most ${MOST_CLAUSES} clauses.` };
    }
    open.push(
      ...children.map((child, at) => ({ node: child, path: `${path}/of/${at}`, depth: depth + 1 })).reverse(),
    );
  }
  return null;
}

function pointer(steps: readonly PropertyKey[]): string {
  return steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
