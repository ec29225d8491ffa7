import { expect } from 'chai';
import { COUNTS, reconcile } from '../../scripts/crash/race/counts/reconcile.ts';
import type { RaceEvidence, RowEvidence, SeenHandOver } from '../../scripts/crash/race/evidence/evidence.ts';
import { type LedgerLine, sidsOfFailed } from '../../scripts/crash/race/evidence/ledger-lines.ts';
import { handOver, healthy, row } from './race-evidence.ts';

const counts = (evidence: RaceEvidence) =>
  Object.fromEntries(Object.entries(reconcile(evidence).found).map(([name, list]) => [name, list.length]));

const none = Object.fromEntries(Object.keys(COUNTS).map((name) => [name, 0]));

/** An offer that ended so, of which the carrier made this message. */
function offer(state: RowEvidence['state'], fields: Partial<SeenHandOver>): RaceEvidence {
  const evidence = healthy();
  evidence.rows.push(row('offer-4', { state }));
  evidence.handOvers.push(handOver('offer-4', 60, fields));
  return evidence;
}

describe('failed row', () => {
  it('is misstated when its message left for the handset and no receipt says that it failed', () => {
    expect(counts(offer('failed', {}))).to.deep.equal({ ...none, misstated: 1 });
  });

  it('is correct when its message never left the carrier', () => {
    expect(counts(offer('failed', { leftAt: null }))).to.deep.equal(none);
  });

  it('is correct when a later receipt says that it failed', () => {
    expect(counts(offer('failed', { saidFailed: true }))).to.deep.equal(none);
  });

  it('is correct when the carrier refused it', () => {
    expect(counts(offer('failed', { made: false, leftAt: null }))).to.deep.equal(none);
  });

  it('is misstated when an earlier attempt left although the last was refused', () => {
    const evidence = offer('failed', {});
    evidence.handOvers.push(handOver('offer-4', 65, { epoch: 2, made: false, leftAt: null }));
    expect(counts(evidence)).to.deep.equal({ ...none, misstated: 1 });
  });
});

describe('undelivered row', () => {
  it('is correct when its message left, and misstated when the carrier made none', () => {
    expect(counts(offer('undelivered', { saidFailed: true }))).to.deep.equal(none);
    expect(counts(offer('undelivered', { made: false, leftAt: null }))).to.deep.equal({
      ...none,
      misstated: 1,
    });
  });
});

describe('failures in the ledger of the carrier', () => {
  const line = (fields: Partial<LedgerLine>): LedgerLine => ({ kind: 'status', ...fields }) as LedgerLine;

  it('are receipts with the status failed or undelivered, and no others', () => {
    const lines = ['sent', 'failed', 'undelivered', 'delivered'].map((messageStatus, at) =>
      line({ sid: `SM${at}`, messageStatus }),
    );
    const made = line({ kind: 'create', sid: 'SM9', messageStatus: null });
    expect([...sidsOfFailed([...lines, made])]).to.deep.equal(['SM1', 'SM2']);
  });
});

describe('messages handed over twice', () => {
  it('are found by their delivery and by their text, and counted once when both match', () => {
    const evidence = healthy();
    const again = (at: number, delivery: string, fields: Partial<SeenHandOver>): void => {
      evidence.rows.push(...(delivery.startsWith('offer-1') ? [] : [row(delivery)]));
      evidence.handOvers.push(handOver(delivery, at, fields));
    };
    again(55, 'offer-1', { epoch: 2, body: 'other words' });
    again(56, 'offer-5', { body: 'an offer #offer-2' });
    expect(counts(evidence)).to.deep.equal({ ...none, doubled: 2 });
    again(57, 'offer-1', { epoch: 3 });
    expect(counts(evidence)).to.deep.equal({ ...none, doubled: 3 });
  });
});
