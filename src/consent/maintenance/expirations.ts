import type { ConsentState } from '../../domain/consent/consent-state.ts';
import type { LedgerDraft } from '../../domain/consent/decision.ts';
import { expireHold } from '../../domain/consent/holds.ts';
import { expirePrompts } from '../../domain/consent/prompts.ts';
import { pagesOf } from '../../store/batching.ts';
import { findDueHolds } from '../../store/consent/suppressions.ts';
import { type ContactDoc, findHolders } from '../../store/contacts/contacts.ts';
import { numberOf } from '../../store/contacts/open-contact.ts';
import {
  dropPastExpiries,
  type ExpiredPlace,
  expiryPlace,
  findExpiredPrompts,
} from '../../store/contacts/prompts.ts';
import type { AppContext } from '../app-context.ts';
import { type ConsentAct, commitAct } from '../commit-act.ts';
import { endLostHolds, lostHolders, skipIfUnopenable } from '../lost-keys.ts';

const BATCH = 200;

type Timer = {
  job: string;
  decide: (person: ConsentState, now: Date) => { person: ConsentState; events: LedgerDraft[] } | null;
};

const PROMPTS: Timer = {
  job: 'expire-prompts',
  decide: (before, now) => {
    const expired = expirePrompts(before, now);
    return expired.events.length === 0 ? null : expired;
  },
};

const HOLDS: Timer = { job: 'end-holds', decide: expireHold };

/**
 * Closes prompts that have expired, also in the ledger. Safe to run anywhere, twice, or half. Returns how many
 * contacts were written.
 */
export async function expireDuePrompts(
  context: AppContext,
  goOn: () => boolean = () => true,
): Promise<number> {
  let written = 0;
  // Paged by position: contacts that cannot be opened stay expired and would be found again forever.
  const page = (after: ExpiredPlace | null) => findExpiredPrompts(context.store, context.now(), after, BATCH);
  for await (const due of pagesOf(page, { size: BATCH, placeOf: expiryPlace, goOn })) {
    const open = due.filter(({ prompts }) => prompts.some(({ state }) => state === 'open'));
    const lost = await lostHolders(context, open);
    written += await runTimer(
      context,
      PROMPTS,
      open.filter((contact) => !lost.includes(contact)),
    );
    await dropPastExpiries(context.store, due, context.now());
  }
  return written;
}

/**
 * Ends holds that nobody decided in time with an opt-out. Safe to run anywhere, twice, or half. Returns how many were
 * written.
 */
export async function endDueHolds(context: AppContext, goOn: () => boolean = () => true): Promise<number> {
  let written = 0;
  const page = (after: string | null) => findDueHolds(context.store, context.now(), after, BATCH);
  for await (const due of pagesOf(page, { size: BATCH, placeOf: ({ id }) => id, goOn })) {
    const indexes = due.map(({ index }) => index);
    const holders = await findHolders(context.store, indexes);
    const lost = await lostHolders(context, holders);
    const others = holders.filter((holder) => !lost.includes(holder));
    written += await runTimer(context, HOLDS, others);
    written += await endLostHolds(context, lost);
  }
  return written;
}

async function runTimer(context: AppContext, timer: Timer, due: readonly ContactDoc[]): Promise<number> {
  const results = await Promise.all(
    due.map((contact) =>
      skipIfUnopenable(context, { job: timer.job, contact }, () =>
        runOne(context, timer, numberOf(context.ring, contact)),
      ),
    ),
  );
  return results.filter(Boolean).length;
}

async function runOne(
  context: Pick<AppContext, 'catalog' | 'indexOf' | 'log' | 'writer'>,
  timer: Timer,
  number: string,
): Promise<boolean> {
  return (await commitAct(context, timerAct(timer, number))) !== null;
}

/** The act that closes the expired prompts of a number. */
export const expiryOf = (number: string): ConsentAct => timerAct(PROMPTS, number);

function timerAct({ job, decide }: Timer, number: string): ConsentAct {
  return {
    number,
    channel: 'NO_ACT',
    from: null,
    actor: `job:${job}`,
    rules: 'timers-1',
    personal: {},
    alone: false,
    decide,
  };
}
