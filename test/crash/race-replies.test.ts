import { expect } from 'chai';
import { COUNTS, reconcile as compare } from '../../scripts/crash/race/counts/reconcile.ts';
import type { RaceEvidence, RowEvidence } from '../../scripts/crash/race/evidence/evidence.ts';
import { RACE_SENDERS } from '../../scripts/crash/race/programs.ts';
import { change, entry, handOver, healthy, NUMBER, replied, reply, stamp, text } from './race-evidence.ts';

function reconcile(evidence: RaceEvidence) {
  const { found, activity } = compare(evidence);
  const counts = Object.fromEntries(Object.entries(found).map(([name, list]) => [name, list.length]));
  return { counts, activity };
}

const none = Object.fromEntries(Object.keys(COUNTS).map((name) => [name, 0]));
const lost = (count: number) => ({ ...none, repliesLost: count });

/** The reply ended so, and the carrier never met it. */
function unmade(delivery: string, fields: Partial<RowEvidence>, evidence = healthy()): RaceEvidence {
  change(
    evidence.rows.find((row) => row.id === delivery),
    fields,
  );
  evidence.handOvers = evidence.handOvers.filter((handOver) => handOver.delivery !== delivery);
  return evidence;
}

const textOf = ({ texts }: RaceEvidence, sid: string): object | undefined =>
  texts.find((text) => text.sid === sid);

/** The transaction of the text wrote no reply. */
function unplanned(sid: string): RaceEvidence {
  const evidence = unmade(`d-${sid}`, {});
  evidence.rows = evidence.rows.filter((row) => row.id !== `d-${sid}`);
  change(textOf(evidence, sid), { answers: [] });
  return evidence;
}

describe('reply that was not planned', () => {
  for (const sid of ['join', 'yes', 'stop', 'help']) {
    it(`is lost when the text asks for one: ${sid}`, () => {
      expect(reconcile(unplanned(sid)).counts).to.deep.equal(lost(1));
    });
  }

  it('is none when a repeated opt-out needs none, or the carrier answers itself', () => {
    const repeated = healthy();
    repeated.people[0]?.entries.push(entry(5, 'withdrawn', 'stop-2', 92));
    repeated.texts.push(text('stop-2', 'STOP', 92, 95));
    expect(reconcile(repeated).counts).to.deep.equal(none);
    const answered = unplanned('help');
    change(textOf(answered, 'help'), { to: RACE_SENDERS.stylist.number });
    expect(reconcile(answered).counts).to.deep.equal(none);
  });

  it('is lost when the record of its text names it and its row is gone', () => {
    const evidence = unmade('d-help', {});
    evidence.rows = evidence.rows.filter((row) => row.id !== 'd-help');
    expect(reconcile(evidence).counts).to.deep.equal(lost(1));
  });

  it('is not expected when the text has no record', () => {
    const evidence = unplanned('help');
    change(textOf(evidence, 'help'), { answers: null });
    expect(reconcile(evidence).counts).to.deep.equal(none);
  });
});

describe('reply that did not leave', () => {
  it('is explained by an opt-out of its person, except HELP and the confirmation', () => {
    for (const state of ['skipped', 'canceled']) {
      expect(reconcile(unmade('d-yes', { state })).counts).to.deep.equal(none);
      expect(reconcile(unmade('d-help', { state })).counts).to.deep.equal(lost(1));
      expect(reconcile(unmade('d-stop', { state })).counts).to.deep.equal(lost(1));
    }
  });

  it('is explained by any block of the carrier', () => {
    const evidence = unmade('d-help', { state: 'skipped' });
    evidence.blocked.push({ number: NUMBER, code: 21610, wall: 60 });
    expect(reconcile(evidence).counts.repliesLost).to.equal(0);
  });

  it('is not explained by an opt-out of somebody else, but a question is by a later text', () => {
    const evidence = unmade('d-yes', { state: 'skipped' });
    evidence.texts = evidence.texts.filter((text) => text.sid !== 'stop');
    expect(reconcile(evidence).counts.repliesLost).to.equal(1);
    const asked = unmade('d-join', { state: 'skipped' });
    asked.texts = asked.texts.filter((text) => text.sid !== 'stop');
    expect(reconcile(asked).counts.repliesLost).to.equal(0);
  });

  it('is explained by a refusal of the carrier', () => {
    const evidence = unmade('d-help', { state: 'failed', error: '21211' });
    expect(reconcile(evidence).counts).to.deep.equal(lost(1));
    evidence.handOvers.push(handOver('d-help', 105, { made: false, sid: null }));
    expect(reconcile(evidence).counts).to.deep.equal(none);
  });

  it('has expired correctly only when its text came by another door almost five minutes late', () => {
    const expired = (fields: object): number => {
      const evidence = unmade('d-stop', { state: 'expired' });
      change(textOf(evidence, 'stop'), fields);
      return reconcile(evidence).counts.repliesLost ?? -1;
    };
    expect(expired({})).to.equal(1);
    expect(expired({ door: 'list', recordedAt: 70 + 200_000 })).to.equal(1);
    expect(expired({ door: 'list', recordedAt: 70 + 271_000 })).to.equal(0);
    expect(expired({ door: 'webhook', recordedAt: 70 + 271_000 })).to.equal(1);
  });

  it('may be unknown at most fifty times for each trouble', () => {
    const evidence = healthy();
    evidence.struck = new Set(['round-1']);
    evidence.troubles = 1;
    for (let at = 0; at < 51; at += 1) {
      const sid = `why-${at}`;
      evidence.texts.push(replied(sid, 'WHY', 60, 65));
      evidence.rows.push({ ...reply(`d-${sid}`, sid), state: 'unknown', owner: 'round-1' });
    }
    const { counts, activity } = reconcile(evidence);
    expect(counts).to.deep.equal(lost(1));
    expect(activity).to.include({ repliesUnknown: 51, repliesUnknownAtMost: 50 });
    evidence.troubles = 2;
    expect(reconcile(evidence).counts).to.deep.equal(none);
  });
});

describe('required answer of which two messages were made', () => {
  function twice(fields: { first?: object; epoch?: number; id?: string } = {}): RaceEvidence {
    const { first = {}, epoch = 2, id = 'd-help' } = fields;
    const evidence = healthy();
    evidence.begun.push(stamp(id, 109, { struck: true, ...first }));
    evidence.handOvers.push(handOver(id, 112, { epoch, body: 'help' }));
    return evidence;
  }

  it('is counted apart when the first attempt was struck or got no answer', () => {
    const { counts, activity } = reconcile(twice());
    expect([counts, activity.onceMore]).to.deep.equal([none, 1]);
    const unanswered = twice({ first: { struck: false } });
    change(
      unanswered.handOvers.find((handOver) => handOver.delivery === 'd-help'),
      {
        unanswered: true,
      },
    );
    expect(reconcile(unanswered).counts).to.deep.equal(none);
  });

  it('is a double when nothing was lost, within one attempt, a third time, or in another class', () => {
    const third = twice();
    third.handOvers.push(handOver('d-help', 114, { epoch: 3, body: 'help' }));
    const doubles = [twice({ first: { struck: false } }), twice({ epoch: 1 }), twice({ id: 'd-yes' })];
    for (const evidence of doubles) expect(reconcile(evidence).counts.doubled).to.equal(1);
    expect(reconcile(third).counts).to.deep.equal({ ...none, doubled: 2 });
    expect(reconcile(twice({ id: 'offer-1' })).counts.doubled).to.equal(1);
  });
});
