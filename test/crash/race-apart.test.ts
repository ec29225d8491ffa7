import { expect } from 'chai';
import { reconcile } from '../../scripts/crash/race/counts/reconcile.ts';
import type { RaceEvidence, SendAttempt } from '../../scripts/crash/race/evidence/evidence.ts';
import { RACE_SENDERS } from '../../scripts/crash/race/programs.ts';
import { asked, entry, handOver, healthy, leaving, stamp } from './race-evidence.ts';

describe('hand-over after an answer to a STOP that is counted apart', () => {
  /** The STOP is answered at 90. */
  const offerReadAt = (at: number, stamp: Partial<SendAttempt>, evidence = healthy()): RaceEvidence => {
    Object.assign(evidence.handOvers.find((handOver) => handOver.delivery === 'offer-2') as object, {
      at: handOver('', at).at,
    });
    Object.assign(evidence.begun.find((attempt) => attempt.delivery === 'offer-2') as object, stamp);
    return evidence;
  };
  const counted = (evidence: RaceEvidence) => {
    const { found, activity } = reconcile(evidence);
    const { frozen, readLate, ages } = activity;
    return { lost: found.afterStop.length, frozen, readLate, ages };
  };
  const ended = (ms: number): Partial<SendAttempt> => ({ ended: handOver('', ms).at });

  it('is counted as frozen when its process was frozen between check and write', () => {
    expect(counted(offerReadAt(91, { frozen: true }))).to.include({ lost: 0, frozen: 1, readLate: 0 });
  });

  it('is counted as frozen for a reply too', () => {
    const evidence = healthy();
    Object.assign(evidence.handOvers.find((handOver) => handOver.delivery === 'd-yes') as object, {
      at: handOver('', 91).at,
    });
    expect(counted(evidence)).to.include({ lost: 1, frozen: 0 });
    evidence.begun.push(stamp('d-yes', 40, { frozen: true }));
    expect(counted(evidence)).to.include({ lost: 0, frozen: 1 });
  });

  it('is counted as read late when the call was over before the answer', () => {
    expect(counted(offerReadAt(91, ended(89)))).to.include({ lost: 0, frozen: 0, readLate: 1 });
    expect(counted(offerReadAt(91, ended(90)))).to.include({ lost: 1, readLate: 0 });
  });

  it('is covered by an opt-out of a topic only when it is a question for that topic', () => {
    const questionFor = (...asks: string[]): RaceEvidence => {
      const it = healthy();
      Object.assign(it.texts.find((text) => text.sid === 'stop') as object, { body: 'STOP DEALS' });
      Object.assign(it.rows.find((row) => row.id === 'd-join') as object, { asks });
      const left = it.handOvers.find((handOver) => handOver.delivery === 'd-join');
      Object.assign(left as object, { at: handOver('', 91).at });
      return it;
    };
    expect(counted(questionFor('news'))).to.include({ lost: 0 });
    expect(counted(questionFor('news', 'deals'))).to.include({ lost: 1 });
  });

  it('is counted as lost when it was open at the answer to any STOP of the person', () => {
    const evidence = offerReadAt(91, ended(89));
    evidence.asked.push(asked('act-1', 74));
    evidence.people[0]?.entries.push(entry(5, 'withdrawn', 'act-1', 74));
    expect(counted(evidence)).to.include({ lost: 1, readLate: 0 });
  });

  it('is listed with its age when the message was already at the carrier', () => {
    const evidence = healthy();
    Object.assign(
      evidence.handOvers.find((handOver) => handOver.delivery === 'offer-2') as object,
      leaving('offer-2', 75, 95),
    );
    expect(counted(evidence)).to.deep.equal({ lost: 0, frozen: 0, readLate: 0, ages: [20] });
  });

  it('is listed again for senders with receipts, which keep the queue at the carrier short', () => {
    const evidence = healthy();
    const late = [RACE_SENDERS.deals, RACE_SENDERS.orders, RACE_SENDERS.stylist].map(({ number }, at) => ({
      ...leaving('offer-2', 75, 95 + at),
      sender: number,
    }));
    evidence.handOvers.push(...late);
    const { ages, agesPaced } = reconcile(evidence).activity;
    expect([ages, agesPaced]).to.deep.equal([[20, 21, 22], [22]]);
  });
});
