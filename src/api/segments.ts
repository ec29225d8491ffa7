import { z } from 'zod';
import { READY_MADE } from '../domain/segments/ready-made.ts';
import { readTree, type Tree } from '../domain/segments/tree.ts';
import type { HowMany } from '../domain/statistics.ts';
import { CountTookLong, type Preview, previewAudience } from '../segments/preview.ts';
import {
  InvalidSegment,
  readSentenceWriter,
  resolveTree,
  type SentenceWriter,
  saveSegment,
} from '../segments/segments.ts';
import { archiveSegment, readSegments, type SegmentDoc } from '../store/segments.ts';
import { Problem } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute } from './http/route.ts';
import {
  contactId,
  iso,
  page,
  paging,
  plainLine,
  reason,
  reasonsOf,
  slug,
  time,
  toPage,
} from './http/shapes.ts';
import { findProgram, findTopic } from './programs.ts';

/** Validated by the rules of segments, which check the size of a tree before reading it. */
export const tree = z
  .unknown()
  .transform((written, context): Tree => {
    const read = readTree(written);
    if (read.ok) return read.tree;
    for (const { path, problem } of read.faults) {
      context.addIssue({ code: 'custom', message: problem, path: stepsOf(path) });
    }
    return z.NEVER;
  })
  .meta({
    description:
      'A clause, or `all`, `any` or `none` of a list of them: {"kind": "all", "of": [{"kind": "state", "oneOf": ["CA"]}, {"kind": "did-not", "event": "purchase", "days": 90}]}. docs/segments.md lists the kinds.',
    override: { type: 'object' },
  });

const stepsOf = (pointer: string): string[] => pointer.split('/').slice(1);

const segmentParams = z.strictObject({ id: slug });
const segmentsQuery = z.strictObject({
  ...paging('segments', /^[a-z0-9-]{1,40}$/),
  archived: z.literal('true').optional().meta({ description: 'Those that were put aside, and no others.' }),
});
const segmentBody = z.strictObject({ name: plainLine(1, 80), tree });

const segmentAnswer = z.strictObject({
  id: z.string(),
  name: z.string(),
  sentence: z.string(),
  tree: z.unknown().meta({ override: { type: 'object' } }),
  archived: z.boolean().meta({ description: 'In no list, and named by nothing new.' }),
  updated_at: time,
});
const segmentsAnswer = page(segmentAnswer);

async function listSegments({ context, query }: ApiRequest<{ query: typeof segmentsQuery }>) {
  const wanted = query.archived === 'true';
  const found = (await readSegments(context.store)).filter(
    ({ _id, archived = false }) => archived === wanted && _id > (query.cursor ?? ''),
  );
  const { rows, next_cursor } = toPage('segments', found, query.limit, ({ _id }) => _id);
  const trees = rows.map((row) => row.tree);
  const say = await readSentenceWriter(context.store, context.catalog.current().book, trees);
  return { items: rows.map((row) => shownAs(row, say)), next_cursor };
}

async function showSegment({ context, params }: ApiRequest<{ params: typeof segmentParams }>) {
  const found = (await readSegments(context.store)).find(({ _id }) => _id === params.id);
  if (found === undefined) throw new Problem('not-found', 'There is no segment of this id.');
  return shown(context, found);
}

type Put = ApiRequest<{ params: typeof segmentParams; body: typeof segmentBody }>;

async function putSegment({ context, key, params, body }: Put) {
  try {
    const { book } = context.catalog.current();
    const saved = await saveSegment(context.store, book, { id: params.id, ...body }, context.now());
    context.log.info({ key: key.id, segment: saved._id }, 'a segment was saved');
    return await shown(context, saved);
  } catch (error) {
    throw refusalOfSegment(error, 'tree');
  }
}

const archiveBody = z.strictObject({});

type Archive = ApiRequest<{ params: typeof segmentParams; body: typeof archiveBody }>;

/** The handler that archives or restores a segment. What uses the segment already continues to use it. */
const archive =
  (archived: boolean) =>
  async ({ context, key, params }: Archive) => {
    const found = await archiveSegment(context.store, params.id, archived, context.now());
    if (found === null) throw new Problem('not-found', 'There is no segment of this id.');
    context.log.info({ key: key.id, segment: found._id, archived }, 'a segment was archived or brought back');
    return shown(context, found);
  };

