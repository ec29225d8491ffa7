import { expect } from 'chai';
import { PROGRAMS } from '../../../../scripts/seed/programs.ts';
import { emptyConsentState } from '../../../../src/domain/consent/consent-state.ts';
import { menuFault } from '../../../../src/domain/consent/help-and-menu.ts';
import type { Program, ProgramBook, Topic } from '../../../../src/domain/program.ts';
import { fitsTwilio } from '../../../../src/domain/text/parts.ts';
import { BOOK, type Conversation, converse, SHOP, START, say } from '../conversation.ts';

const [DEALS] = PROGRAMS as [Program];
const inEach = (text: string) => ({ en: text, es: text, fr: text });
const ORDINARY = { name: 'Topic', frequency: '2 msgs/month' };
/** As long as a program may have them. */
const LONG = { name: 'T'.repeat(55), frequency: 'f'.repeat(60) };

type Size = { programs: number; topics: number; of?: typeof ORDINARY };

/** Programs on one number, each of so many topics; codes and words are counted through. */
function bookOf({ programs, topics, of = ORDINARY }: Size): ProgramBook & { programs: Program[] } {
  const topic = (nth: number): Topic => ({
    id: `t${nth}`,
    code: String(nth),
    word: `W${nth}${of === LONG ? 'W'.repeat(29) : ''}`,
    purpose: 'marketing',
    name: inEach(`${of.name} ${nth}`),
    frequency: inEach(of.frequency),
  });
  const made = Array.from({ length: programs }, (_, at): Program => {
    const own = Array.from({ length: topics }, (_, of) => topic(at * topics + of + 1));
    return {
      ...DEALS,
      id: `p${at + 1}`,
      name: `${of === LONG ? 'P'.repeat(55) : 'Program'} ${at + 1}`,
      description: inEach(`what program ${at + 1} sends${of === LONG ? 'd'.repeat(95) : ''}`),
      keywords: { en: [`KEY${at + 1}`] },
      topics: own,
      joinTopics: own.map(({ id }) => id),
    };
  });
  return { ...BOOK, programs: made };
}

/** Somebody in all of a book's programs, with every topic on. */
function inAll(book: ProgramBook): Conversation {
  const talk = converse(book);
  const disclosure = { touchpoint: 'sms-prompt.en', version: 1 };
  const subscriptions = book.programs.map(({ id, topics }) => ({
    ...{ program: id, state: 'subscribed' as const, since: START, purposes: ['marketing'] },
    topics: topics.map((topic) => topic.id),
    basis: { at: START, channel: 'VIA_TEXT' as const, words: 'YES', disclosure, seq: 1 },
  }));
  talk.learn(() => ({ person: { ...emptyConsentState(), subscriptions }, events: [] }));
  return talk;
}

const textsOf = (talk: Conversation, body: string): string[] => talk.text(body).said.map(({ text }) => text);
const linesOf = (texts: readonly string[]): string[] =>
  texts.flatMap((text) => text.split('\n').filter((line) => / - (on|off)$/.test(line)));

