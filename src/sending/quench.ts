import type { Filter } from 'mongodb';
import type { Scope } from '../domain/consent/suppression.ts';
import type { DeliveryDoc } from '../store/deliveries.ts';
import type { Store } from '../store/store.ts';
import { LEASE_MS, type Monotonic } from './gate.ts';

/** Classes that an opt-out never forbids: its own confirmation, and HELP. */
const FREE = ['opt-out-confirmation', 'help'] as const;

/** Slack beside the lease for a write that was on its way when its deadline passed. */
export const SLACK_MS = 250;

/** Between two looks at rows still flagged. */
const LOOK_MS = 25;

/** A new fact about one person that forbids messages: the scopes it closes, and the revision it was written as. */
export type Forbidden = { contact: string; rev: number; scopes: readonly Scope[] };

/**
 * Steps (b) and (c) of an opt-out, after its transaction: cancels planned rows that the new fact forbids, and
 * waits until flagged ones have settled, or until their lease has surely passed on this process's own clock.
 * Rows written under this revision, its own answers, or a later one saw the fact and are left alone.
 * One look a round reads both: what it finds planned cannot be flagged by anyone who has not seen the fact.
 */
export async function quench(store: Store, fact: Forbidden, monotonic: Monotonic): Promise<void> {
  const forbidden = rowsOf(fact);
  const giveUp = monotonic() + LEASE_MS + SLACK_MS;
  for (;;) {
    const states = await openStates(store, forbidden);
    // What was put back meanwhile would be refused by the gate; here it ends as what it is.
    if (states.has('planned')) await cancelPlanned(store, forbidden);
    if (!states.has('sending') || monotonic() >= giveUp) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function cancelPlanned(store: Store, forbidden: Filter<DeliveryDoc>): Promise<void> {
  await store.deliveries.updateMany(
    { ...forbidden, state: 'planned' },
    { $set: { state: 'canceled', error: 'opted out' }, $unset: { open: '' } },
  );
}

async function openStates(store: Store, rows: Filter<DeliveryDoc>): Promise<Set<DeliveryDoc['state']>> {
  const states = { state: { $in: ['planned', 'sending'] as DeliveryDoc['state'][] } };
  const found = store.deliveries.find({ ...states, ...rows }, { projection: { _id: 0, state: 1 } });
  return new Set((await found.toArray()).map((row) => row.state));
}

function rowsOf({ contact, rev, scopes }: Forbidden): Filter<DeliveryDoc> {
  const base = { contact, open: true as const, rev: { $lt: rev }, class: { $nin: [...FREE] } };
  if (scopes.includes('all')) return base;
  return { ...base, $or: scopes.map(inScope) };
}

/** Rows that a scope covers. */
function inScope(scope: Scope): Filter<DeliveryDoc> {
  const [kind, rest = ''] = scope.split(/:(.*)/s);
  if (kind === 'program') return { program: rest };
  if (kind === 'sender') return { sender: rest };
  if (kind === 'service') return { service: rest };
  const [program = '', topic = ''] = rest.split('/');
  return { program, topic };
}
