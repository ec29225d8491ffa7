import { expect } from 'chai';
import { subscriptionTo } from '../../../../src/domain/consent/consent-state.ts';
import type { Program, ProgramBook, Purpose } from '../../../../src/domain/program.ts';
import { topicVerdict } from '../../../../src/domain/sending/message-plan.ts';
import {
  BOOK,
  CELLAR_NUMBER,
  CLUB_NUMBER,
  type Conversation,
  converse,
  DAY,
  SECOND,
  stateOf,
} from '../conversation.ts';
import { growOldAndAsk } from './renewals.ts';

const kinds = ({ last }: Conversation): string[] => last.events.map(({ kind }) => kind);
const templates = ({ last }: Conversation): string[] => last.said.map(({ template }) => template);

/** The book, whose topics may be put to another purpose while people are asked. */
function movable(change: (program: Program) => Program = (program) => program) {
  const book: ProgramBook = { ...BOOK, programs: BOOK.programs.map(change) };
  const becomes = (id: string, topic: string, purpose: Purpose): void => {
    book.programs = book.programs.map((program) =>
      program.id === id
        ? { ...program, topics: program.topics.map((of) => (of.id === topic ? { ...of, purpose } : of)) }
        : program,
    );
  };
  const loses = (id: string, ...topics: string[]): void => {
    book.programs = book.programs.map((program) =>
      program.id === id
        ? { ...program, topics: program.topics.filter((of) => !topics.includes(of.id)) }
        : program,
    );
  };
  return { book, becomes, loses, talk: converse(book) };
}

const asksForRepairs = (program: Program): Program =>
  program.id === 'club' ? { ...program, joinTopics: ['repairs'] } : program;

describe('YES to a question whose topics changed their purpose', () => {
  it('changes nothing and asks the current question, whose YES counts', () => {
    const { book, becomes, talk } = movable(asksForRepairs);
    talk.text('CLUB', CLUB_NUMBER);
    becomes('club', 'repairs', 'marketing');
    talk.text('YES', CLUB_NUMBER);
    expect(kinds(talk)).to.deep.equal(['ineffective', 'superseded', 'requested', 'prompted']);
    expect(talk.last.events[0]).to.include({ reason: 'its topics are for another purpose now', answers: 2 });
    expect(templates(talk)).to.deep.equal(['prompt']);
    expect(stateOf(talk.person)).to.deep.equal(['club pending']);
    const club = book.programs.find(({ id }) => id === 'club') as Program;
    expect(topicVerdict(talk.person, book, club, 'repairs', talk.now).allowed).to.equal(false);
    talk.text('YES', CLUB_NUMBER);
    expect(subscriptionTo(talk.person, 'club')).to.deep.include({
      state: 'subscribed',
      purposes: ['marketing'],
    });
    expect(talk.last.events[0]).to.include({ kind: 'confirmed', answers: talk.person.prompts.at(-1)?.seq });
  });

  it('asks about the one more topic again', () => {
    const { becomes, talk } = movable();
    for (const body of ['CLUB', 'AGREE', '3']) talk.text(body, CLUB_NUMBER);
    becomes('club', 'repairs', 'marketing');
    talk.text('AGREE', CLUB_NUMBER);
    expect(templates(talk)).to.deep.equal(['topics-on-needs-prompt']);
    expect(subscriptionTo(talk.person, 'club')?.topics).to.deep.equal(['tastings', 'visits']);
    talk.text('AGREE', CLUB_NUMBER);
    expect(subscriptionTo(talk.person, 'club')?.topics).to.deep.equal(['tastings', 'visits', 'repairs']);
  });

  it('changes nothing by the birth date that completes it', () => {
    const { becomes, talk } = movable();
    for (const body of ['CELLAR', 'YES']) talk.text(body, CELLAR_NUMBER);
    becomes('cellar', 'wines', 'informational');
    talk.text('1990-05-23', CELLAR_NUMBER);
    expect(templates(talk)).to.deep.equal(['prompt']);
    expect(stateOf(talk.person)).to.deep.equal(['cellar pending']);
  });

  it('differs from NO, which counts', () => {
    const { becomes, talk } = movable(asksForRepairs);
    talk.text('CLUB', CLUB_NUMBER);
    becomes('club', 'repairs', 'marketing');
    talk.text('NO', CLUB_NUMBER);
    expect(stateOf(talk.person)).to.deep.equal(['club refused']);
  });
});

