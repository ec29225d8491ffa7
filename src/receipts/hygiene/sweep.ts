import type { Desk } from '../../consent/desk.ts';
import { standingHygiene } from '../../domain/consent/ending.ts';
import { DAY_MS } from '../../domain/hours/local-time.ts';
import {
  asksForLine,
  BOUNCE_DAYS,
  type BounceRules,
  judgeBounces,
  lastArrival,
} from '../../domain/hygiene/bounces.ts';
import { meaningsWith } from '../../domain/hygiene/classed-codes.ts';
import { incidentKindOf, keysOf } from '../../domain/hygiene/incidents.ts';
import { type Ended, endingsOf, type FailurePlace, failuresAfter, findHygiene } from '../../store/bounces.ts';
import { findContacts } from '../../store/contacts.ts';
import { readClassedCodes } from '../../store/error-classes.ts';
import { HOUR_MS, incidentId, readIncidents } from '../../store/incidents.ts';
import { readMark, writeMark } from '../../store/marks.ts';
import { readVerificationRules } from '../../store/verification-rules.ts';
import { findIncidents } from './find-incidents.ts';
import { type Judging, judgeContact, type Swept } from './judge-contact.ts';

/** Failures of one page: their contacts are judged together. */
const PAGE = 1000;

/** A failure is believed after so long, ms, so that an outage is seen before it counts. */
const SETTLED_MS = HOUR_MS;

/** The nightly sweep goes over failures told in so many days, for receipts that came late and codes classed since. */
const NIGHTLY_DAYS = 35;

/** Contacts written at once. */
const TOGETHER = 50;

export type Sweep = Record<Swept | 'judged', number>;

/**
 * Judges the numbers whose messages failed, each by the ends of all its messages: ends consent, suppresses, or lifts.
 * `all`: those of the last weeks; otherwise those told since the last sweep. Looks for incidents first. Safe to run
 * anywhere, twice, or half: what was judged is judged again to the same end, and a second run writes nothing.
 */
export async function sweepBounces(
  desk: Desk,
  { all, most, goOn }: { all: boolean; most: number; goOn: () => boolean },
): Promise<Sweep> {
  await findIncidents(desk);
  const judging = { rules: await rulesNow(desk), verification: await readVerificationRules(desk.store) };
  const until = new Date(desk.now().getTime() - SETTLED_MS);
  const swept: Sweep = { judged: 0, ended: 0, suppressed: 0, restored: 0 };
  const mark = all ? 'bounce sweep of all' : 'bounce sweep';
  let place = (await readPlace(desk, mark)) ?? firstPlace(until);
  for (let left = most; left > 0 && goOn(); ) {
    const limit = Math.min(PAGE, left);
    const page = await failuresAfter(desk.store, place, { until, limit });
    await judgeAll(desk, [...new Set(page.map(({ contact }) => contact))], judging, swept);
    const last = page.at(-1);
    if (last !== undefined) place = { at: last.at, id: last.id };
    left -= page.length;
    const over = page.length < limit;
    if (last !== undefined || (all && over)) {
      await writeMark(desk.store, { _id: mark, at: desk.now(), value: all && over ? null : place });
    }
    if (over) break;
  }
  return swept;
}

const readPlace = async (desk: Desk, mark: string): Promise<FailurePlace | null> =>
  ((await readMark(desk.store, mark))?.value ?? null) as FailurePlace | null;

const firstPlace = (until: Date): FailurePlace => ({
  at: new Date(until.getTime() - NIGHTLY_DAYS * DAY_MS),
  id: '',
});

/** The error table with what people said, and the incidents that stand. */
async function rulesNow(desk: Desk): Promise<BounceRules> {
  const to = desk.now();
  const from = new Date(to.getTime() - BOUNCE_DAYS * DAY_MS);
  const incidents = await readIncidents(desk.store, { from, to });
  const frozen = new Set(incidents.filter((one) => one.dismissed === undefined).map(({ _id }) => _id));
  return {
    meaningOf: meaningsWith(await readClassedCodes(desk.store)),
    isFrozen: (ending, meaning) => {
      const of = incidentKindOf(meaning);
      if (of === null || frozen.size === 0) return false;
      const hour = new Date(Math.floor(ending.leftAt.getTime() / HOUR_MS) * HOUR_MS);
      return keysOf(ending).some((key) => frozen.has(incidentId(of, key, hour)));
    },
  };
}

async function judgeAll(
  desk: Desk,
  contacts: readonly string[],
  judging: Judging,
  swept: Sweep,
): Promise<void> {
  if (contacts.length === 0) return;
  const since = new Date(desk.now().getTime() - BOUNCE_DAYS * DAY_MS);
  const ended = await endingsOf(desk.store, contacts, since);
  const hygiene = await findHygiene(
    desk.store,
    [...ended.values()].map(({ index }) => index),
  );
  const suspects = [...ended].filter(([, one]) => {
    const standing = standingHygiene(hygiene.get(one.index) ?? []);
    return isSuspect(one, judging.rules) || isProven(one, standing);
  });
  for (let at = 0; at < suspects.length; at += TOGETHER) {
    const some = new Map(suspects.slice(at, at + TOGETHER));
    const found = await findContacts(desk.store, [...some.keys()]);
    const judged = found.map(async (contact) => {
      const endings = some.get(contact._id)?.endings ?? [];
      const suspect = { contact, endings, hygiene: hygiene.get(contact.index) ?? [] };
      const done = await judgeContact(desk, suspect, judging);
      if (done !== null) swept[done] += 1;
    });
    await Promise.all(judged);
  }
  swept.judged += ended.size;
}

const NOTHING_KNOWN = { provenAt: null, line: 'unknown' } as const;

/** True where the messages alone, without the contact, say that there may be something to do. */
const isSuspect = ({ endings }: Ended, rules: BounceRules): boolean =>
  judgeBounces(endings, NOTHING_KNOWN, rules) !== null || asksForLine(endings, NOTHING_KNOWN, rules);

/** True where a message arrived after the number was found to take none. */
function isProven({ endings }: Ended, standing: readonly { since: Date }[]): boolean {
  const arrived = lastArrival(endings)?.toldAt;
  return arrived !== undefined && standing.some(({ since }) => since < arrived);
}
