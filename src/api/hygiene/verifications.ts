import { z } from 'zod';
import { resolveTree } from '../../campaigns/audience/segments.ts';
import { verifyPeople } from '../../contacts/hygiene/begin-verification.ts';
import {
  cancelVerification,
  findVerification,
  pageVerifications,
  type VerificationDoc,
} from '../../store/people/verifications.ts';
import { iso, isoOrNull, time } from '../fields.ts';
import { cut, page, paging } from '../paging.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';
import { refusalOfSegment, tree } from '../segments/segments.ts';
import { saidOf, unknown } from './verification.ts';

const ID = /^v_[0-9a-z]{9}[0-9a-f]{12}$/;

export const verificationParams = z.strictObject({
  id: z
    .string()
    .regex(ID, 'It is not the id of a verification.')
    .meta({ examples: ['v_0mi4x2k7pa1b2c3d4e5f6'] }),
});
export const verificationsQuery = z.strictObject(paging('verifications', ID));
export const verificationBody = z.strictObject({
  segment: tree.optional().meta({ description: 'Whose numbers. Left out: everybody.' }),
  not_verified_days: z.int().min(1).max(366).optional().meta({
    description:
      'Leaves out whoever was verified within so many days. Left out: as long as an answer is good.',
  }),
});
export const cancelBody = z.strictObject({});

const count = z.int().min(0);
export const verificationAnswer = z.strictObject({
  id: z.string(),
  state: z.enum(['running', 'waiting', 'done', 'canceled']),
  waits_for: unknown.meta({ description: 'Why it stands still. It goes on by itself.' }),
  people: count
    .nullable()
    .meta({ description: 'Who fitted when it began; null where counting took too long.' }),
  looked_at: count,
  asked: count.meta({
    description: 'Questions to Lookup; the others had an answer that is still good, or none.',
  }),
  refused: count.meta({ description: 'Whose number takes no texts: their consent was ended.' }),
  outcomes: z.record(z.string(), count).meta({ description: 'People by kind of line, most first.' }),
  answers_older_than: time.meta({ description: 'Are asked for again.' }),
  created_at: time,
  ended_at: time.nullable(),
  why: z.string().nullable().meta({ description: 'Why it was canceled, where nobody asked for it.' }),
});
export const verificationsAnswer = page(verificationAnswer);

/** Begins a run; a job asks, slice by slice, as far as the budget goes. */
export async function beginVerification({ desk, key, body }: Call<{ body: typeof verificationBody }>) {
  const segment =
    body.segment === undefined
      ? null
      : await resolveTree(desk.store, desk.catalog.current().book, body.segment, desk.now()).catch(
          (error: unknown) => {
            throw refusalOfSegment(error, 'segment');
          },
        );
  const run = await verifyPeople(desk, {
    segment,
    days: body.not_verified_days ?? null,
    by: `key:${key.id}`,
  });
  desk.log.info({ key: key.id, verification: run._id, people: run.people }, 'a verification was begun');
  return shown(run);
}

export async function listVerifications({ desk, query }: Call<{ query: typeof verificationsQuery }>) {
  const { cursor, limit } = query;
  const found = await pageVerifications(desk.store, { before: cursor ?? null, limit: limit + 1 });
  const { rows, next_cursor } = cut('verifications', found, limit, ({ _id }) => _id);
  return { items: rows.map(shown), next_cursor };
}

export async function showVerification({ desk, params }: Call<{ params: typeof verificationParams }>) {
  return shown(await found(desk, params.id));
}

type Cancel = Call<{ params: typeof verificationParams; body: typeof cancelBody }>;

/** What was found out stays, and nobody else is asked about. Of one that has ended nothing changes. */
export async function cancel({ desk, key, params }: Cancel) {
  await found(desk, params.id);
  const canceled = await cancelVerification(desk.store, params.id, desk.now());
  desk.log.info({ key: key.id, verification: params.id, canceled }, 'a verification was canceled');
  return shown(await found(desk, params.id));
}

async function found({ store }: Call<object>['desk'], id: string): Promise<VerificationDoc> {
  const run = await findVerification(store, id);
  if (run === null) throw new Problem('not-found', 'There is no verification of this id.');
  return run;
}

function shown(run: VerificationDoc): z.input<typeof verificationAnswer> {
  const outcomes = Object.entries(run.counts).sort(([, a], [, b]) => b - a);
  return {
    id: run._id,
    state: run.state === 'running' && run.waiting !== null ? 'waiting' : run.state,
    waits_for: saidOf(run.waiting),
    people: run.people,
    looked_at: outcomes.reduce((sum, [, one]) => sum + one, 0),
    asked: run.asked,
    refused: run.refused,
    outcomes: Object.fromEntries(outcomes),
    answers_older_than: iso(run.since),
    created_at: iso(run.createdAt),
    ended_at: isoOrNull(run.endedAt),
    why: run.why ?? null,
  };
}
