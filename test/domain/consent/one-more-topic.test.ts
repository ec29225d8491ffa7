import { expect } from 'chai';
import { lapsesAt } from '../../../src/domain/consent/consent-age.ts';
import { programsBefore } from '../../../src/domain/consent/consent-end.ts';
import { type Subscription, subscriptionTo } from '../../../src/domain/consent/consent-state.ts';
import { raiseSuppression } from '../../../src/domain/consent/suppression.ts';
import type { Program } from '../../../src/domain/program.ts';
import { topicVerdict } from '../../../src/domain/sending/message-plan.ts';
import { BY_STOP } from '../../support/origins.ts';
import { BOOK, CLUB_NUMBER, type Conversation, converse, DAY, HOUR, stateOf } from './conversation.ts';
import { CLUB } from './programs.ts';

const programOf = (id: string): Program => BOOK.programs.find((program) => program.id === id) as Program;
const clubOf = ({ person }: Conversation): Subscription => subscriptionTo(person, 'club') as Subscription;

/** Texts to the number of the club. */
function told(talk: Conversation, ...texts: string[]): Conversation {
  for (const body of texts) talk.text(body, CLUB_NUMBER);
  return talk;
}

describe('code of another topic a moment after the first', () => {
  it('asks about that topic, while the same code again asks nothing', () => {
    const talk = told(converse(), 'CLUB', 'agree', '3', '3');
    expect(talk.last.events.map(({ reason }) => reason)).to.deep.equal(['asked a moment ago']);
    told(talk, '4');
    expect(talk.last.events.map(({ kind }) => kind)).to.deep.equal(['superseded', 'requested', 'prompted']);
    told(talk, 'YES');
    expect(clubOf(talk).topics).to.deep.equal(['tastings', 'visits', 'recalls']);
  });
});

describe('YES to one more topic', () => {
  it('turns the topic on and keeps the proof of the program', () => {
    const talk = told(converse(), 'CLUB', 'agree');
    const { basis } = clubOf(talk);
    talk.wait(530 * DAY);
    const lapse = lapsesAt(clubOf(talk), CLUB);
    told(talk, '3', 'YES');
    expect(clubOf(talk)).to.deep.include({ topics: ['tastings', 'visits', 'repairs'], basis });
    expect(clubOf(talk).purposes).to.deep.equal(['marketing', 'informational']);
    expect(lapsesAt(clubOf(talk), CLUB)).to.deep.equal(lapse);
    expect(talk.ledger.at(-1)).to.deep.include({ kind: 'confirmed', topics: ['repairs'] });
    expect(talk.ledger.at(-1)?.disclosure?.touchpoint).to.equal('sms-topic-prompt.repairs.en');
  });

  it('is answered with the name and frequency of that topic', () => {
    const { said, events } = told(converse(), 'CLUB', 'AGREE', '3', 'AGREE').last;
    expect(said.map(({ template }) => template)).to.deep.equal(['welcome-topic']);
    expect(said[0]?.text).to.contain('Fernway club').and.contain('Our repairs, 1 msg/month');
    expect(events[0]?.shown).to.equal(said[0]?.text);
  });

  it('is answered with the hold while a hold stops the topic', () => {
    const { said } = told(converse(), 'CLUB', 'AGREE', 'I get too many texts', '3', 'AGREE').last;
    expect(said.map(({ template }) => template)).to.deep.equal(['topics-on-held']);
    expect(said[0]?.text).to.contain('Our repairs');
  });

  it('is answered, when too late, with the question that ended and the code that asks again', () => {
    const talk = told(converse(), 'CLUB', 'AGREE', '3');
    talk.wait(80 * HOUR);
    for (const swept of [false, true]) {
      if (swept) talk.sweep();
      const { said, events } = told(talk, 'AGREE').last;
      expect(events.map(({ reason }) => reason)).to.deep.equal(['too late']);
      expect(said.map(({ template }) => template)).to.deep.equal(['topic-too-late']);
      expect(said[0]?.text)
        .to.contain('Our repairs')
        .and.match(/reply 3\.$/);
    }
  });

  it('leaves a hold in place, which its timer ends as an opt-out', () => {
    const talk = told(converse(), 'CLUB', 'YES', 'I get too many texts', '3', 'YES');
    expect(stateOf(talk.person)).to.deep.equal(['all hold 1', 'club subscribed tastings,visits,repairs']);
    expect(topicVerdict(talk.person, BOOK, CLUB, 'tastings', talk.now).allowed).to.equal(false);
    talk.wait(8 * DAY);
    talk.sweep();
    expect(clubOf(talk).state).to.equal('unsubscribed');
  });

  it('does not override a newer STOP on another number of the person', () => {
    const talk = told(converse(), 'CLUB', 'YES');
    talk.wait(DAY);
    const stopped = { scope: 'all', kind: 'opt-out', at: talk.now, origin: BY_STOP } as const;
    const others = [{ suppressions: raiseSuppression([], stopped), pausedUntil: null }];
    talk.wait(DAY);
    told(talk, '3', 'YES');
    const person = { ...talk.person, others };
    expect(topicVerdict(person, BOOK, CLUB, 'tastings', talk.now)).to.deep.equal({
      allowed: false,
      reasons: ['other-number-stopped'],
    });
  });

  it('does not renew the rest of a consent for a new holder', () => {
    const talk = told(converse(), 'CLUB', 'YES');
    talk.wait(DAY);
    const { now } = talk;
    told(talk, '3', 'YES');
    expect(programsBefore(talk.person, now)).to.deep.equal(['club']);
  });

  it('lifts an opt-out of that topic', () => {
    const talk = told(converse(), 'CLUB', 'YES', 'STOP REPAIRS', '3', 'YES');
    expect(topicVerdict(talk.person, BOOK, CLUB, 'repairs', talk.now).allowed).to.equal(true);
  });

  it('becomes the proof of marketing when the topic is the first marketing', () => {
    const orders = { ...CLUB, joinTopics: ['repairs'] };
    const book = {
      ...BOOK,
      programs: BOOK.programs.map((program) => (program.id === 'club' ? orders : program)),
    };
    const talk = told(converse(book), 'CLUB', 'YES');
    expect(lapsesAt(clubOf(talk), orders)).to.equal(null);
    talk.wait(530 * DAY);
    const { now } = talk;
    told(talk, '1', 'YES');
    expect(clubOf(talk).basis?.disclosure.touchpoint).to.equal('sms-topic-prompt.tastings.en');
    expect(clubOf(talk).basis?.at.getTime()).to.be.at.least(now.getTime());
    expect((lapsesAt(clubOf(talk), orders) ?? 0) > now).to.equal(true);
  });
});

describe('code for marketing whose consent has lapsed', () => {
  it('asks again, and YES renews that topic alone', () => {
    const talk = told(converse(), 'CLUB', 'YES', 'STOP VISITS');
    talk.wait(560 * DAY);
    const { events } = told(talk, '2').last;
    expect(events.map(({ kind }) => kind)).to.deep.equal(['requested', 'prompted']);
    told(talk, 'YES');
    expect(clubOf(talk).topics).to.deep.equal(['visits']);
    expect(talk.last.events.map(({ kind, topics }) => [kind, ...topics])).to.deep.equal([
      ['confirmed', 'visits'],
      ['topic-off', 'tastings'],
    ]);
    expect(topicVerdict(talk.person, BOOK, programOf('club'), 'visits', talk.now).allowed).to.equal(true);
  });
});
