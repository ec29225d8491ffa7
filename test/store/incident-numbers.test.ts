import { expect } from 'chai';
import {
  type Burst,
  INCIDENT_KINDS,
  type IncidentKind,
  keysOf,
} from '../../src/domain/hygiene/incident-rules.ts';
import { seededDraws } from '../../src/simulator/behaviours.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { failedNumbers, lastProofs } from '../../src/store/senders/incidents.ts';
import type { Store } from '../../src/store/store.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const NOON = new Date('2026-03-01T12:00:00Z');
const later = (ms: number): Date => new Date(NOON.getTime() + ms);
const HOUR = 3_600_000;
const CODES: Record<IncidentKind, readonly string[]> = { reach: ['30003', '30008'], numbers: ['30005'] };
const ENDS = [...CODES.reach, ...CODES.numbers, '30007', null];
const MOST = 3;

type Failed = Pick<DeliveryDoc, '_id' | 'contact' | 'sender' | 'network' | 'state' | 'error'> & {
  left: Date;
};

describe('the numbers behind bursts of failures', () => {
  let store: Store;
  const rows: Failed[] = [];
  before(async () => {
    ({ store } = await openTestStore());
    const seed = Math.floor(Math.random() * 1e9);
    console.log(`      seed ${seed}`);
    const draw = seededDraws(seed);
    const anyOf = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)] as T;
    for (let at = 0; at < 400; at += 1) {
      const code = anyOf(ENDS);
      rows.push({
        _id: `row-${at}`,
        contact: `c${Math.floor(draw() * 60)}`,
        sender: anyOf(['28555', '28777']),
        network: anyOf(['212', '305', '415']),
        state: code === null ? 'delivered' : anyOf(['failed', 'undelivered']),
        ...(code === null ? {} : { error: code }),
        left: later(Math.floor(draw() * 3 * HOUR)),
      });
    }
    const common = { program: 'deals', answers: null, class: 'marketing' };
    const documents = rows.map(({ left, ...row }) => {
      const times = { createdAt: left, finalAt: new Date(left.getTime() + 1000), decision: { at: left } };
      return { ...row, ...common, ...times };
    });
    // A reply to a text and a message of another program belong to no burst.
    const [first] = documents;
    const others = [
      { ...first, _id: 'answer', contact: 'c-answer', answers: { sid: 'SM1', receivedAt: NOON } },
      { ...first, _id: 'other', contact: 'c-other', program: 'orders' },
    ];
    await store.deliveries.insertMany([...documents, ...others] as unknown as DeliveryDoc[]);
  });
  after(() => closeTestStore(store));

  const isOf = ({ of, key, hour }: Burst, row: Failed): boolean =>
    keysOf({ sender: row.sender, network: row.network ?? null }).includes(key) &&
    Math.floor(row.left.getTime() / HOUR) * HOUR === hour.getTime() &&
    CODES[of].includes(row.error ?? '');

  const bursts = (): Burst[] =>
    [0, 1, 2].flatMap((hour) =>
      ['sender 28555', 'sender 28777', 'network 212', 'network 305', 'network 415'].flatMap((key) =>
        INCIDENT_KINDS.map((of): Burst => {
          const codes = Object.fromEntries(CODES[of].map((code) => [code, 1]));
          return {
            ...{ of, key: key as Burst['key'], hour: later(hour * HOUR) },
            ...{ ended: 0, failed: 0, usual: 0, codes },
          };
        }),
      ),
    );

  it('are counted for all bursts at once as for each alone', async () => {
    const asked = bursts();
    const expected = asked.map((burst) => {
      const contacts = [...new Set(rows.flatMap((row) => (isOf(burst, row) ? row.contact : [])))].sort();
      return { numbers: contacts.length, some: contacts.slice(0, MOST) };
    });
    const found = await failedNumbers(store, ['deals'], asked, MOST);
    expect(found).to.deep.equal(expected);
    expect(await failedNumbers(store, ['deals'], [], MOST)).to.deep.equal([]);
    expect(await failedNumbers(store, ['nothing'], asked.slice(0, 1), MOST)).to.deep.equal([
      { numbers: 0, some: [] },
    ]);
  });

  it('are known to work by the last message to them or from them since a moment', async () => {
    await store.contacts.insertMany([
      { _id: 'c-wrote', index: '1.a', subscriptions: [], repliedAt: later(-HOUR) },
      {
        _id: 'c-confirmed',
        index: '1.b',
        subscriptions: [{ basis: { at: later(-2 * HOUR) } }, { basis: null }],
      },
      { _id: 'c-before', index: '1.c', subscriptions: [], repliedAt: later(-9 * HOUR) },
    ] as never[]);
    const got = new Map<string, number>();
    for (const { contact, state, left } of rows) {
      if (state === 'delivered') got.set(contact, Math.max(got.get(contact) ?? 0, left.getTime()));
    }
    const all = ['c-wrote', 'c-confirmed', 'c-before', 'c-nobody', ...rows.map(({ contact }) => contact)];
    const proofs = await lastProofs(store, [...new Set(all)], later(-3 * HOUR));
    got.set('c-wrote', later(-HOUR).getTime()).set('c-confirmed', later(-2 * HOUR).getTime());
    expect(Object.fromEntries(proofs)).to.deep.equal(Object.fromEntries(got));
  });
});