/** The error of a refused tree. `field`: where the tree is in the body. */
export function refusalOfSegment(error: unknown, field: string): unknown {
  if (!(error instanceof InvalidSegment)) return error;
  const errors = error.faults.map(({ path, problem }) => ({
    field: [field, ...stepsOf(path)].join('.'),
    message: problem,
  }));
  return new Problem('unprocessable', 'The segment cannot be used.', { errors });
}

async function shown(context: ApiRequest<object>['context'], segment: SegmentDoc) {
  return shownAs(
    segment,
    await readSentenceWriter(context.store, context.catalog.current().book, [segment.tree]),
  );
}

function shownAs({ _id, name, tree: of, archived, updatedAt }: SegmentDoc, say: SentenceWriter) {
  return {
    id: _id,
    name,
    sentence: say(of),
    tree: of,
    archived: archived ?? false,
    updated_at: iso(updatedAt),
  };
}

const previewBody = z.strictObject({
  program: slug,
  topic: slug.meta({ description: 'What the message would be about: who may get it follows from it.' }),
  tree,
  exact: z
    .literal(true)
    .optional()
    .meta({ description: 'Wait for exact numbers, some seconds, where an estimate would be told.' }),
});

const howMany = {
  people: z.number(),
  exact: z.boolean().meta({ description: 'Counted; else estimated from a sample.' }),
  between: z
    .tuple([z.number(), z.number()])
    .meta({ description: 'Where the number lies 95 times in a hundred.' }),
};

const previewAnswer = z.strictObject({
  sentence: z.string(),
  matches: z.strictObject(howMany).meta({ description: 'People who fit now.' }),
  next_step: z.string().optional(),
  remaining: z
    .array(z.strictObject({ clause: z.string(), ...howMany }))
    .meta({ description: 'How many are left after each clause, where all must hold; of the first twenty.' }),
  judged: z.number().meta({ description: 'Of how many it was decided one by one: all, or a fair sample.' }),
  may_be_texted: z.number().meta({ description: 'Of those judged, now.' }),
  held: z
    .array(z.strictObject({ until: time, people: z.number(), rules: z.array(z.string()) }))
    .meta({ description: 'Of those judged, whom quiet hours keep, and until when.' }),
  capped: z.number().meta({ description: 'Of those judged, who had as many messages as they may have.' }),
  refused: z
    .array(z.strictObject({ ...reason.shape, people: z.number() }))
    .meta({ description: 'Of those judged, who may not get it, by reason; a person may have several.' }),
  unreadable: z.number().meta({ description: 'Of those judged, whom no key of this process opens.' }),
  zones: z
    .array(z.strictObject({ zone: z.string(), people: z.number(), weak: z.number() }))
    .meta({ description: 'Of those judged; weak: of how many the zone is not sure.' }),
  samples: z.array(z.strictObject({ contact: contactId, masked: z.string() })),
});

/** Who a segment reaches now, and why some of them would get nothing. Stores and sends nothing. */
async function previewSegment({ context, key, body }: ApiRequest<{ body: typeof previewBody }>) {
  const { book } = context.catalog.current();
  const program = findProgram(book, body.program);
  const topic = findTopic(program, body.topic);
  const resolved = await resolveTree(context.store, book, body.tree, context.now()).catch(
    (error: unknown) => {
      throw refusalOfSegment(error, 'tree');
    },
  );
  const asked = { about: { program, topic }, exact: body.exact ?? false };
  const seen = await previewAudience(context, resolved, asked).catch((error: unknown) => {
    throw error instanceof CountTookLong ? TOO_LONG : error;
  });
  context.log.info({ key: key.id, matches: seen.matches.people }, 'an audience was previewed');
  const say = await readSentenceWriter(context.store, book, [body.tree, resolved]);
  const clauses = (resolved.kind === 'all' ? resolved.of : []).map(say);
  return {
    sentence: say(body.tree),
    matches: seen.matches,
    ...(isRough(seen) ? { next_step: NEXT_STEP } : {}),
    remaining: seen.remaining.map((left, at) => ({ clause: clauses[at] ?? '', ...left })),
    ...judgedOf(seen),
    samples: seen.samples.map(({ id, masked }) => ({ contact: id, masked })),
  };
}

