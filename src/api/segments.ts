import { z } from 'zod';
import { readTree, type Tree } from '../domain/segments/tree.ts';
import { type HowMany, scaledUp } from '../domain/statistics.ts';
import { CountTookLong, type Preview, previewSegment } from '../segments/preview.ts';
import {
  InvalidSegment,
  listReadyMadeSegments,
  listSegments,
  removeSegment,
  type SegmentView,
  saveSegment,
  setSegmentArchived,
  showSegment,
} from '../segments/segments.ts';
import { people, peopleWith, shownPeople } from './figures.ts';
import { Problem, throwRefusal } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import {
  contactId,
  iso,
  page,
  paging,
  plainLine,
  reason,
  reasonsOf,
  shape,
  shownTree,
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
    override: { $ref: '#/components/schemas/SegmentTree' },
  });

const stepsOf = (pointer: string): string[] => pointer.split('/').slice(1);

const segmentParams = z.strictObject({ id: slug.meta({ description: 'Id of the segment.' }) });
const segmentsQuery = z.strictObject({
  ...paging('segments', /^[a-z0-9-]{1,40}$/),
  archived: z
    .literal('true')
    .optional()
    .meta({ description: 'Lists only archived segments. Only others are listed when left out.' }),
});
const segmentBody = shape('UpdateSegmentRequest', {
  name: plainLine(1, 80).meta({ description: 'Name of the segment, as staff read it.' }),
  tree,
});

const segmentAnswer = shape('Segment', {
  id: z.string(),
  name: z.string(),
  sentence: z.string().meta({ description: 'Who belongs to the segment.' }),
  tree: shownTree,
  archived: z
    .boolean()
    .meta({ description: 'An archived segment is in no list, and nothing new can name it.' }),
  updated_at: time,
});
const segmentsAnswer = page(segmentAnswer);

/** The body of a request that has no fields. */
export const emptyBody = shape('EmptyRequest', {});

type Archive = ApiRequest<{ params: typeof segmentParams; body: typeof emptyBody }>;

/** The handler that archives or restores a segment. */
const archive =
  (archived: boolean) =>
  async ({ context, key, params }: Archive) =>
    shown(await setSegmentArchived(context, { actor: actorOf(key), id: params.id, archived }));

/** The error of a refused tree. `field`: where the tree is in the body. */
export function refusalOfSegment(error: unknown, field: string): unknown {
  if (!(error instanceof InvalidSegment)) return error;
  const errors = error.faults.map(({ path, problem }) => ({
    field: [field, ...stepsOf(path)].join('.'),
    message: problem,
  }));
  return new Problem('unprocessable', 'The segment cannot be used.', { errors });
}

function shown(segment: SegmentView | null) {
  if (segment === null) throw new Problem('not-found', 'There is no segment of this id.');
  const { id, name, sentence, tree: of, isArchived, updatedAt } = segment;
  return { id, name, sentence, tree: of, archived: isArchived, updated_at: iso(updatedAt) };
}

const previewBody = shape('PreviewSegmentRequest', {
  program: slug.meta({ description: 'Id of the program for which the message would be sent.' }),
  topic: slug.meta({ description: 'What the message would be about. It decides who may get the message.' }),
  tree,
  exact: z.literal(true).optional().meta({
    description: 'Counts exactly, which takes some seconds, where the answer would have estimates.',
  }),
});

const previewAnswer = shape('SegmentPreview', {
  sentence: z.string().meta({ description: 'Who belongs to the segment.' }),
  matches: people('People who match now.'),
  next_step: z.string().optional(),
  remaining: z.array(peopleWith('PeopleByClause', { clause: z.string() })).meta({
    description:
      'How many people are left after each of the first twenty clauses, for a tree in which all clauses must hold.',
  }),
  judged: z.number().meta({
    description:
      'For how many people it was checked one by one whether they may be texted: all who match, or a fair sample of them, from which the figures below are estimated.',
  }),
  may_be_texted: people('People who may be texted now.'),
  held: z.array(peopleWith('SegmentPeopleHeld', { until: time, rules: z.array(z.string()) })).meta({
    description: 'People who must wait for the end of quiet hours, and until when.',
  }),
  over_cap: people('People who already had as many messages as a cap allows.'),
  refused: z.array(peopleWith('PeopleByReason', reason.shape)).meta({
    description: 'People who may not get the message. Each is counted once, under the first reason.',
  }),
  unreadable: people('People whom no key of this process can decrypt.'),
  zones: z
    .array(
      peopleWith('SegmentPeopleByZone', {
        zone: z.string(),
        weak: people('For how many of them the zone is not certain.'),
      }),
    )
    .meta({ description: 'People by time zone.' }),
  samples: z.array(shape('SegmentSample', { contact: contactId, masked: z.string() })),
  notes: z
    .array(shape('SegmentNote', { field: z.string(), code: z.enum(['nobody-has']), sentence: z.string() }))
    .meta({
      description:
        'Values of the tree that nobody has, which are mostly misspelt. The tree can be used all the same.',
    }),
});

