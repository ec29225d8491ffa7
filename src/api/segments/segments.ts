import { z } from 'zod';
import { readSayer, type Sayer, SegmentRefused, saveSegment } from '../../campaigns/audience/segments.ts';
import { readTree } from '../../domain/segments/read-tree.ts';
import type { Tree } from '../../domain/segments/tree.ts';
import { archiveSegment, readSegments, type SegmentDoc } from '../../store/campaigns/segments.ts';
import { iso, plainLine, slug, time } from '../fields.ts';
import { cut, page, paging } from '../paging.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';

/** Read by the rules of segments themselves, which know how large a tree may be before it is looked into. */
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

export const segmentParams = z.strictObject({ id: slug });
export const segmentsQuery = z.strictObject({
  ...paging('segments', /^[a-z0-9-]{1,40}$/),
  archived: z.literal('true').optional().meta({ description: 'Those that were put aside, and no others.' }),
});
export const segmentBody = z.strictObject({ name: plainLine(1, 80), tree });

export const segmentAnswer = z.strictObject({
  id: z.string(),
  name: z.string(),
  sentence: z.string(),
  tree: z.unknown().meta({ override: { type: 'object' } }),
  archived: z.boolean().meta({ description: 'In no list, and named by nothing new.' }),
  updated_at: time,
});
export const segmentsAnswer = page(segmentAnswer);

export async function listSegments({ desk, query }: Call<{ query: typeof segmentsQuery }>) {
  const wanted = query.archived === 'true';
  const found = (await readSegments(desk.store)).filter(
    ({ _id, archived = false }) => archived === wanted && _id > (query.cursor ?? ''),
  );
  const { rows, next_cursor } = cut('segments', found, query.limit, ({ _id }) => _id);
  const trees = rows.map((row) => row.tree);
  const say = await readSayer(desk.store, desk.catalog.current().book, trees);
  return { items: rows.map((row) => shownAs(row, say)), next_cursor };
}

export async function showSegment({ desk, params }: Call<{ params: typeof segmentParams }>) {
  const found = (await readSegments(desk.store)).find(({ _id }) => _id === params.id);
  if (found === undefined) throw new Problem('not-found', 'There is no segment of this id.');
  return shown(desk, found);
}

type Put = Call<{ params: typeof segmentParams; body: typeof segmentBody }>;

export async function putSegment({ desk, key, params, body }: Put) {
  try {
    const { book } = desk.catalog.current();
    const saved = await saveSegment(desk.store, book, { id: params.id, ...body }, desk.now());
    desk.log.info({ key: key.id, segment: saved._id }, 'a segment was saved');
    return await shown(desk, saved);
  } catch (error) {
    throw refusalOfSegment(error, 'tree');
  }
}

export const archiveBody = z.strictObject({});

type Archive = Call<{ params: typeof segmentParams; body: typeof archiveBody }>;

/** The handler that puts a segment aside, or brings it back. What names it already goes on as it is. */
export const archive =
  (archived: boolean) =>
  async ({ desk, key, params }: Archive) => {
    const found = await archiveSegment(desk.store, params.id, archived, desk.now());
    if (found === null) throw new Problem('not-found', 'There is no segment of this id.');
    desk.log.info({ key: key.id, segment: found._id, archived }, 'a segment was archived or brought back');
    return shown(desk, found);
  };

/** What a refused tree is told as; `field`: where the tree stands in the body. */
export function refusalOfSegment(error: unknown, field: string): unknown {
  if (!(error instanceof SegmentRefused)) return error;
  const errors = error.faults.map(({ path, problem }) => ({
    field: [field, ...stepsOf(path)].join('.'),
    message: problem,
  }));
  return new Problem('unprocessable', 'The segment cannot be used.', { errors });
}

async function shown(desk: Call<object>['desk'], segment: SegmentDoc) {
  return shownAs(segment, await readSayer(desk.store, desk.catalog.current().book, [segment.tree]));
}

function shownAs({ _id, name, tree: of, archived, updatedAt }: SegmentDoc, say: Sayer) {
  return {
    id: _id,
    name,
    sentence: say(of),
    tree: of,
    archived: archived ?? false,
    updated_at: iso(updatedAt),
  };
}
