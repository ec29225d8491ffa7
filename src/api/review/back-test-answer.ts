import { z } from 'zod';
import { mask } from '../../domain/numbers.ts';
import {
  EFFECTS,
  isLostHold,
  isNewOptOut,
  PROPOSAL_LISTS,
  severityOf,
} from '../../domain/words/proposed-change.ts';
import { type BackTestDoc, type Group, UNREAD } from '../../store/consent/back-tests.ts';
import { findContacts } from '../../store/people/contacts.ts';
import { openHolder, unlessClosed } from '../../store/people/holder.ts';
import { contactId, iso, isoOrNull, language, time } from '../fields.ts';
import type { Call } from '../route.ts';

const count = z.int().min(0);

const sample = z.strictObject({
  contact: z.strictObject({ id: contactId, masked: z.string() }).nullable().meta({
    description: 'Null once the person was erased, or where the keys of this process cannot open them.',
  }),
  day: z.iso.date(),
  rule: z.string().meta({ description: 'What reads it today.' }),
  would_rule: z.string().meta({ description: 'What would read it.' }),
});

export const effect = z.enum(EFFECTS);
export const foundAnswer = z
  .array(
    z.strictObject({
      from: effect.meta({ description: 'What such a text does today.' }),
      to: effect.meta({ description: 'What it would do.' }),
      lost: z.boolean().meta({ description: 'It opts out of something that it no longer would.' }),
      count,
      samples: z.array(sample).nullable().meta({
        description: 'The first 20, without their words; null without the scope evidence:read.',
      }),
    }),
  )
  .meta({ description: 'What changes: lost opt-outs, lost holds, new opt-outs, then the rest.' });

export const summaryAnswer = z.strictObject({
  id: z.string(),
  lost_opt_outs: count.meta({
    description: 'Texts that opt out today and no longer would. Look at each before the rules are adopted.',
  }),
  lost_holds: count.meta({ description: 'Texts that a person looks at today, and nobody would.' }),
  new_opt_outs: count.meta({ description: 'Texts that would opt out, and do not today.' }),
  changed: count,
  warnings: z
    .array(z.string())
    .meta({ description: 'What the past does not show: law, carriers, words of programs.' }),
  state: z.enum(['running', 'done', 'canceled', 'failed']),
  rules: z.string().meta({ description: 'The version to which the changes are made.' }),
  changes: z.array(
    z.strictObject({
      list: z.enum(PROPOSAL_LISTS),
      program: z.string().nullable(),
      language: language.nullable(),
      add: z.array(z.string()),
      take: z.array(z.string()),
    }),
  ),
  since: time,
  until: time,
  texts: count.nullable().meta({ description: 'How many there are; null where counting took too long.' }),
  looked_at: count,
  read: count,
  not_read: z
    .strictObject(
      Object.fromEntries(UNREAD.map((why) => [why, count])) as Record<(typeof UNREAD)[number], typeof count>,
    )
    .meta({ description: 'Of people who were erased; not kept; sealed by a key we have not; of no sender.' }),
  ended_at: time.nullable(),
});

export function summaryOf(run: BackTestDoc): z.input<typeof summaryAnswer> {
  const groups = Object.values(run.groups);
  const sum = (of: (one: Group) => boolean): number =>
    groups.filter(of).reduce((all, one) => all + one.count, 0);
  const { erased, not_kept, unreadable } = run.unread;
  return {
    id: run._id,
    lost_opt_outs: sum(({ lost }) => lost),
    lost_holds: sum(isLostHold),
    new_opt_outs: sum(isNewOptOut),
    changed: sum(() => true),
    warnings: run.warnings,
    state: run.state,
    rules: run.version,
    changes: run.changes.map((one) => ({ ...one, add: [...one.add], take: [...one.take] })),
    since: iso(run.since),
    until: iso(run.until),
    texts: run.texts,
    // Texts of nobody are not among `texts`.
    looked_at: run.read + erased + not_kept + unreadable,
    read: run.read,
    not_read: run.unread,
    ended_at: isoOrNull(run.endedAt),
  };
}

/**
 * What would change, the gravest first. Whose texts they are is for a key that may read evidence, and on record: a word
 * that is tried says of each text that it has it. Numbers are masked, and opened for it: whoever was erased since is no
 * longer shown.
 */
export async function foundBy(
  { desk, key }: Pick<Call<object>, 'desk' | 'key'>,
  { _id, groups }: BackTestDoc,
): Promise<z.input<typeof foundAnswer>> {
  const sorted = Object.values(groups).sort((a, b) => severityOf(a) - severityOf(b) || b.count - a.count);
  if (!key.scopes.has('evidence:read')) return sorted.map((group) => ({ ...group, samples: null }));
  if (sorted.length > 0) desk.log.info({ key: key.id, backTest: _id }, 'evidence was read');
  return shownOf(desk, sorted);
}

async function shownOf(desk: Call<object>['desk'], sorted: readonly Group[]) {
  const ids = sorted.flatMap(({ samples }) => samples.map(({ contact }) => contact));
  const holders = (await findContacts(desk.store, [...new Set(ids)])).filter(({ sealed }) => sealed !== null);
  const masked = new Map(
    holders.map((one) => [one._id, unlessClosed(() => mask(openHolder(desk.ring, one, []).number))]),
  );
  return sorted.map(({ samples, ...group }) => ({
    ...group,
    samples: samples.map(({ contact: id, at, rule, wouldRule }) => {
      const number = masked.get(id);
      const contact = number == null ? null : { id, masked: number };
      return { contact, day: iso(at).slice(0, 10), rule, would_rule: wouldRule };
    }),
  }));
}