describe('answers about many topics, within the limits of the carrier', () => {
  it('leave frequencies out of a MENU that would be too long for one message', () => {
    const short = textsOf(inAll(bookOf({ programs: 1, topics: 20 })), 'MENU');
    expect([short.length, linesOf(short)[0]]).to.deep.equal([1, '1 W1: Topic 1, 2 msgs/month - on']);
    const long = textsOf(inAll(bookOf({ programs: 2, topics: 25 })), 'MENU');
    expect([long.length, linesOf(long).length, linesOf(long)[0]]).to.deep.equal([
      1,
      50,
      '1 W1: Topic 1 - on',
    ]);
  });

  it('split a long MENU into several messages, each with the way to end, under one ledger entry', () => {
    const talk = inAll(bookOf({ programs: 5, topics: 30 }));
    const texts = textsOf(talk, 'MENU');
    expect(texts).to.have.length.within(2, 10);
    for (const text of texts)
      expect(text).to.match(/^Fernway, your topics:\n[\s\S]*STOP alone ends all texts\.$/);
    expect(linesOf(texts)).to.have.lengthOf(150);
    expect(talk.ledger.at(-1)).to.include({ kind: 'menu-shown', shown: texts.join('\n') });
    talk.text('STOP 150');
    expect(talk.ledger.at(-1)).to.deep.include({ kind: 'topic-off', topics: ['t150'], answers: 1 });
  });

  it('record no topic in a MENU entry that no message had room for', () => {
    const talk = inAll(bookOf({ programs: 8, topics: 30, of: LONG }));
    const texts = textsOf(talk, 'MENU');
    expect(texts).to.have.lengthOf(10);
    expect(talk.ledger.at(-1)?.topics).to.have.lengthOf(linesOf(texts).length);
    talk.text(`STOP 240`);
    expect(talk.ledger.at(-1)).to.deep.include({ kind: 'topic-off', topics: ['t240'], answers: null });
  });

  it('name the remaining programs without topics in the answer to STOP and a word, and record it as said', () => {
    const few = textsOf(inAll(bookOf({ programs: 2, topics: 3 })), 'STOP 1');
    expect(few).to.deep.equal([
      'Fernway: we will send you no more Topic 1 texts. You still get Program 1 (Topic 2, Topic 3), Program 2 (Topic 4, Topic 5, Topic 6). To end all texts, reply STOP.',
    ]);
    const talk = inAll(bookOf({ programs: 8, topics: 30 }));
    const texts = textsOf(talk, 'STOP 1');
    expect(texts).to.deep.equal([
      `Fernway: we will send you no more Topic 1 texts. You still get ${[1, 2, 3, 4, 5, 6, 7, 8].map((nth) => `Program ${nth}`).join(', ')}. To end all texts, reply STOP.`,
    ]);
    expect(talk.ledger.at(-1)?.shown).to.equal(texts[0]);
  });

  it('speak for every program on HELP and WHY, several to a message above ten', () => {
    for (const word of ['HELP', 'WHY']) {
      expect(textsOf(inAll(bookOf({ programs: 10, topics: 1 })), word)).to.have.lengthOf(10);
      const texts = textsOf(inAll(bookOf({ programs: 14, topics: 1 })), word);
      expect(texts).to.have.length.within(1, 10);
      for (let nth = 1; nth <= 14; nth += 1)
        expect(texts.join('\n')).to.match(new RegExp(`Program ${nth}\\b`));
    }
  });

  it('name as many topics as fit after a code and count the rest', () => {
    const [text = ''] = textsOf(inAll(bookOf({ programs: 1, topics: 30, of: LONG })), '7');
    expect(text).to.match(/^Fernway: you now get T+ 1, T+ 2, .*, T+ 20, \+10\. Reply MENU/);
  });

  it('are at most ten messages of legal length with the longest names', () => {
    const book = bookOf({ programs: 40, topics: 30, of: LONG });
    const codes = Array.from({ length: 90 }, (_, at) => at + 1).join(' ');
    for (const word of ['MENU', 'HELP', 'WHY', '7', 'STOP 7', `STOP ${codes}`, 'PAUSE', 'RESUME', 'START']) {
      for (const talk of [inAll(book), converse(book)]) {
        const { replies } = talk.text(word);
        expect(replies.length, word).to.be.at.most(10);
        for (const { text } of replies) expect(fitsTwilio(text), `${word}: ${text}`).to.equal(true);
      }
    }
  });
});

describe('program whose topics make the MENU of its number longer than ten messages', () => {
  const book = bookOf({ programs: 8, topics: 30, of: LONG });
  const last = book.programs.at(-1) as Program;
  const fewer = { ...book, programs: book.programs.slice(0, 3) };

  it('is refused with the number in the fault', () => {
    const fault = menuFault(last, fewer, book, say);
    expect(fault?.field).to.equal('topics');
    expect(fault?.message).to.match(new RegExp(`^MENU on ${SHOP} would take more than 10 messages`));
  });

  it('is saved when the topics fit, on another number, or when the MENU was as long before', () => {
    expect(menuFault(last, BOOK, fewer, say)).to.equal(null);
    expect(menuFault({ ...last, numbers: ['28558'] }, fewer, book, say)).to.equal(null);
    expect(menuFault(last, book, book, say)).to.equal(null);
  });
});
