import { expect } from 'chai';
import { subscriptionTo } from '../../../src/domain/consent/consent-state.ts';
import { table } from './cells.ts';
import {
  BOOK,
  CELLAR_NUMBER,
  CLUB_NUMBER,
  type Conversation,
  converse,
  DAY,
  HOUR,
  SHOP,
  stateOf,
} from './conversation.ts';
import { growOldAndAsk } from './questions/renewals.ts';

const PROMPT = 'prompt prompt en';
const ASKED = ['requested', 'prompted'];

describe('opt-in by another door', () => {
  const refused = (why: string) => ({ events: [`ineffective: ${why}`] });
  const OPTED_OUT = 'the person opted out; only their own text can ask to join again';
  const held = { held: [PROMPT] };
  table([
    [
      'asks by text',
      [],
      (talk) => void talk.door('deals'),
      { state: ['deals pending'], events: ASKED, ...held },
    ],
    ['asks nobody who said STOP', ['STOP'], (talk) => void talk.door('deals'), refused(OPTED_OUT)],
    [
      'asks nobody about a program they left',
      ['STOP ORDERS'],
      (talk) => void talk.door('orders'),
      refused(OPTED_OUT),
    ],
    [
      'asks nobody about a topic they turned off',
      ['STOP DEALS'],
      (talk) => void talk.door('deals'),
      refused(OPTED_OUT),
    ],
    [
      'asks about another program than the one that was left',
      ['STOP ORDERS'],
      (talk) => void talk.door('deals'),
      { events: ASKED, ...held },
    ],
    [
      'asks nobody on hold',
      ['🛑'],
      (talk) => void talk.door('deals'),
      refused('the number is on hold until a person decides about its last text'),
    ],
    [
      'tells someone subscribed nothing by text',
      ['JOIN', 'YES'],
      (talk) => void talk.door('deals'),
      refused('subscribed already'),
    ],
    [
      'never ends a question that their own text asked',
      ['JOIN'],
      (talk) => void talk.door('orders'),
      { state: ['deals pending'], ...refused('another question is open') },
    ],
    [
      'asks in place of a question for renewal, which nobody’s text asked for, and that is put again',
      (talk) => growOldAndAsk(talk, 'deals', SHOP, ['JOIN', 'YES']),
      (talk) => void talk.door('orders'),
      { state: ['deals subscribed deals', 'orders pending'], events: ['superseded', ...ASKED], ...held },
    ],
    [
      'leaves it to the YES that answers it',
      (talk) => {
        talk.text('JOIN');
        talk.door('orders');
      },
      'YES',
      { state: ['deals subscribed deals'], events: ['confirmed'], says: ['reply welcome en'] },
    ],
    [
      'never ends a question whose YES came, and whose birth date is awaited',
      (talk) => {
        talk.door('cellar');
        talk.handOver();
        talk.text('YES', CELLAR_NUMBER);
        talk.wait(DAY);
      },
      (talk) => void talk.door('cellar'),
      { state: ['cellar pending'], ...refused('another question is open') },
    ],
    [
      'asks where the time of their own question is over, swept or not',
      (talk) => {
        talk.text('JOIN');
        talk.wait(72 * HOUR);
      },
      (talk) => void talk.door('orders'),
      { state: ['deals expired', 'orders pending'], events: ['superseded', ...ASKED], ...held },
    ],
    [
      'asks once a program and day, own JOIN counted',
      ['JOIN', 'NO'],
      (talk) => void talk.door('deals'),
      refused('one prompt per program in 24 hours'),
    ],
    [
      'asks again a day later',
      (talk) => {
        talk.door('deals');
        talk.wait(DAY);
        talk.sweep();
      },
      (talk) => void talk.door('deals'),
      { events: ['superseded', ...ASKED], ...held },
    ],
    [
      'asks three times in thirty days over all programs',
      (talk) => {
        for (const program of ['deals', 'orders', 'stylist']) talk.door(program);
        talk.wait(29 * DAY);
      },
      (talk) => void talk.door('club'),
      refused('three prompts per number in 30 days'),
    ],
    [
      'asks again when thirty days are over',
      (talk) => {
        for (const program of ['deals', 'orders', 'stylist']) talk.door(program);
        talk.wait(30 * DAY);
      },
      (talk) => void talk.door('club'),
      { events: ASKED, ...held },
    ],
    [
      'does not stop the person’s own JOIN by its limits',
      (talk) => {
        for (const program of ['deals', 'orders', 'stylist']) talk.door(program);
        talk.wait(HOUR);
      },
      (talk) => void talk.text('CLUB', CLUB_NUMBER),
      { events: ASKED, says: [PROMPT] },
    ],
  ]);

  it('keeps a renewal whose YES came and whose birth date is awaited, and else replaces it', () => {
    const talk = converse();
    growOldAndAsk(talk, 'cellar', CELLAR_NUMBER, ['CELLAR', 'YES', '1990-05-23']);
    talk.wait(DAY);
    const answering = talk.person.prompts.map((prompt) =>
      prompt.state === 'open' ? { ...prompt, step: 'birth-date' as const } : prompt,
    );
    const silent = talk.person;
    talk.learn((person) => ({ person: { ...person, prompts: answering }, events: [] }));
    talk.door('cellar');
    expect(talk.last.events.map(({ reason }) => reason)).to.deep.equal(['another question is open']);
    talk.learn(() => ({ person: silent, events: [] }));
    talk.door('cellar');
    expect(subscriptionTo(talk.person, 'cellar')).not.to.have.property('renewalAskedAt');
  });

  describe('opt-in from a second number of the program', () => {
    const ELSEWHERE = '28599';
    /** Asked from the first number a day ago; the form now asks from the second. */
    const asksAnew = (first: (talk: Conversation) => void): Conversation => {
      const book = { ...BOOK };
      const from = (...numbers: string[]): void => {
        book.programs = BOOK.programs.map((program) =>
          program.id === 'deals' ? { ...program, numbers } : program,
        );
      };
      from(SHOP, ELSEWHERE);
      const talk = converse(book);
      first(talk);
      talk.wait(DAY);
      from(ELSEWHERE, SHOP);
      talk.door('deals');
      return talk;
    };
    const open = ({ person }: Conversation): string[] =>
      person.prompts.filter(({ state }) => state === 'open').map(({ number }) => number);
    const byForm = (talk: Conversation): void => {
      talk.door('deals');
      talk.handOver();
    };

    for (const [what, first] of [
      ['a form', byForm],
      ['their own text', (talk: Conversation) => void talk.text('JOIN')],
    ] as const) {
      it(`asks no second question while one that ${what} brought still counts`, () => {
        const talk = asksAnew(first);
        expect(talk.last.events.map(({ kind, reason }) => [kind, reason])).to.deep.equal([
          ['ineffective', 'another question is open'],
        ]);
        expect(open(talk)).to.deep.equal([SHOP]);
        talk.text('YES');
        expect(stateOf(talk.person)).to.deep.equal(['deals subscribed deals']);
      });
    }

    it('replaces a question that has not left', () => {
      const talk = asksAnew((conversation) => void conversation.door('deals'));
      expect(talk.last.events.map(({ kind }) => kind)).to.deep.equal(['superseded', ...ASKED]);
      expect(open(talk)).to.deep.equal([ELSEWHERE]);
      expect(stateOf(talk.person)).to.deep.equal(['deals pending']);
    });

    it('asks again after the first question expired, swept or not', () => {
      const talk = asksAnew((conversation) => {
        byForm(conversation);
        conversation.wait(3 * DAY);
      });
      expect(talk.last.events.map(({ kind }) => kind)).to.deep.equal(['superseded', ...ASKED]);
    });
  });

  it('expires with a reason that says whether its question left', () => {
    for (const left of [true, false]) {
      const talk = converse();
      talk.door('deals');
      if (left) talk.handOver();
      talk.wait(4 * DAY);
      talk.sweep();
      const why = left ? 'no answer in time' : 'not known to have left in time';
      expect(talk.ledger.at(-1)).to.include({ kind: 'expired', reason: why });
    }
  });

  it('is valid as long as a YES to it counts', () => {
    const talk = converse();
    const [reply] = talk.door('deals').replies;
    expect(reply?.validUntil).to.deep.equal(talk.person.prompts[0]?.expiresAt);
  });

  it('is confirmed by the YES of the holder, on record with its door', () => {
    const talk = converse();
    talk.door('deals', 'PAPER_FORM');
    talk.handOver();
    talk.text('YES');
    expect(stateOf(talk.person)).to.deep.equal(['deals subscribed deals']);
    expect(talk.person.subscriptions[0]?.basis).to.include({ channel: 'PAPER_FORM', words: 'YES' });
  });
});
