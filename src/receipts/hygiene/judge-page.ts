import type { Desk } from '../../consent/desk.ts';
import { standingHygiene } from '../../domain/consent/ending.ts';
import type { Suppression } from '../../domain/consent/suppression.ts';
import { DAY_MS } from '../../domain/durations.ts';
import { restsOnMessage } from '../../domain/hygiene/blocks.ts';
import {
  asksForLine,
  BOUNCE_DAYS,
  type BounceRules,
  besideClosings,
  type Ending,
  judgeBounces,
  lastArrivals,
  provesScope,
} from '../../domain/hygiene/bounces.ts';
import {
  type Ended,
  endingsOf,
  endingsOfFormer,
  findBarriers,
  findSuspects,
} from '../../store/senders/bounces.ts';
import { blocksToForget, type Judging, judgeContact, outdatedRows, type Swept } from './judge-contact.ts';

/** Contacts written at once. */
const TOGETHER = 100;

export type Sweep = Record<Swept | 'judged', number>;

export type Page = {
  /** The sweep, as the table of jobs names it. */
  job: string;
  judging: Judging;
  /** Failures told later are not believed yet. */
  until: Date;
  swept: Sweep;
};

/** Somebody to judge. `index`: of their number, where they are judged also if no message of theirs has ended. */
export type Judged = { id: string; index?: string };

/** Judges some contacts, a few queries for all of them; a contact is read only where its messages give a reason. How many. */
export async function judgePage(
  desk: Desk,
  contacts: readonly Judged[],
  { job, judging, until, swept }: Page,
): Promise<number> {
  if (contacts.length === 0) return 0;
  const span = { since: new Date(desk.now().getTime() - BOUNCE_DAYS * DAY_MS), until };
  const ended = await endedOf(desk, contacts, span);
  const barriers = await findBarriers(
    desk.store,
    [...ended.values()].map(({ index }) => index),
  );
  const blocked = [...barriers].flatMap(([index, rows]) => (rows.some(restsOnMessage) ? [index] : []));
  const former = await endingsOfFormer(desk.store, blocked, span);
  const suspects = [...ended].flatMap(([contact, { index, endings: all }]): [string, Ending[]][] => {
    const rows = barriers.get(index) ?? [];
    const standing = standingHygiene(rows);
    const endings = besideClosings(all, standing, judging.rules.meaningOf);
    const { rules } = judging;
    const isNews = isSuspect(endings, standing, rules) || isProven(endings, standing);
    const isOld = outdatedRows(standing, all, NOTHING_KNOWN, rules).length > 0;
    const ofNumber = [...all, ...(former.get(index) ?? [])];
    const judge = isNews || isOld || blocksToForget(desk, rows, ofNumber, judging).length > 0;
    return judge ? [[contact, all]] : [];
  });
  for (let at = 0; at < suspects.length; at += TOGETHER) {
    const some = new Map(suspects.slice(at, at + TOGETHER));
    const found = await findSuspects(desk.store, [...some.keys()]);
    const judged = found.map(async (contact) => {
      const { _id, index } = contact;
      const of = { endings: some.get(_id) ?? [], former: former.get(index) ?? [] };
      const suspect = { contact, ...of, barriers: barriers.get(index) ?? [] };
      for (const done of await judgeContact(desk, suspect, { ...judging, job })) swept[done] += 1;
    });
    await Promise.all(judged);
  }
  return ended.size;
}

async function endedOf(
  { store }: Desk,
  contacts: readonly Judged[],
  span: { since: Date; until: Date },
): Promise<Map<string, Ended>> {
  const ids = contacts.map(({ id }) => id);
  const ended = await endingsOf(store, ids, span);
  for (const { id, index } of contacts) {
    if (index !== undefined) ended.set(id, { index, endings: ended.get(id)?.endings ?? [] });
  }
  return ended;
}

const NOTHING_KNOWN = { provenAt: null, line: 'unknown' } as const;

/** True where the messages alone, without the contact, say that there may be something to do that was not done. */
function isSuspect(
  endings: readonly Ending[],
  standing: readonly Suppression[],
  rules: BounceRules,
): boolean {
  const verdict = judgeBounces(endings, NOTHING_KNOWN, rules);
  if (verdict === null) return asksForLine(endings, NOTHING_KNOWN, rules);
  // Written with the consent that it ended, in one act.
  return !standing.some(({ source, since }) => source === verdict.rule && since >= verdict.at);
}

/** True where a message arrived after the number was found to take none, of its sender or of all. */
function isProven(endings: readonly Ending[], standing: readonly Suppression[]): boolean {
  const arrivals = lastArrivals(endings);
  return standing.some(({ scope, since }) =>
    arrivals.some((one) => provesScope(one, scope) && since < one.toldAt),
  );
}