async function preview({ context, key, body }: ApiRequest<{ body: typeof previewBody }>) {
  const program = findProgram(context.catalog.current().book, body.program);
  const about = { program, topic: findTopic(program, body.topic) };
  const asked = { actor: actorOf(key), tree: body.tree, about, exact: body.exact ?? false };
  const seen = await previewSegment(context, asked).catch((error: unknown) => {
    throw error instanceof CountTookLong ? TOO_LONG : refusalOfSegment(error, 'tree');
  });
  return {
    sentence: seen.sentence,
    matches: shownPeople(seen.matches),
    ...(!asked.exact && isRough(seen) ? { next_step: NEXT_STEP } : {}),
    remaining: seen.remaining.map((left, at) => ({
      clause: seen.clauses[at] ?? '',
      ...shownPeople(left),
    })),
    ...judgedOf(seen),
    samples: seen.samples.map(({ id, masked }) => ({ contact: id, masked })),
    notes: seen.notes.map(({ path, code, sentence }) => ({
      field: ['tree', ...stepsOf(path)].join('.'),
      code,
      sentence,
    })),
  };
}

/** Whether a count would make some of the numbers exact, or more people be checked. */
const isRough = ({ matches, remaining, basis }: Preview): boolean =>
  basis.sample < basis.all || [matches, ...remaining].some((howMany: HowMany) => !howMany.exact);

const NEXT_STEP =
  'Some numbers are estimates. Ask again with "exact": true to have people counted, and up to 2,000 of them checked.';

const TOO_LONG = new Problem('unavailable', 'Counting took more than ten seconds.', {
  next_step:
    'Ask without "exact" for an estimate, or begin with a clause that few people match: a state, a ZIP, a list.',
});

function judgedOf({ judged, basis }: Preview) {
  const scaled = (hits: number) => shownPeople(scaledUp(hits, basis));
  const most = <T>(counts: Iterable<T>, of: (row: T) => number): T[] =>
    [...counts].sort((a, b) => of(b) - of(a));
  return {
    judged: judged.of,
    may_be_texted: scaled(judged.allowed),
    held: [...judged.held]
      .sort(([a], [b]) => a - b)
      .map(([until, { people: n, by }]) => ({ until: iso(new Date(until)), ...scaled(n), rules: [...by] })),
    over_cap: scaled(judged.capped),
    refused: most(judged.refused, ([, n]) => n).flatMap(([code, n]) =>
      reasonsOf([code]).map((refusal) => ({ ...refusal, ...scaled(n) })),
    ),
    unreadable: scaled(judged.unreadable),
    zones: most(judged.zones, ([, { people: n }]) => n).map(([zone, { people: n, weak }]) => ({
      zone,
      ...scaled(n),
      weak: scaled(weak),
    })),
  };
}

const readyMadeQuery = z.strictObject({
  program: slug
    .optional()
    .meta({ description: 'The program whose people the trees are about. All programs when left out.' }),
});

const readyMadeAnswer = shape('ReadyMadeSegments', {
  items: z.array(
    shape('ReadyMadeSegment', {
      id: z.string(),
      name: z.string(),
      sentence: z.string(),
      tree: shownTree,
    }),
  ),
});

const aside = {
  method: 'post',
  scope: 'programs:write',
  params: segmentParams,
  body: emptyBody,
  answer: segmentAnswer,
  problems: ['not-found'],
} as const;

export const deletedAnswer = shape('Deleted', { id: z.string(), deleted: z.literal(true) });

