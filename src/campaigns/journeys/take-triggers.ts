import type { Desk } from '../../consent/desk.ts';
import { BEGINNING, begunByConsent, begunByEvent, ENDING } from '../../domain/journeys/entering.ts';
import { BY_KEYWORD } from '../../domain/journeys/keywords.ts';
import { entriesSince, eventsSince, stagesSince } from '../../store/journeys/triggers.ts';
import { endThose } from './end-those.ts';
import { enterOrKeep } from './keep-unread.ts';
import type { Live, Versions } from './live.ts';
import { takeKeywords } from './take-keywords.ts';

/** Asked between batches; false where the process must let go. */
export type MayGoOn = () => Promise<boolean>;

type Look = { live: readonly Live[]; versions: Versions; since: Date; now: Date; mayGoOn: MayGoOn };

/**
 * Reads what happened since a moment: begins runs, and ends those whose consent ended. Nothing is written where things
 * happen, so a text or an event costs what it did. Reading the same twice begins nothing twice. False where it broke
 * off.
 */
export async function takeTriggers(desk: Desk, look: Look): Promise<boolean> {
  if (look.live.length === 0) return true;
  return (await takeLedger(desk, look)) && (await takeEvents(desk, look)) && (await takeStages(desk, look));
}

async function takeLedger(desk: Desk, { live, versions, since, now, mayGoOn }: Look): Promise<boolean> {
  const byConsent = live.filter(({ plan }) => plan.trigger.kind === 'consent');
  const byKeyword = live.filter(({ plan }) => plan.trigger.kind === 'keyword');
  const kinds = new Set([...BEGINNING, ...ENDING, ...(byKeyword.length === 0 ? [] : BY_KEYWORD)]);
  for await (const entries of entriesSince(desk.store, since, [...kinds])) {
    const ended = entries.filter(({ kind }) => ENDING.includes(kind)).map(({ contact }) => contact);
    await endThose(desk, versions, ended, now);
    for (const one of byConsent) {
      const { journey, plan, startedAt } = one;
      const hits = entries.filter(
        (entry) => entry.recordedAt >= startedAt && begunByConsent(plan.trigger, journey.program, entry),
      );
      await enterOrKeep(
        desk,
        one,
        hits.map(({ contact, recordedAt: at, actedAt }) => ({ contact, at, actedAt })),
        now,
      );
    }
    await takeKeywords(desk, byKeyword, entries, now);
    if (!(await mayGoOn())) return false;
  }
  return true;
}

async function takeEvents(desk: Desk, { live, since, now, mayGoOn }: Look): Promise<boolean> {
  const types = live.flatMap(({ plan }) => (plan.trigger.kind === 'event' ? plan.trigger.event : []));
  if (types.length === 0) return true;
  for await (const events of eventsSince(desk.store, since, types)) {
    for (const one of live) {
      const { trigger } = one.plan;
      if (trigger.kind !== 'event') continue;
      const hits = events.filter(
        (event) => event.type === trigger.event && begunByEvent(event, one.startedAt),
      );
      await enterOrKeep(
        desk,
        one,
        hits.map(({ contact, receivedAt: at }) => ({ contact, at })),
        now,
      );
    }
    if (!(await mayGoOn())) return false;
  }
  return true;
}

async function takeStages(desk: Desk, { live, since, now, mayGoOn }: Look): Promise<boolean> {
  const stages = live.flatMap(({ plan }) => (plan.trigger.kind === 'stage' ? plan.trigger.stages : []));
  if (stages.length === 0) return true;
  for await (const people of stagesSince(desk.store, since, stages)) {
    for (const one of live) {
      const { trigger } = one.plan;
      if (trigger.kind !== 'stage') continue;
      const hits = people.flatMap(({ _id: contact, profile: { stage } }) =>
        trigger.stages.includes(stage.name) && stage.since >= one.startedAt
          ? { contact, at: stage.since }
          : [],
      );
      await enterOrKeep(desk, one, hits, now);
    }
    if (!(await mayGoOn())) return false;
  }
  return true;
}
