import { sourceOf } from '../../../src/domain/consent/suppression-origin.ts';
import type { Store } from '../../../src/store/store.ts';

/**
 * The end of a month, by part and key. A key is a person (the blind index of the number), a pair of people, a day, an hour, or a
 * program. Times and random ids are left out.
 */
export type EndState = Record<EndStatePart, Map<string, string>>;

/** Parts about one person, about pairs, and about many people. */
export const OF_PEOPLE = [
  'events',
  'suppressions',
  'subscriptions',
  'deliveries',
  'numberFacts',
  'holderAnswers',
] as const;
const OF_PAIRS = ['candidates'] as const;
export const OF_ALL = ['incidents', 'dailyFigures', 'scores', 'alarms'] as const;
export const PARTS = [...OF_PEOPLE, ...OF_PAIRS, ...OF_ALL] as const;
export type EndStatePart = (typeof PARTS)[number];

/** Marks a carrier query whose process died. It is not repeated while an answer would still be valid. */
export const LOST = 'lost';

/** Each month has an API key of its own. */
const withoutKey = (text: string): string => text.replace(/^(source )?key.*/, '$1key');

export async function endStateOf(store: Store): Promise<EndState> {
  const contacts = await store.contacts
    .find({}, { projection: { index: 1, current: 1, subscriptions: 1 } })
    .sort({ _id: 1 })
    .toArray();
  const keys = new Map(contacts.map(({ _id, index, current }) => [_id, current ? index : `${index} before`]));
  const keyOf = (contact: string): string => keys.get(contact) ?? contact;
  const subscriptions = contacts.map(({ _id, subscriptions: all }): Line => {
    const shown = all.map(({ program, state, topics, endedBy }) =>
      [program, state, [...topics].sort().join('+'), endedBy ?? ''].join(' '),
    );
    return [keyOf(_id), shown.sort()];
  });
  return {
    subscriptions: gather(subscriptions),
    events: await eventsOf(store, keyOf),
    ...(await numbersOf(store, keyOf)),
    deliveries: await deliveriesOf(store),
    candidates: await candidatesOf(store, keyOf),
    ...(await sumsOf(store)),
  };
}

type Line = [key: string, fields: readonly unknown[]];
type KeyOf = (contact: string) => string;

/** Collects the lines of each key in their order. */
function gather(lines: Iterable<Line>): Map<string, string> {
  const to = new Map<string, string>();
  for (const [key, fields] of lines) to.set(key, `${to.get(key) ?? ''}${fields.join(' ')}; `);
  return to;
}

const sorted = (lines: readonly Line[]): Line[] =>
  [...lines].sort(([, a], [, b]) => (a.join(' ') < b.join(' ') ? -1 : 1));

async function eventsOf(store: Store, keyOf: KeyOf): Promise<Map<string, string>> {
  const events = await store.consentEvents.find({}).sort({ contact: 1, seq: 1 }).toArray();
  return gather(
    events.map(({ contact, kind, program, scope, reason, actor }): Line => {
      return [keyOf(contact), [kind, program, scope, reason, withoutKey(actor)]];
    }),
  );
}

async function numbersOf(
  store: Store,
  keyOf: KeyOf,
): Promise<Pick<EndState, 'suppressions' | 'numberFacts' | 'holderAnswers'>> {
  const suppressions = await store.suppressions.find({}).sort({ index: 1, scope: 1, kind: 1 }).toArray();
  const facts = await store.numberFacts.find({}).sort({ _id: 1 }).toArray();
  const answers = await store.holderAnswers.find({}).sort({ _id: 1 }).toArray();
  return {
    suppressions: gather(
      suppressions.map(({ index, scope, kind, generation, lifts, origin }): Line => {
        return [index, [scope, kind, generation, JSON.stringify(lifts), sourceOf(origin)]];
      }),
    ),
    numberFacts: gather(
      facts.map(({ _id, answer }): Line => {
        const [index = '', of] = _id.split(' ');
        if (answer === null) return [index, [of, LOST]];
        const fact = 'line' in answer ? [answer.valid, answer.line, answer.carrier] : [answer.answer];
        return [index, [of, ...fact, answer.untold]];
      }),
    ),
    holderAnswers: gather(
      answers.map(({ _id, since, answer }): Line => [keyOf(_id.split(' ')[0] ?? ''), [since, answer]]),
    ),
  };
}

async function deliveriesOf(store: Store): Promise<Map<string, string>> {
  const fields = { index: 1, class: 1, program: 1, topic: 1, campaign: 1, network: 1, state: 1, error: 1 };
  const rows = await store.deliveries.find({}, { projection: fields }).toArray();
  return gather(
    sorted(
      rows.map(({ index, program, topic, campaign, network, state, error, ...row }): Line => {
        return [index, [row.class, program, topic, campaign, network, state, error]];
      }),
    ),
  );
}

async function candidatesOf(store: Store, keyOf: KeyOf): Promise<Map<string, string>> {
  const pairs = await store.mergeCandidates.find({}).toArray();
  return gather(
    pairs.map(({ contacts, score, evidence, state }): Line => {
      return [contacts.map(keyOf).sort().join(' '), [score, [...evidence].sort().join('+'), state]];
    }),
  );
}

async function sumsOf(store: Store): Promise<Pick<EndState, (typeof OF_ALL)[number]>> {
  const incidents = await store.incidents.find({}).toArray();
  const days = await store.dailyFigures.find({}).toArray();
  const scores = await store.qualityScores.find({}).toArray();
  const alarms = await store.qualityAlarms.find({}).toArray();
  return {
    incidents: gather(
      incidents.map(({ _id, ended, failed, numbers, usual, codes }): Line => {
        const byCode = codes.map(({ code, messages }) => `${code}:${messages}`).sort();
        return [_id, [ended, failed, numbers, usual.toFixed(6), ...byCode]];
      }),
    ),
    dailyFigures: gather(
      days.map(({ _id, groups }): Line => {
        // Durations depend on the machine.
        return [
          _id,
          groups.map(({ steps: _, ...group }) => JSON.stringify(Object.entries(group).sort())).sort(),
        ];
      }),
    ),
    scores: gather(
      scores.flatMap(({ _id, people, score, rules }): Line[] => [
        [withoutKey(_id), [people]],
        [`${withoutKey(_id)} score`, [score]],
        ...rules.map(({ rule, share, level }): Line => {
          return [`${withoutKey(_id)} ${rule}`, [share?.toFixed(6), level]];
        }),
      ]),
    ),
    alarms: gather(
      sorted(
        alarms.map(({ kind, id, rule, closedAt }): Line => {
          return [withoutKey(`${kind} ${id}`), [rule, closedAt === null ? 'open' : 'closed']];
        }),
      ),
    ),
  };
}