describe('YES to a question whose topics the program has lost', () => {
  const GONE = 'the program has topics of it no more';
  const asksFor = (book: ProgramBook, ...joinTopics: string[]): void => {
    book.programs = book.programs.map((program) =>
      program.id === 'club' ? { ...program, joinTopics } : program,
    );
  };

  for (const gone of [['repairs', 'recalls'], ['repairs']]) {
    it(`joins nothing and asks about the current topics: ${gone.length} of 2 gone`, () => {
      const { book, loses, talk } = movable((program) =>
        program.id === 'club' ? { ...program, joinTopics: ['repairs', 'recalls'] } : program,
      );
      talk.text('CLUB', CLUB_NUMBER);
      loses('club', ...gone);
      asksFor(book, 'tastings');
      talk.text('YES', CLUB_NUMBER);
      expect(kinds(talk)).to.deep.equal(['ineffective', 'superseded', 'requested', 'prompted']);
      expect(talk.last.events[0]).to.include({ reason: GONE, answers: 2 });
      expect(templates(talk)).to.deep.equal(['prompt']);
      expect(stateOf(talk.person)).to.deep.equal(['club pending']);
      talk.text('YES', CLUB_NUMBER);
      expect(stateOf(talk.person)).to.deep.equal(['club subscribed tastings']);
    });
  }

  it('turns on no topic and says that nothing changed, for one more topic', () => {
    const { loses, talk } = movable();
    for (const body of ['CLUB', 'AGREE', '3']) talk.text(body, CLUB_NUMBER);
    loses('club', 'repairs');
    talk.text('AGREE', CLUB_NUMBER);
    expect(kinds(talk)).to.deep.equal(['ineffective', 'superseded', 'ineffective']);
    expect(talk.last.events[0]).to.include({ reason: GONE });
    expect(templates(talk)).to.deep.equal(['already-subscribed']);
    expect(stateOf(talk.person)).to.deep.equal(['club subscribed tastings,visits']);
  });

  it('does not ask a person with a topic turned off about the whole program', () => {
    const { loses, talk } = movable();
    for (const body of ['CLUB', 'AGREE', 'STOP TASTINGS', '3']) talk.text(body, CLUB_NUMBER);
    const before = stateOf(talk.person);
    loses('club', 'repairs');
    talk.text('AGREE', CLUB_NUMBER);
    expect(kinds(talk)).to.deep.equal(['ineffective', 'superseded', 'ineffective']);
    expect(templates(talk)).to.deep.equal(['already-subscribed']);
    for (const body of ['NO', 'AGREE']) talk.text(body, CLUB_NUMBER);
    expect(stateOf(talk.person)).to.deep.equal(before);
  });

  it('is not called too late when it came in time and the timer was first', () => {
    const { loses, talk } = movable();
    for (const body of ['CLUB', 'AGREE', 'STOP TASTINGS', '3']) talk.text(body, CLUB_NUMBER);
    loses('club', 'repairs');
    talk.wait(3 * DAY - 60 * SECOND);
    const at = talk.now;
    talk.wait(120 * SECOND);
    talk.sweep();
    talk.text('AGREE', CLUB_NUMBER, { at });
    expect(templates(talk)).to.deep.equal(['already-subscribed']);
  });

  it('asks a person whose texts are on hold about the program', () => {
    const { loses, talk } = movable();
    for (const body of ['CLUB', 'AGREE', '3', '🛑']) talk.text(body, CLUB_NUMBER);
    loses('club', 'repairs');
    talk.text('AGREE', CLUB_NUMBER);
    expect(templates(talk)).to.deep.equal(['prompt']);
  });

  it('differs from NO to one more topic, whose answer still names the topic', () => {
    const { loses, talk } = movable();
    for (const body of ['CLUB', 'AGREE', '3']) talk.text(body, CLUB_NUMBER);
    loses('club', 'repairs');
    const [said] = talk.text('NO', CLUB_NUMBER).said;
    expect(said?.text).to.contain('we will not send you repairs texts. Nothing else changed.');
    expect(stateOf(talk.person)).to.deep.equal(['club subscribed tastings,visits']);
  });

  it('renews the topics that are left', () => {
    const { loses, talk } = movable();
    growOldAndAsk(talk, 'club', CLUB_NUMBER, ['CLUB', 'AGREE']);
    loses('club', 'visits');
    talk.text('AGREE', CLUB_NUMBER);
    expect(kinds(talk)).to.deep.equal(['confirmed']);
  });

  it('asks again when no renewed topic is left', () => {
    const { book, loses, talk } = movable();
    growOldAndAsk(talk, 'club', CLUB_NUMBER, ['CLUB', 'AGREE']);
    loses('club', 'tastings', 'visits');
    asksFor(book, 'repairs');
    talk.text('AGREE', CLUB_NUMBER);
    expect(kinds(talk)).to.deep.equal(['ineffective', 'superseded', 'requested', 'prompted']);
  });
});

describe('JOIN after a topic changed the purpose that the person agreed to', () => {
  it('asks, where "you already get it" would be untrue', () => {
    const { becomes, talk } = movable(asksForRepairs);
    for (const body of ['CLUB', 'YES']) talk.text(body, CLUB_NUMBER);
    becomes('club', 'repairs', 'marketing');
    talk.text('CLUB', CLUB_NUMBER);
    expect(templates(talk)).to.deep.equal(['prompt']);
    talk.text('YES', CLUB_NUMBER);
    expect(subscriptionTo(talk.person, 'club')?.purposes).to.deep.equal(['informational', 'marketing']);
  });
});
