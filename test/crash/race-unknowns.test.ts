import { expect } from 'chai';
import { COUNTS, reconcile as compare } from '../../scripts/crash/race/counts/reconcile.ts';
import type { RaceEvidence, RowEvidence } from '../../scripts/crash/race/evidence/evidence.ts';
import { handOver, healthy, row, stamp } from './race-evidence.ts';

function reconcile(evidence: RaceEvidence) {
  const { found, activity } = compare(evidence);
  const counts = Object.fromEntries(Object.entries(found).map(([name, list]) => [name, list.length]));
  return { counts, activity };
}

const none = Object.fromEntries(Object.keys(COUNTS).map((name) => [name, 0]));
const forNothing = { ...none, unknownForNothing: 1 };
const of = <T extends { delivery: string | null }>(list: T[], delivery: string): T =>
  list.find((item) => item.delivery === delivery) as T;

/** An offer of a dispatcher's round, of which nobody knows what became. */
function withLost(fields: Partial<RowEvidence> = {}): RaceEvidence {
  const evidence = healthy();
  evidence.rows.push(row('offer-4', { state: 'unknown', owner: 'round-1', ...fields }));
  return evidence;
}

describe('unknown outcome', () => {
  it('is unexplained for a row without a claim, even when it was once seen claimed', () => {
    const evidence = withLost({ owner: null });
    evidence.claimed = new Set(['offer-4']);
    expect(reconcile(evidence).counts).to.deep.equal(forNothing);
  });

  it('is explained only when the process that owned its claim was struck', () => {
    const evidence = withLost();
    evidence.struck = new Set(['round-2']);
    expect(reconcile(evidence).counts).to.deep.equal(forNothing);
    evidence.struck = new Set(['round-1']);
    expect(reconcile(evidence).counts).to.deep.equal(none);
  });

  it('is unexplained for a dispatcher that lives, even when another process died', () => {
    const evidence = withLost();
    evidence.struck = new Set(['round-2']);
    evidence.claimed = new Set(['offer-4']);
    const { counts, activity } = reconcile(evidence);
    expect(counts).to.deep.equal(forNothing);
    expect(activity).to.include({ unknownInFlight: 0, inFlight: 0 });
  });

  it('is explained for a dispatcher that lives when the database itself failed', () => {
    const evidence = withLost();
    evidence.databaseFailed = true;
    expect(reconcile(evidence).counts).to.deep.equal(forNothing);
    evidence.claimed = new Set(['offer-4']);
    expect(reconcile(evidence).counts).to.deep.equal(none);
  });

  it('is explained by an answer that came after the call was given up, not before', () => {
    const evidence = healthy();
    Object.assign(evidence.rows.find((row) => row.id === 'offer-2') as object, { state: 'unknown' });
    const answeredAt = of(evidence.handOvers, 'offer-2').at;
    Object.assign(of(evidence.begun, 'offer-2'), { ended: answeredAt + 1n });
    expect(reconcile(evidence).counts).to.deep.equal(forNothing);
    Object.assign(of(evidence.begun, 'offer-2'), { ended: answeredAt - 1n });
    expect(reconcile(evidence).counts).to.deep.equal(none);
  });

  it('is explained by an answer that came after the call should have been given up', () => {
    const evidence = healthy();
    Object.assign(evidence.rows.find((row) => row.id === 'offer-2') as object, { state: 'unknown' });
    const { checked } = of(evidence.begun, 'offer-2');
    const noted = { ended: checked + 2_600_000_000n };
    Object.assign(of(evidence.begun, 'offer-2'), noted);
    Object.assign(of(evidence.handOvers, 'offer-2'), { answeredAt: checked + 2_499_000_000n });
    expect(reconcile(evidence).counts).to.deep.equal(forNothing);
    Object.assign(of(evidence.handOvers, 'offer-2'), { answeredAt: checked + 2_501_000_000n });
    expect(reconcile(evidence).counts).to.deep.equal(none);
  });

  it('is explained by a call that was written and ended and that the carrier never read', () => {
    const evidence = withLost();
    evidence.begun.push(stamp('offer-4', 60));
    expect(reconcile(evidence).counts).to.deep.equal(forNothing);
    const ended = handOver('', 2560).at;
    Object.assign(of(evidence.begun, 'offer-4'), { ended });
    const { counts, activity } = reconcile(evidence);
    expect(counts).to.deep.equal(none);
    expect(activity).to.include({ unknownInFlight: 0, unknownUnanswered: 1 });
  });

  it('is not explained by a call that the carrier answered in time', () => {
    const evidence = withLost();
    evidence.begun.push(stamp('offer-4', 60, { ended: handOver('', 62).at }));
    evidence.handOvers.push(handOver('offer-4', 61));
    expect(reconcile(evidence).counts).to.deep.equal(forNothing);
  });
});
