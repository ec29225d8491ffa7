import { expect } from 'chai';
import { endConsent } from '../../../src/domain/consent/consent-end.ts';
import { CELLAR_NUMBER, CLUB_NUMBER, converse, DAY, HOUR, stateOf } from './conversation.ts';

describe('an answer that came in time, worked on after the timer closed its question', () => {
  const inTime = (keyword: string, body: string, since?: string, number?: string) => {
    const talk = converse();
    talk.text(keyword, number);
    talk.wait(71 * HOUR);
    const at = talk.now;
    talk.wait(2 * HOUR);
    talk.sweep();
    if (since !== undefined) talk.text(since, number);
    talk.text(body, number, { at });
    return talk;
  };
  const told = (talk: ReturnType<typeof converse>) =>
    talk.last.events.map(({ kind, reason }) => (kind === 'ineffective' ? reason : kind));

  it('confirms', () => {
    const talk = inTime('JOIN', 'YES');
    expect(told(talk)).to.deep.equal(['confirmed']);
    expect(stateOf(talk.person)).to.deep.equal(['deals subscribed deals']);
  });

  it('refuses', () => {
    expect(told(inTime('JOIN', 'NO'))).to.deep.equal(['refused']);
  });

  it('does not where another question was put since, or after STOP', () => {
    expect(told(inTime('JOIN', 'YES', 'ORDERS'))).to.deep.equal(['older than its prompt']);
    expect(told(inTime('JOIN', 'YES', 'STOP'))).to.deep.equal(['older than the last opt-out']);
  });

  it('does not where the number had a new holder before it ran out', () => {
    const talk = converse();
    talk.text('JOIN');
    talk.wait(DAY);
    talk.learn((person, at) => endConsent(person, { reason: 'reassigned', at, programs: 'all' }));
    talk.text('YES');
    expect(told(talk)).to.deep.equal(['too late']);
  });

  it('does not bring back a consent that ended since for another reason', () => {
    const talk = converse();
    for (const text of ['CLUB', 'AGREE', '3']) talk.text(text, CLUB_NUMBER);
    talk.wait(71 * HOUR);
    const at = talk.now;
    talk.wait(2 * HOUR);
    talk.sweep();
    talk.learn((person, now) => endConsent(person, { reason: 'deactivated', at: now, programs: 'all' }));
    talk.text('AGREE', CLUB_NUMBER, { at });
    expect(stateOf(talk.person).some((one) => one.includes(' subscribed'))).to.equal(false);
  });

  it('is too late for an age gate, which has no time left for a birth date', () => {
    expect(told(inTime('CELLAR', 'YES', undefined, CELLAR_NUMBER))).to.deep.equal(['too late']);
  });
});