const isRough = ({ matches, remaining }: Preview): boolean =>
  [matches, ...remaining].some((howMany: HowMany) => !howMany.exact);

const NEXT_STEP = 'Some numbers are estimates. Ask again with "exact": true to have them counted.';

const TOO_LONG = new Problem('unavailable', 'Counting took more than ten seconds.', {
  next_step:
    'Ask without "exact" for an estimate, or begin with a clause that few fit: a state, a ZIP, a list.',
});

function judgedOf({ judged }: Preview) {
  const byPeople = <T extends { people: number }>(rows: T[]): T[] => rows.sort((a, b) => b.people - a.people);
  return {
    judged: judged.of,
    may_be_texted: judged.allowed,
    held: [...judged.held]
      .sort(([a], [b]) => a - b)
      .map(([until, { people, by }]) => ({ until: iso(new Date(until)), people, rules: [...by] })),
    capped: judged.capped,
    refused: byPeople(
      [...judged.refused].flatMap(([code, people]) => reasonsOf([code]).map((one) => ({ ...one, people }))),
    ),
    unreadable: judged.unreadable,
    zones: byPeople([...judged.zones].map(([zone, count]) => ({ zone, ...count }))),
  };
}

const readyMadeQuery = z.strictObject({
  program: slug.optional().meta({ description: 'Of the people of one program; without it, of any.' }),
});

const readyMadeAnswer = z.strictObject({
  items: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      sentence: z.string(),
      tree: z.unknown().meta({ override: { type: 'object' } }),
    }),
  ),
});

/** Ready-made trees, to preview or to save under an id of one's own. */
async function listReadyMade({ context, query }: ApiRequest<{ query: typeof readyMadeQuery }>) {
  const { book } = context.catalog.current();
  const of = query.program === undefined ? {} : { program: findProgram(book, query.program).id };
  const made = READY_MADE.map(({ id, name, tree }) => ({ id, name, tree: tree(of) }));
  const say = await readSentenceWriter(
    context.store,
    book,
    made.map(({ tree }) => tree),
  );
  return { items: made.map(({ id, name, tree }) => ({ id, name, sentence: say(tree), tree })) };
}

const aside = {
  method: 'post',
  scope: 'programs:write',
  params: segmentParams,
  body: archiveBody,
  answer: segmentAnswer,
  problems: ['not-found'],
} as const;

/** Segments: the people a message is for. */
export const SEGMENT_ROUTES: readonly ApiRoute[] = [
  // Must come before the route with an id, which would read "preview" and "ready-made" as ids.
  defineRoute({
    method: 'post',
    path: '/segments/preview',
    scope: 'contacts:read',
    summary: 'Count who fits now, clause by clause, and why some of them would get nothing.',
    body: previewBody,
    answer: previewAnswer,
    handle: previewSegment,
  }),
  defineRoute({
    method: 'get',
    path: '/segments/ready-made',
    scope: 'programs:read',
    summary: 'List trees that most brands want, each as one sentence, to preview or to save.',
    query: readyMadeQuery,
    answer: readyMadeAnswer,
    problems: ['unprocessable'],
    handle: listReadyMade,
  }),
  defineRoute({
    method: 'get',
    path: '/segments',
    scope: 'programs:read',
    summary: 'List the segments, each as one sentence.',
    query: segmentsQuery,
    answer: segmentsAnswer,
    handle: listSegments,
  }),
  defineRoute({
    method: 'get',
    path: '/segments/{id}',
    scope: 'programs:read',
    summary: 'Show a segment.',
    params: segmentParams,
    answer: segmentAnswer,
    problems: ['not-found'],
    handle: showSegment,
  }),
  defineRoute({
    method: 'put',
    path: '/segments/{id}',
    scope: 'programs:write',
    summary:
      'Save a segment whole; one that nobody can ever belong to is refused with the place of the fault.',
    params: segmentParams,
    body: segmentBody,
    answer: segmentAnswer,
    handle: putSegment,
  }),
  defineRoute({
    ...aside,
    path: '/segments/{id}/archive',
    summary: 'Put a segment aside: in no list, and named by nothing new. What names it already goes on.',
    handle: archive(true),
  }),
  defineRoute({
    ...aside,
    path: '/segments/{id}/restore',
    summary: 'Bring an archived segment back.',
    handle: archive(false),
  }),
];
