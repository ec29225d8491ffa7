import type { Store } from '../../../src/store/store.ts';

/** How a month ended, person by person, by the blind index of the number. Moments and random ids are left out. */
export type EndState = Record<'events' | 'suppressions' | 'subscriptions', Map<string, string>>;

export const PARTS = ['events', 'suppressions', 'subscriptions'] as const;

export async function endStateOf(store: Store): Promise<EndState> {
  const state: EndState = { events: new Map(), suppressions: new Map(), subscriptions: new Map() };
  const indexes = new Map<string, string>();
  const contacts = store.contacts.find({}, { projection: { index: 1, current: 1, subscriptions: 1 } });
  for await (const { _id, index, current, subscriptions } of contacts) {
    const key = current ? index : `${index} before`;
    indexes.set(_id, key);
    const shown = subscriptions.map(({ program, state: is, topics, endedBy }) =>
      [program, is, [...topics].sort().join('+'), endedBy ?? ''].join(' '),
    );
    state.subscriptions.set(key, shown.sort().join('; '));
  }
  const events = store.consentEvents.find({}).sort({ contact: 1, seq: 1 });
  for await (const { contact, kind, program, scope, reason, actor } of events) {
    // Each month has an API key of its own.
    const who = actor.replace(/^key:.*/, 'key');
    add(state.events, indexes.get(contact) ?? contact, [kind, program, scope, reason, who]);
  }
  const suppressions = store.suppressions.find({}).sort({ index: 1, scope: 1, kind: 1 });
  for await (const { index, scope, kind, generation, lifts, source } of suppressions) {
    add(state.suppressions, index, [scope, kind, generation, JSON.stringify(lifts), source]);
  }
  return state;
}

function add(to: Map<string, string>, key: string, fields: readonly unknown[]): void {
  to.set(key, `${to.get(key) ?? ''}${fields.join(' ')}; `);
}

/** People of whom a part is not the same in both. */
export function unlike(one: EndState, other: EndState, part: (typeof PARTS)[number]): string[] {
  const keys = new Set([...one[part].keys(), ...other[part].keys()]);
  return [...keys].filter((key) => one[part].get(key) !== other[part].get(key));
}
