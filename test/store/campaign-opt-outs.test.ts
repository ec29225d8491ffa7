import { expect } from 'chai';
import { campaignRowId } from '../../src/store/campaigns/messages.ts';
import { outcomesOf } from '../../src/store/campaigns/results.ts';
import type { ConsentEventDoc } from '../../src/store/consent/consent-events.ts';
import type { SuppressionDoc } from '../../src/store/consent/suppressions.ts';
import type { Store } from '../../src/store/store.ts';
import { bareRow } from '../receipts/rows.ts';
import { closeTestStore, openTestStore } from '../support/test-store.ts';

const SINCE = new Date('2026-03-01T12:00:00Z');
const at = (hours: number): Date => new Date(SINCE.getTime() + hours * 3_600_000);

describe('opt-outs after a campaign', () => {
  let store: Store;
  before(async () => {
    ({ store } = await openTestStore());
  });
  after(() => closeTestStore(store));

  it("counts the first opt-out after the campaign's message, however many follow", async () => {
    const outs: [id: string, outs: [hours: number, scope: string][]][] = [
      ['once', [[2, 'all']]],
      [
        'again days later',
        [
          [2, 'all'],
          [9 * 24, 'all'],
        ],
      ],
      [
        'of the topic, then of all',
        [
          [1, 'topic:club/deals'],
          [20 * 24, 'all'],
        ],
      ],
      ['of another program alone', [[2, 'program:news']]],
      ['of another topic alone', [[2, 'topic:club/events']]],
      ['too late', [[8 * 24, 'all']]],
      [
        'before, and too late',
        [
          [-2, 'all'],
          [8 * 24, 'all'],
        ],
      ],
      [
        'before, and again',
        [
          [-2, 'all'],
          [3, 'all'],
        ],
      ],
    ];
    const decision = { allowed: true as const, reasons: [], at: at(0) };
    const index = (id: string): string => `1.${id}`;
    await store.deliveries.insertMany(
      outs.map(([id]) =>
        bareRow({
          ...{ _id: campaignRowId('autumn', index(id)), contact: id, campaign: 'autumn', variant: id },
          ...{ state: 'delivered' as const, decision },
        }),
      ),
    );
    await store.consentEvents.insertMany(
      outs.flatMap(([contact, all]) =>
        all.map(([hours, scope], seq) => {
          const kind = scope.startsWith('topic:') ? 'topic-off' : 'withdrawn';
          return {
            contact,
            seq,
            kind,
            scope,
            actedAt: at(hours),
          } as Partial<ConsentEventDoc> as ConsentEventDoc;
        }),
      ),
    );
    const raised = outs.flatMap(([id, all]) =>
      [...new Set(all.map(([, scope]) => scope))].map((scope) => {
        const times = all.filter((optOut) => optOut[1] === scope).map(([hours]) => hours);
        const since = at(Math.max(...times));
        return { index: index(id), scope, kind: 'opt-out', generation: times.length, since, lifts: {} };
      }),
    );
    await store.suppressions.insertMany(raised as SuppressionDoc[]);
    const asked = {
      ...{ campaign: 'autumn', program: 'club', topic: 'deals', by: 'opt-out', via: null, meant: false },
      ...{ since: SINCE, ended: at(10), days: 7 },
    };
    for (const slice of [1, 3, 5000]) {
      const found = await outcomesOf(store, asked, slice);
      expect(found.filter(({ hits }) => hits === 1).map(({ group }) => group)).to.have.members([
        ...['once', 'again days later', 'of the topic, then of all', 'before, and again'],
      ]);
      expect(found.reduce((sum, { hits }) => sum + hits, 0)).to.equal(4);
    }
  });
});
