import type { EventDraft } from '../domain/consent/outcome.ts';
import type { Person } from '../domain/consent/person.ts';
import { expireHold, expirePrompts } from '../domain/consent/questions/expiring.ts';
import { findDueHolds } from '../store/consent/suppressions.ts';
import { type ContactDoc, findHolders } from '../store/people/contacts.ts';
import { openHolder } from '../store/people/holder.ts';
import { dropPastExpiries, type ExpiredPlace, findExpiredPrompts } from '../store/people/prompts.ts';
import { actByDoor, type DoorAct } from './act-by-door.ts';
import type { Desk } from './desk.ts';
import { endLostHolds, lostHolders } from './end-lost-holds.ts';
import { ifOpenable } from './if-openable.ts';

const BATCH = 200;

type Timer = {
  job: string;
  decide: (person: Person, now: Date) => { person: Person; events: EventDraft[] } | null;
};

const PROMPTS: Timer = {
  job: 'expire-prompts',
  decide: (before, now) => {
    const expired = expirePrompts(before, now);
    return expired.events.length === 0 ? null : expired;
  },
};

const HOLDS: Timer = { job: 'end-holds', decide: expireHold };

/** Closes prompts whose window is over, in the ledger too. Safe to run anywhere, twice, or half. Returns how many contacts it wrote. */
export async function expireDuePrompts(desk: Desk, goOn: () => boolean = () => true): Promise<number> {
  let written = 0;
  // Page by page: those that cannot be opened stay as they are, and would be found again for ever.
  for (let after: ExpiredPlace | null = null; goOn(); ) {
    const now = desk.now();
    const due: ContactDoc[] = await findExpiredPrompts(desk.store, now, after, BATCH);
    const open = due.filter(({ prompts }) => prompts.some(({ state }) => state === 'open'));
    const lost = await lostHolders(desk, open);
    written += await runTimer(
      desk,
      PROMPTS,
      open.filter((one) => !lost.includes(one)),
    );
    await dropPastExpiries(desk.store, due, now);
    const last = due.at(-1);
    if (due.length < BATCH || last?.promptExpiresAt === undefined) break;
    after = { at: last.promptExpiresAt, id: last._id };
  }
  return written;
}

/** Ends in opt-out the holds that nobody decided in time, as `expireDuePrompts` does. */
export async function endDueHolds(desk: Desk, goOn: () => boolean = () => true): Promise<number> {
  let written = 0;
  for (let after: string | null = null; goOn(); ) {
    const due: { id: string; index: string }[] = await findDueHolds(desk.store, desk.now(), after, BATCH);
    const holders = await findHolders(
      desk.store,
      due.map((one) => one.index),
    );
    const lost = await lostHolders(desk, holders);
    const others = holders.filter((one) => !lost.includes(one));
    written += await runTimer(desk, HOLDS, others);
    written += await endLostHolds(desk, lost);
    after = due.at(-1)?.id ?? null;
    if (due.length < BATCH) break;
  }
  return written;
}

async function runTimer(desk: Desk, timer: Timer, due: readonly ContactDoc[]): Promise<number> {
  const results = await Promise.all(
    due.map((contact) =>
      ifOpenable(desk, { job: timer.job, contact }, () =>
        runOne(desk, timer, openHolder(desk.ring, contact, []).number),
      ),
    ),
  );
  return results.filter(Boolean).length;
}

async function runOne(desk: Desk, timer: Timer, number: string): Promise<boolean> {
  return (await actByDoor(desk, timerAct(timer, number))) !== null;
}

/** Closes what was asked of a number and not answered in time. */
export const expiryOf = (number: string): DoorAct => timerAct(PROMPTS, number);

function timerAct({ job, decide }: Timer, number: string): DoorAct {
  return {
    number,
    channel: 'NO_ACT',
    from: null,
    actor: `job:${job}`,
    rules: 'timers-1',
    personal: {},
    alone: false,
    decide: (before, now) => {
      const decided = decide(before, now);
      return decided === null ? null : { ...decided, replies: [] };
    },
  };
}
