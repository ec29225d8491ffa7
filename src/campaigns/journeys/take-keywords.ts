import type { Desk } from '../../consent/desk.ts';
import { begunByKeyword, mayComeOfKeyword } from '../../domain/journeys/keywords.ts';
import {
  type ActRef,
  type KeywordText,
  keywordTextsAt,
  questionsAt,
} from '../../store/journeys/keyword-texts.ts';
import type { Entry } from '../../store/journeys/triggers.ts';
import { enterOrKeep } from './keep-unread.ts';
import type { Live } from './live.ts';

/** Begins journeys for whose text was read as one of their words, once what it asked for is theirs. */
export async function takeKeywords(
  desk: Desk,
  live: readonly Live[],
  entries: readonly Entry[],
  now: Date,
): Promise<void> {
  const programs = new Set(live.map(({ journey }) => journey.program));
  const may = entries.filter((entry) => programs.has(entry.program ?? '') && mayComeOfKeyword(entry));
  if (may.length === 0) return;
  const texts = await textsOf(desk, may);
  for (const one of live) {
    const { journey, plan, startedAt } = one;
    const of = { program: journey.program, startedAt };
    const hits = may.flatMap((entry) => {
      const began = texts
        .get(entry)
        ?.some(({ receivedAt, reading: { kind, rule } }) =>
          begunByKeyword(plan.trigger, of, entry, { kind, rule, receivedAt }),
        );
      return began === true ? [{ contact: entry.contact, at: entry.recordedAt }] : [];
    });
    await enterOrKeep(desk, one, hits, now);
  }
}

/** The texts that led to entries: a yes answers a question that an earlier text of theirs asked for; what else there is, came at once. */
async function textsOf(desk: Desk, entries: readonly Entry[]): Promise<Map<Entry, KeywordText[]>> {
  const answered = entries.flatMap(({ kind, contact, answers }) =>
    kind === 'confirmed' && answers !== null ? { contact, seq: answers } : [],
  );
  const asked = new Map<string, ActRef>();
  for (const question of await questionsAt(desk.store, answered)) {
    if (question.channel === 'VIA_TEXT') asked.set(`${question.contact} ${question.seq}`, question);
  }
  const acts = new Map<Entry, ActRef>();
  for (const entry of entries) {
    const act = entry.kind === 'confirmed' ? asked.get(`${entry.contact} ${entry.answers}`) : entry;
    if (act !== undefined) acts.set(entry, act);
  }
  const found = new Map<string, KeywordText[]>();
  for (const text of await keywordTextsAt(desk.store, [...acts.values()])) {
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

/** An act is written with its text in one transaction, under both its moments. */
const nameOf = (contact: string | null, actedAt: Date, recordedAt: Date): string =>
  `${contact} ${actedAt.getTime()} ${recordedAt.getTime()}`;
