import { type Actor, actorText } from '../domain/access/actor.ts';
import { ledgerDraft } from '../domain/consent/decision.ts';
import { pauseDaysOf } from '../domain/consent/ledger-origin.ts';
import { pauseOf } from '../domain/consent/ledger-reasons.ts';
import { DAY_MS } from '../domain/durations.ts';
import { type ConsentEventDoc, entriesOf } from '../store/consent/consent-events.ts';
import type { Store } from '../store/store.ts';
import type { AppContext } from './app-context.ts';
import { CommandRefused } from './command-refused.ts';
import { commitAct } from './commit-act.ts';

/** Version of the rules by which staff pause. */
const PAUSE_RULES = 'staff-pause-1';

/** Longest pause, days, as for a PAUSE by text. */
const MOST_PAUSE_DAYS = 365;

export type StaffPause = {
  /** The contact that is paused. A later holder of the number is not. */
  contact: string;
  number: string;
  until: Date;
  /** Why staff pause. Kept sealed in the ledger. */
  reason: string;
  actor: Actor;
};

/**
 * Pauses marketing to a person until a date, as their own PAUSE would; their own RESUME ends it. Writes an entry of
 * the ledger. A pause lasts whole days, so it may end a little after `until`. Throws `CommandRefused`, also where the
 * person is paused for longer already: staff do not shorten what a person asked for.
 */
export async function pauseByStaff(
  context: Pick<AppContext, 'catalog' | 'indexOf' | 'log' | 'now' | 'writer'>,
  { contact, number, until, reason, actor }: StaffPause,
): Promise<{ until: Date }> {
  const days = Math.ceil((until.getTime() - context.now().getTime()) / DAY_MS);
  if (days < 1) throw new CommandRefused('The end of the pause must lie in the future.', 'until');
  if (days > MOST_PAUSE_DAYS)
    throw new CommandRefused(`A pause lasts at most ${MOST_PAUSE_DAYS} days.`, 'until');
  let refused = 'The number has another holder now.';
  const done = await commitAct(context, {
    number,
    ...{ channel: 'NO_ACT', from: null, actor: actorText(actor), rules: PAUSE_RULES, alone: false },
    personal: { number, origin: JSON.stringify({ door: 'staff', reason }) },
    audited: { act: 'person-paused', reason, details: { days } },
    decide: (person, at, read) => {
      if (read.contact !== contact) return null;
      const end = new Date(at.getTime() + days * DAY_MS);
      if (!person.subscriptions.some(({ state }) => state === 'subscribed')) {
        refused = 'They are subscribed to nothing, so there is nothing to pause.';
        return null;
      }
      if (person.pausedUntil !== null && person.pausedUntil >= end) {
        refused = 'They are paused for at least as long already.';
        return null;
      }
      const events = [ledgerDraft('paused', { reason: pauseOf(days) })];
      const seq = person.seq + events.length;
      return { person: { ...person, pausedUntil: end, pausedAt: at, seq }, events };
    },
  });
  if (done === null) throw new CommandRefused(refused);
  return { until: done.person.pausedUntil ?? until };
}

/** The entry of the pause that staff began and may end; null where none is in force, or the person asked for one too. */
export async function pauseOfStaff(
  store: Store,
  contact: string,
  now: Date,
): Promise<ConsentEventDoc | null> {
  const entries = await entriesOf(store, contact, ['paused', 'resumed']);
  const since = entries.slice(entries.findLastIndex(({ kind }) => kind === 'resumed') + 1);
  const inForce = since.filter(
    (entry) => entry.actedAt.getTime() + pauseDaysOf(entry) * DAY_MS > now.getTime(),
  );
  if (inForce.some(({ actor }) => actor === 'person')) return null;
  return inForce.at(-1) ?? null;
}

type StaffPauseEnd = Omit<StaffPause, 'until'>;

/**
 * Ends a pause that staff began. A pause that the person asked for is ended by their own RESUME alone. Writes an entry
 * of the ledger. Throws `CommandRefused`.
 */
export async function endPauseByStaff(
  context: Pick<AppContext, 'catalog' | 'indexOf' | 'log' | 'now' | 'store' | 'writer'>,
  { contact, number, reason, actor }: StaffPauseEnd,
): Promise<void> {
  const begun = await pauseOfStaff(context.store, contact, context.now());
  if (begun === null)
    throw new CommandRefused('No pause of staff is in force. A pause of their own ends by their own RESUME.');
  let refused = 'The number has another holder now.';
  const done = await commitAct(context, {
    number,
    ...{ channel: 'NO_ACT', from: null, actor: actorText(actor), rules: PAUSE_RULES, alone: false },
    personal: { number, origin: JSON.stringify({ door: 'staff', reason }) },
    audited: { act: 'person-pause-ended', reason, details: { entry: begun.seq } },
    decide: (person, at, read) => {
      if (read.contact !== contact) return null;
      // The person may have texted PAUSE or RESUME since the ledger was read.
      if (person.pausedUntil === null || person.pausedAt?.getTime() !== begun.actedAt.getTime()) {
        refused = 'Their pause changed a moment ago. Look at their record again.';
        return null;
      }
      const events = [ledgerDraft('resumed', { reason: 'ended by staff' })];
      return {
        person: { ...person, pausedUntil: null, pausedAt: at, seq: person.seq + events.length },
        events,
      };
    },
  });
  if (done === null) throw new CommandRefused(refused);
}
