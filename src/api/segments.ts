import { z } from 'zod';
import { previewAudience } from '../campaigns/preview-audience.ts';
import { readSayer, resolveTree, SegmentRefused, saveSegment } from '../campaigns/segments.ts';
import { readTree } from '../domain/segments/read-tree.ts';
import type { Tree } from '../domain/segments/tree.ts';
import { readSegments, type SegmentDoc } from '../store/segments.ts';
import { contactId, iso, line, reason, reasonsOf, slug, time } from './fields.ts';
import { findProgram, findTopic } from './find-program.ts';
import { cut, page, paging } from './paging.ts';
import { Problem } from './problem.ts';
import type { Call } from './route.ts';

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
export const segmentsQuery = z.strictObject(paging('segments', /^[a-z0-9-]{1,40}$/));
export const segmentBody = z.strictObject({ name: line(1, 80), tree });

export const segmentAnswer = z.strictObject({
  id: z.string(),
  name: z.string(),
  sentence: z.string(),
  tree: z.unknown().meta({ override: { type: 'object' } }),
  updated_at: time,
});
export const segmentsAnswer = page(segmentAnswer);

export const previewBody = z.strictObject({
  program: slug,
  topic: slug.meta({ description: 'What the message would be about: who may get it follows from it.' }),
  tree,
});

export const previewAnswer = z.strictObject({
  sentence: z.string(),
  matches: z.number().meta({ description: 'People who fit now.' }),
  remaining: z
    .array(z.strictObject({ clause: z.string(), people: z.number() }))
    .meta({ description: 'How many are left after each clause, where all must hold.' }),
  judged: z.number().meta({ description: 'Of how many it was decided one by one: all, or a fair sample.' }),
  may_be_texted: z.number().meta({ description: 'Of those judged.' }),
  refused: z.array(z.strictObject({ ...reason.shape, people: z.number() })),
  samples: z.array(z.strictObject({ contact: contactId, masked: z.string() })),
});

export async function listSegments({ desk, query }: Call<{ query: typeof segmentsQuery }>) {
  const found = (await readSegments(desk.store)).filter(({ _id }) => _id > (query.cursor ?? ''));
  const say = await readSayer(desk.store, desk.catalog.current().book);
  const { rows, next_cursor } = cut('segments', found, query.limit, ({ _id }) => _id);
  return { items: rows.map((row) => shown(row, say)), next_cursor };
}

export async function showSegment({ desk, params }: Call<{ params: typeof segmentParams }>) {
  const found = (await readSegments(desk.store)).find(({ _id }) => _id === params.id);
  if (found === undefined) throw new Problem('not-found', 'There is no segment of this id.');
  return shown(found, await readSayer(desk.store, desk.catalog.current().book));
}

type Put = Call<{ params: typeof segmentParams; body: typeof segmentBody }>;

export async function putSegment({ desk, key, params, body }: Put) {
  try {
    const { book } = desk.catalog.current();
    const saved = await saveSegment(desk.store, book, { id: params.id, ...body }, desk.now());
    desk.log.info({ key: key.id, segment: saved._id }, 'a segment was saved');
    return shown(saved, await readSayer(desk.store, book));
  } catch (error) {
    throw refusalOfSegment(error, 'tree');
  }
}

/** Who a segment reaches now, and why some of them would get nothing. Nothing is kept and nothing is sent. */
export async function previewSegment({ desk, key, body }: Call<{ body: typeof previewBody }>) {
  const { book } = desk.catalog.current();
  const program = findProgram(book, body.program);
  const topic = findTopic(program, body.topic);
  const resolved = await resolveTree(desk.store, book, body.tree, null).catch((error: unknown) => {
    throw refusalOfSegment(error, 'tree');
  });
  const seen = await previewAudience(desk, resolved, { program, topic });
  desk.log.info({ key: key.id, matches: seen.matches }, 'an audience was previewed');
  const say = await readSayer(desk.store, book);
  const clauses = (resolved.kind === 'all' ? resolved.of : []).map(say);
  return {
    sentence: say(body.tree),
    matches: seen.matches,
    remaining: seen.remaining.map((people, at) => ({ clause: clauses[at] ?? '', people })),
    judged: seen.judged.of,
    may_be_texted: seen.judged.allowed,
    refused: [...seen.judged.refused].flatMap(([code, people]) =>
      reasonsOf([code]).map((one) => ({ ...one, people })),
    ),
    samples: seen.samples.map(({ id, masked }) => ({ contact: id, masked })),
  };
}

/** What a refused tree is told as; `field`: where the tree stands in the body. */
export function refusalOfSegment(error: unknown, field: string): unknown {
  if (!(error instanceof SegmentRefused)) return error;
  const errors = error.faults.map(({ path, problem }) => ({
    field: [field, ...stepsOf(path)].join('.'),
    message: problem,
  }));
  return new Problem('unprocessable', 'The segment cannot be used.', { errors });
}

function shown({ _id, name, tree: of, updatedAt }: SegmentDoc, say: (tree: Tree) => string) {
  return { id: _id, name, sentence: say(of), tree: of, updated_at: iso(updatedAt) };
}
