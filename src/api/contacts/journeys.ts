import { z } from 'zod';
import { doneSentence, runSentence, STEP_OUTCOMES } from '../../domain/journeys/sentences.ts';
import { type JourneyDoc, startedJourneys } from '../../store/journeys/journeys.ts';
import { type JourneyRunDoc, runsOf } from '../../store/journeys/runs.ts';
import { findContact } from '../../store/people/contacts.ts';
import { iso, isoOrNull, reason, reasonsOf, time } from '../fields.ts';
import { endReason } from '../journeys/journeys.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';
import type { contactParams } from './status.ts';

export const contactJourneysAnswer = z.strictObject({
  items: z.array(
    z.strictObject({
      journey: z.string(),
      name: z.string(),
      version: z.number(),
      sentence: z.string(),
      began_at: time,
      waits_for: z.string().nullable(),
      due_at: time.nullable(),
      ended: z.strictObject({ code: endReason, at: time }).nullable(),
      steps: z.array(
        z.strictObject({
          step: z.string(),
          at: time,
          did: z.enum(STEP_OUTCOMES),
          sentence: z.string(),
          delivery: z.string().nullable(),
          reasons: z.array(reason),
        }),
      ),
    }),
  ),
});

/** Where someone is in every journey, or how it ended, newest first: why they got what they got, and why not. */
export async function contactJourneys({ desk, params }: Call<{ params: typeof contactParams }>) {
  if ((await findContact(desk.store, params.id)) === null) {
    throw new Problem('not-found', 'There is no contact of this id.');
  }
  const [runs, journeys] = await Promise.all([runsOf(desk.store, [params.id]), startedJourneys(desk.store)]);
  const byId = new Map(journeys.map((one) => [one._id, one]));
  return { items: runs.map((run) => shown(run, byId.get(run.journey))) };
}

function shown(run: JourneyRunDoc, journey: JourneyDoc | undefined) {
  const name = journey?.name ?? run.journey;
  const { reason: code, endedAt } = run;
  const ended = code === undefined || endedAt === undefined ? null : { reason: code, at: endedAt };
  return {
    journey: run.journey,
    name,
    version: run.version,
    sentence: runSentence(name, { ...run, ended }, journey?.state === 'paused'),
    began_at: iso(run.startedAt),
    waits_for: ended === null ? run.step : null,
    due_at: ended === null ? isoOrNull(run.dueAt) : null,
    ended: ended === null ? null : { code: ended.reason, at: iso(ended.at) },
    steps: run.done.map(({ step, at, did, delivery = null, reasons = [] }) => ({
      step,
      at: iso(at),
      did,
      delivery,
      sentence: doneSentence(did, reasons),
      reasons: reasonsOf(reasons),
    })),
  };
}
