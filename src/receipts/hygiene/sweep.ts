import type { Desk } from '../../consent/desk.ts';
import { stands } from '../../domain/consent/suppression.ts';
import { DAY_MS, HOUR_MS } from '../../domain/durations.ts';
import { BOUNCE_DAYS, type BounceRules, mayMatter } from '../../domain/hygiene/bounces.ts';
import { type ClassedCodes, meaningsWith } from '../../domain/hygiene/classed-codes.ts';
import { pageSuppressions } from '../../store/consent/suppressions.ts';
import { readMark, writeMark } from '../../store/marks.ts';
import { findHolders } from '../../store/people/contacts.ts';
import { readVerificationRules } from '../../store/people/verification-rules.ts';
import { type FailurePlace, failedContacts, failuresAfter } from '../../store/senders/bounces.ts';
import { readClassedCodes } from '../../store/senders/error-classes.ts';
import { readIncidents } from '../../store/senders/incidents.ts';
import { findIncidents } from './find-incidents.ts';
import { frozenBy } from './frozen.ts';
import type { Judging } from './judge-contact.ts';
import { type Judged, judgePage, type Page, type Sweep } from './judge-page.ts';
import { tellOfUnknownCodes } from './unknown-codes.ts';

/** Failures, or contacts, of one page: they are judged together, and then it is noted how far the sweep is. */
const PAGE = 1000;

/** A failure is believed after so long, ms, so that an outage is seen before it counts. */
const SETTLED_MS = HOUR_MS;

/** A first sweep goes back so many days. */
const FIRST_DAYS = 35;

/** The last row that was judged of those that close numbers, by their kind. */
const CLOSED = { hygiene: 'bounce sweep of closed', carrier: 'bounce sweep of blocked' } as const;

type Closed = Awaited<ReturnType<typeof pageSuppressions>>[number];

type Turn = { most: number; goOn: () => boolean };

/**
 * Judges the numbers whose messages failed since the last sweep, each by the ends of all its messages: ends consent,
 * suppresses, or lifts. Looks for incidents first. Safe to run anywhere, twice, or half: what was judged is judged again
 * to the same end, and a second run writes nothing.
 */
export async function sweepBounces(desk: Desk, { most, goOn }: Turn): Promise<Sweep> {
  const swept = nothing();
  const judging = await begin(desk, goOn);
  if (judging === null) return swept;
  const until = settledBefore(desk);
  const known = await readPlace<FailurePlace>(desk, 'bounce sweep');
  let place = known ?? { at: new Date(until.getTime() - FIRST_DAYS * DAY_MS), id: '' };
  for (let left = most; left > 0 && goOn(); ) {
    const limit = Math.min(PAGE, left);
    const page = await failuresAfter(desk.store, place, { until, limit });
    const last = page.at(-1);
    if (last === undefined) break;
    const contacts = [...new Set(page.map(({ contact }) => contact))].map((id) => ({ id }));
    swept.judged += await judgePage(desk, contacts, { job: 'bounce-sweep', judging, until, swept });
    place = { at: last.at, id: last.id };
    await writePlace(desk, 'bounce sweep', place);
    left -= page.length;
    if (page.length < limit) break;
  }
  return swept;
}

/**
 * The same for all whose messages failed in two months, in the order of their ids: for receipts that came late and codes
 * that were classed since. What was broken off goes on where it was. Tells the log first which codes nobody knows.
 */
export async function sweepAll(desk: Desk, { most, goOn }: Turn): Promise<Sweep> {
  // It says what people may look at; who is judged does not depend on it.
  await tellOfUnknownCodes(desk).catch((error: unknown) => {
    desk.log.error({ error }, 'the codes that nobody knows could not be looked at');
  });
  const swept = nothing();
  const judging = await begin(desk, goOn);
  if (judging === null) return swept;
  const until = settledBefore(desk);
  const of = { job: 'bounce-sweep-nightly', judging, until, swept };
  const since = new Date(until.getTime() - BOUNCE_DAYS * DAY_MS);
  const after = (await readPlace<string>(desk, 'bounce sweep of all')) ?? '';
  let page: Judged[] = [];
  let left = most;
  const flush = async (place: string | null): Promise<void> => {
    swept.judged += await judgePage(desk, page, of);
    await writePlace(desk, 'bounce sweep of all', place);
    page = [];
  };
  for await (const { _id, codes } of failedContacts(desk.store, { after, since })) {
    const ends = !goOn();
    if (mayMatter(codes, judging.rules.meaningOf)) {
      page.push({ id: _id });
      left -= 1;
    }
    if (page.length < PAGE && left > 0 && !ends) continue;
    await flush(_id);
    if (left <= 0 || ends) return swept;
  }
  await flush(null);
  for (const kind of ['hygiene', 'carrier'] as const) await judgeClosed(desk, kind, of, goOn);
  return swept;
}

/**
 * Those whose numbers are closed, or blocked by a carrier, also where no failure is left that counts, or no message of
 * theirs has ended; most were judged, and counted, before. What was broken off goes on where it was.
 */
async function judgeClosed(
  desk: Desk,
  kind: keyof typeof CLOSED,
  page: Page,
  goOn: () => boolean,
): Promise<void> {
  for (let after = await readPlace<string>(desk, CLOSED[kind]); ; ) {
    const rows: Closed[] = await pageSuppressions(desk.store, { after, limit: PAGE, kind, scope: null });
    const resting = rows.filter((row) => stands(row, null) && row.witnesses !== undefined);
    const holders = await findHolders(desk.store, [...new Set(resting.map(({ index }) => index))]);
    await judgePage(
      desk,
      holders.map(({ _id: id, index }) => ({ id, index })),
      page,
    );
    after = rows.length < PAGE ? null : (rows.at(-1)?._id ?? null);
    await writePlace(desk, CLOSED[kind], after);
    if (after === null || !goOn()) return;
  }
}

const nothing = (): Sweep => ({ judged: 0, ended: 0, suppressed: 0, restored: 0 });
const settledBefore = (desk: Desk): Date => new Date(desk.now().getTime() - SETTLED_MS);

const readPlace = async <P>(desk: Desk, mark: string): Promise<P | null> =>
  ((await readMark(desk.store, mark))?.value ?? null) as P | null;

const writePlace = (desk: Desk, _id: string, value: FailurePlace | string | null): Promise<void> =>
  writeMark(desk.store, { _id, at: desk.now(), value });

/**
 * Null where it is not to go on: without the incidents an outage would count against numbers. So would one whose code is
 * classed during the look: what people said is read once, for the look and for what is judged after it.
 */
async function begin(desk: Desk, goOn: () => boolean): Promise<Judging | null> {
  const said = await readClassedCodes(desk.store);
  if ((await findIncidents(desk, goOn, said)) === null) {
    desk.log.error({}, 'the look for incidents was cut short: this sweep judges nobody');
    return null;
  }
  return { rules: await rulesBy(desk, said), verification: await readVerificationRules(desk.store) };
}

/** The error table with what people said, and the incidents that stand. */
async function rulesBy(desk: Desk, said: ClassedCodes): Promise<BounceRules> {
  const to = desk.now();
  const from = new Date(to.getTime() - BOUNCE_DAYS * DAY_MS);
  const incidents = await readIncidents(desk.store, { from, to });
  return { meaningOf: meaningsWith(said), isFrozen: frozenBy(incidents) };
}
