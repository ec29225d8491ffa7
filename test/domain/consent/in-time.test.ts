import { expect } from 'chai';
import { endConsent } from '../../../src/domain/consent/consent-end.ts';
import { CELLAR_NUMBER, CLUB_NUMBER, converse, DAY, HOUR, stateOf } from './conversation.ts';

describe('timely answer that is processed after its question expired', () => {
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

  it('does not confirm after another question or after STOP', () => {
    expect(told(inTime('JOIN', 'YES', 'ORDERS'))).to.deep.equal(['older than its prompt']);
    expect(told(inTime('JOIN', 'YES', 'STOP'))).to.deep.equal(['older than the last opt-out']);
  });

  it('does not confirm for a new holder of the number', () => {
    const talk = converse();
    talk.text('JOIN');
    talk.wait(DAY);
    talk.learn((person, at) => endConsent(person, { reason: 'reassigned', at, programs: 'all' }));
    talk.text('YES');
    expect(told(talk)).to.deep.equal(['too late']);
  });

  it('does not restore a consent that ended for another reason', () => {
    const talk = converse();
    for (const text of ['CLUB', 'AGREE', '3']) talk.text(text, CLUB_NUMBER);
    talk.wait(71 * HOUR);
    const at = talk.now;
    talk.wait(2 * HOUR);
    talk.sweep();
    talk.learn((person, now) => endConsent(person, { reason: 'deactivated', at: now, programs: 'all' }));
    talk.text('AGREE', CLUB_NUMBER, { at });
    expect(stateOf(talk.person).some((line) => line.includes(' subscribed'))).to.equal(false);
  });

  it('is too late for an age gate, which has no time left for a birth date', () => {
    expect(told(inTime('CELLAR', 'YES', undefined, CELLAR_NUMBER))).to.deep.equal(['too late']);
  });
});
