import { expect } from 'chai';
import { ageingOf, lapsesAt } from '../../../src/domain/consent/consent-age.ts';
import { endMarketing } from '../../../src/domain/consent/consent-end.ts';
import {
  type ConsentState,
  type Subscription,
  subscriptionTo,
} from '../../../src/domain/consent/consent-state.ts';
import { CLUB_NUMBER, converse, DAY } from './conversation.ts';
import { askedToRenew, mayGet, programOf } from './questions/renewals.ts';

describe('lapsed marketing consent', () => {
  const club = programOf('club');
  const clubOf = (person: ConsentState): Subscription => subscriptionTo(person, 'club') as Subscription;
  const member = (...texts: string[]) => {
    const talk = converse();
    for (const body of ['CLUB', 'YES', '3', 'YES', ...texts]) talk.text(body, CLUB_NUMBER);
    talk.wait(560 * DAY);
    return talk;
  };
  it('does not exist without marketing topics: ordered topics go on', () => {
    const talk = member('STOP TASTINGS', 'STOP VISITS');
    expect(clubOf(talk.person).topics).to.deep.equal(['repairs']);
    expect(lapsesAt(clubOf(talk.person), club)).to.equal(null);
    expect(ageingOf(clubOf(talk.person), club, talk.now)).to.equal(null);
    expect(endMarketing(talk.person, club, talk.now)).to.equal(null);
    expect(mayGet(talk, 'club', 'repairs')).to.equal(true);
  });

  it('ends with its renewal question while ordered topics go on', () => {
    const talk = askedToRenew('club', CLUB_NUMBER, 'CLUB', 'YES', '3', 'YES');
    talk.wait(30 * DAY);
    expect(ageingOf(clubOf(talk.person), club, talk.now)).to.equal('lapse');
    talk.learn((person, now) => endMarketing(person, club, now));
    expect(clubOf(talk.person)).to.deep.include({ topics: ['repairs'], purposes: ['informational'] });
    expect(clubOf(talk.person)).not.to.have.property('renewalAskedAt');
    expect(talk.person.prompts.at(-1)?.state).to.equal('expired');
    const told = talk.ledger.slice(-2).map(({ kind, topics, reason }) => [kind, topics.join(), reason]);
    expect(told).to.deep.equal([
      ['topic-off', 'tastings,visits', 'lapsed'],
      ['expired', 'tastings,visits,repairs', 'it had grown old and was not renewed'],
    ]);
    expect([mayGet(talk, 'club', 'repairs'), mayGet(talk, 'club', 'tastings')]).to.deep.equal([true, false]);
    talk.text('1', CLUB_NUMBER);
    expect(talk.last.events.map(({ kind }) => kind)).to.deep.equal(['requested', 'prompted']);
  });

  it('leaves a topic open that the person asked for again', () => {
    const talk = member();
    talk.text('STOP VISITS', CLUB_NUMBER);
    talk.text('CLUB', CLUB_NUMBER);
    talk.learn((person, now) => endMarketing(person, club, now));
    talk.text('YES', CLUB_NUMBER);
    expect(clubOf(talk.person).topics).to.have.members(['repairs', 'tastings', 'visits']);
    expect(mayGet(talk, 'club', 'tastings')).to.equal(true);
  });

  it('ends the whole program where no other topic is on', () => {
    const talk = member('STOP REPAIRS');
    talk.learn((person, now) => endMarketing(person, club, now));
    expect(clubOf(talk.person)).to.deep.include({ state: 'expired', endedBy: 'lapsed', topics: [] });
  });
});
