import { expect } from 'chai';
import { loadUndeliveredConfirmations } from '../../src/consent/prompt-delivery.ts';
import { type ConsentState, emptyConsentState } from '../../src/domain/consent/consent-state.ts';
import type { Suppression } from '../../src/domain/consent/suppression.ts';
import type { Store } from '../../src/store/store.ts';

const NOW = new Date('2026-06-01T12:00:00Z');

const optOut = (more: Partial<Suppression> = {}): Suppression => ({
  ...{ scope: 'all', kind: 'opt-out', generation: 1, since: NOW, lifts: {}, until: null },
  ...{ source: 'VIA_TEXT exact:stop', confirmation: 'd1' },
  ...more,
});
const out = (...suppressions: Suppression[]): ConsentState => ({ ...emptyConsentState(), suppressions });

/** A database that answers so; `asked`: the ids of each question. */
function answering(rows: () => Promise<object[]>): { store: Store; asked: string[][] } {
  const asked: string[][] = [];
  const find = ({ _id }: { _id: { $in: string[] } }) => {
    asked.push(_id.$in);
    return { toArray: rows };
  };
  return { store: { deliveries: { find } } as unknown as Store, asked };
}

const unconfirmedIn = async (store: Store, ...people: ConsentState[]) => {
  const withUnconfirmed = await loadUndeliveredConfirmations(
    store,
    people.flatMap(({ suppressions }) => suppressions),
    NOW,
  );
  return people.map((person) => withUnconfirmed(person).unconfirmed);
};

describe('the search for confirmations that never left', () => {
  it('is one query for all who opt out together', async () => {
    const { store, asked } = answering(async () => [
      { _id: 'd2', state: 'failed', epoch: 1, answers: null },
      { _id: 'd3', state: 'accepted', epoch: 1, answers: null, acceptedAt: NOW },
    ]);
    const first = out(optOut(), optOut({ scope: 'program:deals', confirmation: 'd2' }));
    const second = out(optOut({ confirmation: 'd3' }));
    expect(await unconfirmedIn(store, first, second)).to.deep.equal([['program:deals'], undefined]);
    expect(asked).to.deep.equal([['d1', 'd2', 'd3']]);
  });

  it('queries nothing when no row names a confirmation', async () => {
    const { store, asked } = answering(async () => []);
    const { confirmation: _, ...older } = optOut();
    const person = out(older, optOut({ scope: 'program:deals', lifts: { deals: 1 } }));
    expect(await unconfirmedIn(store, person)).to.deep.equal([undefined]);
    expect(asked).to.deep.equal([]);
  });

  const TROUBLES: [what: string, rows: () => Promise<object[]>][] = [
    ['fails', () => Promise.reject(new Error('away'))],
    ['gives no answer', () => new Promise(() => {})],
  ];
  for (const [what, rows] of TROUBLES) {
    it(`finds nobody unconfirmed when the database ${what}`, async () => {
      expect(await unconfirmedIn(answering(rows).store, out(optOut()))).to.deep.equal([undefined]);
    });
  }
});
