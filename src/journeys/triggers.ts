import type { AppContext } from '../consent/app-context.ts';
import {
  BEGINNING,
  BY_KEYWORD,
  begunByConsent,
  begunByEvent,
  begunByKeyword,
  ENDING,
  mayComeOfKeyword,
} from '../domain/journeys/triggers.ts';
import { compile } from '../domain/segments/query.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import { readAudience } from '../store/contacts/audience.ts';
import { noteSweep } from '../store/journeys/journeys.ts';
import {
  type ActRef,
  entriesSince,
  eventsSince,
  type KeywordText,
  keywordTextsAt,
  questionsAt,
  stagesSince,
  type TriggerEntry,
} from '../store/journeys/triggers.ts';
import { endIneligibleRuns, enroll, enrollOrDefer } from './enrollment.ts';
import { pauseSealed } from './lifecycle.ts';
import type { ActiveJourney, Versions } from './versions.ts';

/** Starts journeys for people who texted one of the keywords, when they have what the word asks for. */
async function takeKeywords(
  context: Pick<AppContext, 'catalog' | 'log' | 'store'>,
  live: readonly ActiveJourney[],
  entries: readonly TriggerEntry[],
  now: Date,
): Promise<void> {
  const programs = new Set(live.map(({ journey }) => journey.program));
  const may = entries.filter((entry) => programs.has(entry.program ?? '') && mayComeOfKeyword(entry));
  if (may.length === 0) return;
  const texts = await textsOf(context, may);
  for (const activeJourney of live) {
    const { journey, plan, startedAt } = activeJourney;
    const fields = { program: journey.program, startedAt };
    const hits = may.flatMap((entry) => {
      const began = texts
        .get(entry)
        ?.some(({ receivedAt, reading: { kind, rule } }) =>
          begunByKeyword(plan.trigger, fields, entry, { kind, rule, receivedAt }),
        );
      return began === true ? [{ contact: entry.contact, at: entry.recordedAt }] : [];
    });
    await enrollOrDefer(context, activeJourney, hits, now);
  }
}

/**
 * The texts that led to ledger entries. A confirmation answers a prompt, which an earlier text asked for; every
 * other entry was written together with its text.
 */
async function textsOf(
  context: Pick<AppContext, 'store'>,
  entries: readonly TriggerEntry[],
): Promise<Map<TriggerEntry, KeywordText[]>> {
  const answered = entries.flatMap(({ kind, contact, answers }) =>
    kind === 'confirmed' && answers !== null ? { contact, seq: answers } : [],
  );
  const asked = new Map<string, ActRef>();
  for (const question of await questionsAt(context.store, answered)) {
    if (question.channel === 'VIA_TEXT') asked.set(`${question.contact} ${question.seq}`, question);
  }
  const acts = new Map<TriggerEntry, ActRef>();
  for (const entry of entries) {
    const act = entry.kind === 'confirmed' ? asked.get(`${entry.contact} ${entry.answers}`) : entry;
    if (act !== undefined) acts.set(entry, act);
  }
  const found = new Map<string, KeywordText[]>();
  for (const text of await keywordTextsAt(context.store, [...acts.values()])) {
    const name = nameOf(text.contact, text.receivedAt, text.recordedAt);
    found.set(name, [...(found.get(name) ?? []), text]);
  }
  return new Map(
    [...acts].map(([entry, { contact, actedAt, recordedAt }]) => [
      entry,
      found.get(nameOf(contact, actedAt, recordedAt)) ?? [],
    ]),
  );
}

/** A ledger entry and its text are written in one transaction, and share both times. */
const nameOf = (contact: string | null, actedAt: Date, recordedAt: Date): string =>
  `${contact} ${actedAt.getTime()} ${recordedAt.getTime()}`;

/** `BATCH_SIZE`: people in one batch. `MOST_BATCHES`: the most batches before other journeys have their turn. */
const BATCH_SIZE = 500;
const MOST_BATCHES = 10;

/**
 * The pause between two sweeps of a segment, ms: a hundred thousand people who are enrolled already take seconds to
 * read.
 */
const AGAIN_MS = 15 * 60_000;

/**
 * Enrolls the people who are in a journey's segment now and have consented, batch by batch in id order. Progress is
 * saved after each batch; a batch that is read twice enrolls nobody twice. True where more is left. Where the
 * segment uses a field that has been sealed, nobody is enrolled and the journey is paused.
 */
