import { z } from 'zod';
import { CountTookLong, type Preview, previewAudience } from '../../campaigns/audience/preview-audience.ts';
import { readSayer, resolveTree } from '../../campaigns/audience/segments.ts';
import type { HowMany } from '../../domain/segments/estimate.ts';
import { contactId, iso, reason, reasonsOf, slug, time } from '../fields.ts';
import { Problem } from '../problem.ts';
import { findProgram, findTopic } from '../programs/find-program.ts';
import type { Call } from '../route.ts';
import { refusalOfSegment, tree } from './segments.ts';

export const previewBody = z.strictObject({
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

export const previewAnswer = z.strictObject({
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

/** Who a segment reaches now, and why some of them would get nothing. Nothing is kept and nothing is sent. */
export async function previewSegment({ desk, key, body }: Call<{ body: typeof previewBody }>) {
  const { book } = desk.catalog.current();
  const program = findProgram(book, body.program);
  const topic = findTopic(program, body.topic);
  const resolved = await resolveTree(desk.store, book, body.tree, desk.now()).catch((error: unknown) => {
    throw refusalOfSegment(error, 'tree');
  });
  const asked = { about: { program, topic }, exact: body.exact ?? false };
  const seen = await previewAudience(desk, resolved, asked).catch((error: unknown) => {
    throw error instanceof CountTookLong ? TOO_LONG : error;
  });
  desk.log.info({ key: key.id, matches: seen.matches.people }, 'an audience was previewed');
  const say = await readSayer(desk.store, book, [body.tree, resolved]);
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
  [matches, ...remaining].some((one: HowMany) => !one.exact);

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