/** The routes' common parts of deleting one thing that nothing uses. */
export const deleting = {
  method: 'post',
  scope: 'programs:write',
  body: emptyBody,
  answer: deletedAnswer,
  problems: ['not-found', 'not-possible'],
} as const;

/** The answer to a delete. `what`: the thing, as a sentence about its absence names it. */
export async function answerDeleted(id: string, what: string, removing: Promise<boolean>) {
  if (!(await removing.catch(throwRefusal)))
    throw new Problem('not-found', `There is no ${what} of this id.`);
  return { id, deleted: true as const };
}

/** Segments: the people a message is for. */
export const SEGMENT_ROUTES: readonly ApiRoute[] = [
  // Must come before the route with an id, which would read "preview" and "ready-made" as ids.
  defineRoute({
    method: 'post',
    path: '/segments/preview',
    id: 'previewSegment',
    returns: 'How many people match, clause by clause, and how many may be texted now.',
    scope: 'contacts:read',
    summary: 'Count the people who match now, clause by clause, and show why some of them would get nothing.',
    body: previewBody,
    answer: previewAnswer,
    handle: preview,
  }),
  defineRoute({
    method: 'get',
    path: '/segments/ready-made',
    id: 'listReadyMadeSegments',
    returns: 'All ready-made trees, each with its sentence.',
    scope: 'programs:read',
    summary: 'List ready-made trees that most brands need, each with its sentence, to preview or to save.',
    query: readyMadeQuery,
    answer: readyMadeAnswer,
    problems: ['unprocessable'],
    handle: async ({ context, query: { program } }) => {
      const { book } = context.catalog.current();
      const of = program === undefined ? {} : { program: findProgram(book, program).id };
      return { items: await listReadyMadeSegments(context, of) };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/segments',
    id: 'listSegments',
    returns: 'One page of segments, in the order of their ids.',
    scope: 'programs:read',
    summary: 'List the segments, each with its sentence.',
    query: segmentsQuery,
    answer: segmentsAnswer,
    handle: async ({ context, query: { archived, cursor = '', limit } }) => {
      const wanted = { archived: archived === 'true', after: cursor, limit: limit + 1 };
      const { rows, next_cursor } = toPage(
        'segments',
        await listSegments(context, wanted),
        limit,
        ({ id }) => id,
      );
      return { items: rows.map(shown), next_cursor };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/segments/{id}',
    id: 'getSegment',
    returns: 'The segment.',
    scope: 'programs:read',
    summary: 'Show a segment.',
    params: segmentParams,
    answer: segmentAnswer,
    problems: ['not-found'],
    handle: async ({ context, params }) => shown(await showSegment(context, params.id)),
  }),
  defineRoute({
    method: 'put',
    path: '/segments/{id}',
    id: 'updateSegment',
    returns: 'The segment as it was saved.',
    scope: 'programs:write',
    summary: 'Save a whole segment. A segment that can match nobody is refused, with the place of the fault.',
    params: segmentParams,
    body: segmentBody,
    answer: segmentAnswer,
    handle: async ({ context, key, params, body }) => {
      const saving = saveSegment(context, { actor: actorOf(key), id: params.id, ...body });
      return shown(
        await saving.catch((error: unknown) => {
          throw refusalOfSegment(error, 'tree');
        }),
      );
    },
  }),
  defineRoute({
    ...aside,
    path: '/segments/{id}/archive',
    id: 'archiveSegment',
    returns: 'The archived segment.',
    summary:
      'Archive a segment: it is in no list, and nothing new can name it. What names it already continues to use it.',
    handle: archive(true),
  }),
  defineRoute({
    ...aside,
    path: '/segments/{id}/restore',
    id: 'restoreSegment',
    returns: 'The restored segment.',
    summary: 'Restore an archived segment.',
    handle: archive(false),
  }),
  defineRoute({
    ...deleting,
    params: segmentParams,
    path: '/segments/{id}/delete',
    id: 'deleteSegment',
    returns: 'The id of the deleted segment.',
    summary: 'Delete a segment that nothing names. What names it is in the refusal.',
    handle: ({ context, key, params: { id } }) =>
      answerDeleted(id, 'segment', removeSegment(context, { actor: actorOf(key), id })),
  }),
];
