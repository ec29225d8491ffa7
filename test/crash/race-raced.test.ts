import { expect } from 'chai';
import { raced, reconcile } from '../../scripts/crash/race/counts/reconcile.ts';
import { addStep, emptySum, factLines } from '../../scripts/crash/race/counts/sum.ts';
import type { RaceEvidence } from '../../scripts/crash/race/evidence/evidence.ts';
import { factsFrom } from '../../scripts/crash/race/evidence/facts.ts';
import { asked, handOver, healthy, reply, stamp, text } from './race-evidence.ts';

const ns = (ms: number): bigint => handOver('', ms).at;
const counted = (evidence: RaceEvidence) => raced(factsFrom(evidence));

/** The STOP comes at 10,070 and is answered at 10,090; the person is handed an offer at that moment. */
function offerAt(ms: number, more: (it: RaceEvidence) => unknown = () => undefined): RaceEvidence {
  const it = healthy();
  Object.assign(it.texts.find((text) => text.sid === 'stop') as object, {
    begunAt: ns(10_070),
    answeredAt: ns(10_090),
  });
  Object.assign(it.handOvers.find((handOver) => handOver.delivery === 'd-stop') as object, {
    at: ns(10_090),
  });
  it.begun = [stamp('offer-2', ms)];
  it.flight = { from: ns(45), to: ns(20_000) };
  more(it);
  return it;
}

describe('STOP that races a hand-over', () => {
  it('follows a hand-over by at most three seconds, or is answered at most one second before it', () => {
    const racing = [7069, 7070, 10_080, 11_090, 11_091].map((ms) => counted(offerAt(ms)).stopsRacing);
    expect(racing).to.deep.equal([0, 1, 1, 1, 0]);
  });

  it('includes a hand-over whose bytes were written in that time', () => {
    const late = (it: RaceEvidence) => Object.assign(it.begun[0] as object, { written: ns(7070) });
    expect(counted(offerAt(7000, late)).stopsRacing).to.equal(1);
  });

  it('excludes a STOP of the sign-up, an unanswered STOP, and a hold', () => {
    expect(counted(offerAt(10_080, (it) => Object.assign(it.flight, { from: ns(10_091) })))).to.include({
      stopsInFlight: 0,
      stopsRacing: 0,
    });
    const unanswered = (it: RaceEvidence) => it.asked.push(asked('act-1', null));
    expect(counted(offerAt(10_080, unanswered)).stopsInFlight).to.equal(1);
    const held = (it: RaceEvidence) => it.texts.push(text('held', "i'm not interested", 10_000, 10_010));
    expect(counted(offerAt(10_080, held)).stopsInFlight).to.equal(1);
  });

  it('may be an opt-out by the API, from the moment of its request', () => {
    const only = (it: RaceEvidence) => {
      it.texts = it.texts.filter((text) => text.sid !== 'stop');
      it.asked.push({ ...asked('act-1', 10_090), begunAt: ns(10_070) });
    };
    expect([7069, 7070].map((ms) => counted(offerAt(ms, only)).stopsRacing)).to.deep.equal([0, 1]);
  });

  it('excludes its own answer, messages that it does not forbid, and messages of others', () => {
    const own = (it: RaceEvidence) => {
      it.rows.push(reply('d-own', 'stop'));
      it.begun = ['d-own', 'd-help', 'd-stop'].map((delivery) => stamp(delivery, 10_090));
    };
    const topic = (it: RaceEvidence) => {
      Object.assign(it.texts.find((text) => text.sid === 'stop') as object, { body: 'STOP DEALS' });
      Object.assign(it.rows.find((row) => row.id === 'offer-2') as object, { topic: 'news' });
    };
    const others = (it: RaceEvidence) =>
      Object.assign(it.rows.find((row) => row.id === 'offer-2') as object, { number: '+15550000002' });
    for (const more of [own, topic, others]) {
      expect(counted(offerAt(10_080, more))).to.include({ stopsInFlight: 1, stopsRacing: 0 });
    }
  });

  it('is reported beside all STOPs and messages, and summed over the steps', () => {
    const sum = emptySum();
    for (const evidence of [offerAt(10_080), offerAt(1000)]) {
      const { found, activity } = reconcile(evidence);
      addStep(sum, found, activity);
    }
    expect(factLines(sum).join('\n'))
      .to.contain('2 STOPs, 12 messages at the carrier')
      .and.to.contain(
        'in flight 2 STOPs answered, 1 within moments of a message that it forbids, and 8 messages after signing up',
      );
  });
});
