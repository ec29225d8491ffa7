import { expect } from 'chai';
import { isToPause } from '../../scripts/crash/campaign/flight.ts';
import {
  type CampaignCount,
  type CampaignEvidence,
  reconcileCampaign,
} from '../../scripts/crash/campaign/reconcile.ts';

const ns = (ms: number): bigint => BigInt(ms) * 1_000_000n;

const row = (contact: string, state: CampaignEvidence['rows'][number]['state'], id = `row ${contact}`) => ({
  ...{ id, contact, state },
});

/** Three people get it, one is skipped, one said STOP in time. It was paused from 10 s to 20 s. */
const healthy = (): CampaignEvidence => ({
  audience: ['a', 'b', 'c', 'd', 'e'],
  rows: [
    row('a', 'delivered'),
    row('b', 'accepted'),
    row('c', 'unknown'),
    row('d', 'skipped'),
    row('e', 'canceled'),
  ],
  state: 'finished',
  progress: {
    people: 5,
    plan_complete: true,
    messages: { delivered: 1, accepted: 1, unknown: 1, skipped: 1, canceled: 1, planned: 0 },
  },
  carried: ['a', 'b', 'c'].map((id, at) => ({
    delivery: `row ${id}`,
    at: ns(4000 + 1000 * at),
    left: true,
  })),
  paused: { from: ns(10_000), to: ns(20_000) },
});

const found = (change: Partial<CampaignEvidence>): Partial<Record<CampaignCount, string[]>> =>
  Object.fromEntries(
    Object.entries(reconcileCampaign({ ...healthy(), ...change })).filter(([, list]) => list.length > 0),
  );

describe('reconciliation of a campaign', () => {
  it('finds nothing when everybody has one row that the carrier confirms', () => {
    expect(found({})).to.deep.equal({});
  });

  it('names people without a row, people with two, and people who should have none', () => {
    expect(found({ audience: [...healthy().audience, 'f'] }))
      .to.have.property('unreached')
      .deep.equal(['f']);
    const again = found({ rows: [...healthy().rows, row('a', 'skipped', 'another')] });
    expect(again.twice).to.deep.equal(['another']);
    expect(found({ audience: ['a', 'b', 'c', 'd'] }).outside).to.deep.equal(['row e']);
  });

  it('compares the progress with the rows, state by state, and its people with the audience', () => {
    const { progress } = healthy();
    const messages = { ...progress.messages, skipped: 0, delivered: 2 };
    expect(found({ progress: { ...progress, messages } }).miscounted).to.deep.equal(['delivered', 'skipped']);
    expect(found({ progress: { ...progress, people: 4 } }).miscounted).to.deep.equal(['people: 4 of 5']);
  });

  it('compares the rows with the carrier, both ways', () => {
    const { carried } = healthy();
    expect(found({ carried: carried.slice(1) }).uncarried).to.deep.equal(['row a (delivered)']);
    const more = [...carried, { delivery: 'row e', at: 0n, left: true }];
    expect(found({ carried: more }).uncarried).to.deep.equal(['row e (canceled)']);
  });

  it('finds a failed row whose message left, and no failed row whose message did not', () => {
    const { carried } = healthy();
    const failed = (left: boolean) => {
      const rows = [...healthy().rows.slice(1), row('a', 'failed')];
      const [first, ...rest] = carried;
      return found({ rows, carried: first === undefined ? rest : [{ ...first, left }, ...rest] }).uncarried;
    };
    expect([failed(true), failed(false)]).to.deep.equal([['row a (failed)'], undefined]);
  });

  it('counts hand-overs during a pause, once the calls under way have left', () => {
    const at = (ms: number) =>
      found({ carried: [...healthy().carried.slice(1), { delivery: 'row a', at: ns(ms), left: true }] });
    expect([at(9000), at(13_000), at(20_001)]).to.deep.equal([{}, {}, {}]);
    expect(at(14_000)).to.deep.equal({ whilePaused: ['row a'] });
  });

  it('names the state of a campaign that did not finish', () => {
    expect(found({ state: 'sending' })).to.deep.equal({ unended: ['sending'] });
  });
});

describe('pause of a campaign in flight', () => {
  const of = (messages: Record<string, number>, complete: boolean): boolean =>
    isToPause({ people: 1000, plan_complete: complete, messages }, 1000);

  it('begins once a fifth of its people is done and enough rows wait', () => {
    expect(of({ planned: 500, accepted: 190 }, false)).to.equal(false);
    expect(of({ planned: 300, accepted: 200 }, false)).to.equal(false);
    expect(of({ planned: 400, accepted: 200 }, false)).to.equal(true);
  });

  it('does not wait for more rows than a complete plan has', () => {
    expect(of({ planned: 300, skipped: 400, accepted: 300 }, true)).to.equal(true);
    expect(of({ planned: 900, accepted: 100 }, true)).to.equal(false);
  });
});