export async function takeSegment(
  context: AppContext,
  live: ActiveJourney,
  now: Date,
  mayContinue: MayContinue,
): Promise<boolean> {
  const { journey, plan } = live;
  const { sweep, program } = journey;
  if (plan.trigger.kind !== 'segment' || sweep === null || sweep.dueAt > now) return false;
  if (await pauseSealed(context, journey, [plan])) return false;
  const consented: Resolved = { kind: 'subscription', state: 'subscribed', program };
  const filter = compile({ kind: 'all', of: [plan.trigger.segment.resolved, consented] }, now);
  let { after } = sweep;
  for (let slice = 0; slice < MOST_BATCHES; slice += 1) {
    const page = await readAudience(context.store, filter, { after, limit: BATCH_SIZE });
    const hits = page.people.map(({ _id: contact }) => ({ contact, at: now }));
    await enroll(context, live, hits, now);
    after = page.to;
    const over = page.complete;
    const dueAt = new Date(now.getTime() + AGAIN_MS);
    const noted = await noteSweep(
      context.store,
      journey,
      over ? { after: null, dueAt } : { ...sweep, after },
    );
    if (over || !noted) return false;
    if (!(await mayContinue())) return false;
  }
  return true;
}

/** Called between batches; false where the process must stop. */
export type MayContinue = () => Promise<boolean>;

type TriggerPoll = {
  live: readonly ActiveJourney[];
  versions: Versions;
  since: Date;
  now: Date;
  mayContinue: MayContinue;
};

/**
 * Reads what happened since a moment, starts runs, and ends those whose consent ended. This is a poll, so that
 * recording a text or an event costs nothing extra. Reading the same twice starts nothing twice. False where the
 * poll was interrupted.
 */
export async function takeTriggers(
  context: Pick<AppContext, 'catalog' | 'log' | 'store'>,
  poll: TriggerPoll,
): Promise<boolean> {
  if (poll.live.length === 0) return true;
  return (
    (await takeLedger(context, poll)) &&
    (await takeEvents(context, poll)) &&
    (await takeStages(context, poll))
  );
}

async function takeLedger(
  context: Pick<AppContext, 'catalog' | 'log' | 'store'>,
  { live, versions, since, now, mayContinue }: TriggerPoll,
): Promise<boolean> {
  const byConsent = live.filter(({ plan }) => plan.trigger.kind === 'consent');
  const byKeyword = live.filter(({ plan }) => plan.trigger.kind === 'keyword');
  const kinds = new Set([...BEGINNING, ...ENDING, ...(byKeyword.length === 0 ? [] : BY_KEYWORD)]);
  for await (const entries of entriesSince(context.store, since, [...kinds])) {
    const ended = entries.filter(({ kind }) => ENDING.includes(kind)).map(({ contact }) => contact);
    await endIneligibleRuns(context, versions, ended, now);
    for (const activeJourney of byConsent) {
      const { journey, plan, startedAt } = activeJourney;
      const hits = entries.filter(
        (entry) => entry.recordedAt >= startedAt && begunByConsent(plan.trigger, journey.program, entry),
      );
      await enrollOrDefer(
        context,
        activeJourney,
        hits.map(({ contact, recordedAt: at, actedAt }) => ({ contact, at, actedAt })),
        now,
      );
    }
    await takeKeywords(context, byKeyword, entries, now);
    if (!(await mayContinue())) return false;
  }
  return true;
}

async function takeEvents(
  context: Pick<AppContext, 'catalog' | 'log' | 'store'>,
  { live, since, now, mayContinue }: TriggerPoll,
): Promise<boolean> {
  const types = live.flatMap(({ plan }) => (plan.trigger.kind === 'event' ? plan.trigger.event : []));
  if (types.length === 0) return true;
  for await (const events of eventsSince(context.store, since, types)) {
    for (const activeJourney of live) {
      const { trigger } = activeJourney.plan;
      if (trigger.kind !== 'event') continue;
      const hits = events.filter(
        (event) => event.type === trigger.event && begunByEvent(event, activeJourney.startedAt),
      );
      await enrollOrDefer(
        context,
        activeJourney,
        hits.map(({ contact, receivedAt: at }) => ({ contact, at })),
        now,
      );
    }
    if (!(await mayContinue())) return false;
  }
  return true;
}

async function takeStages(
  context: Pick<AppContext, 'catalog' | 'log' | 'store'>,
  { live, since, now, mayContinue }: TriggerPoll,
): Promise<boolean> {
  const stages = live.flatMap(({ plan }) => (plan.trigger.kind === 'stage' ? plan.trigger.stages : []));
  if (stages.length === 0) return true;
  for await (const people of stagesSince(context.store, since, stages)) {
    for (const activeJourney of live) {
      const { trigger } = activeJourney.plan;
      if (trigger.kind !== 'stage') continue;
      const hits = people.flatMap(({ _id: contact, profile: { stage } }) =>
        trigger.stages.includes(stage.name) && stage.since >= activeJourney.startedAt
          ? { contact, at: stage.since }
          : [],
      );
      await enrollOrDefer(context, activeJourney, hits, now);
    }
    if (!(await mayContinue())) return false;
  }
  return true;
}
