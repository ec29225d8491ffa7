import { expect } from 'chai';
import { table } from '../cells.ts';
import { BOOK, CLUB_NUMBER, converse, DAY, IDLE_NUMBER, STRAY_NUMBER, STYLIST } from '../conversation.ts';

describe('HELP', () => {
  const GENERAL = ['help help-general en'];
  const HELP = ['help help en'];
  table([
    ['of a stranger speaks for all programs of the number', [], 'HELP', { state: [], says: GENERAL }],
    [
      'on a number of one program speaks for it',
      [],
      (talk) => void talk.text('info', STYLIST),
      { says: HELP },
    ],
    ['speaks for the program a question is open about', ['ORDERS'], 'HELP', { says: HELP }],
    ['speaks for the program the person is in', ['JOIN', 'YES'], 'help!', { says: HELP }],
    [
      'speaks for each program the person is in',
      ['JOIN', 'YES', 'ORDERS', 'YES'],
      'HELP',
      { says: [...HELP, ...HELP] },
    ],
    ['after STOP is answered', ['STOP'], 'HELP', { says: GENERAL }],
    ['AIDE is answered in French', [], 'aide', { says: ['help help-general fr'] }],
    ['AYUDA is answered in Spanish', ['JOIN', 'YES'], 'ayuda', { says: ['help help es'] }],
    [
      'on a number without programs speaks for the brand',
      [],
      (talk) => void talk.text('HELP', IDLE_NUMBER),
      { says: HELP },
    ],
    [
      'to a number we do not know as ours has nothing to be answered from',
      [],
      (talk) => void talk.text('HELP', STRAY_NUMBER),
      {},
    ],
  ]);

  describe('HELP on a number where some or all programs have ended', () => {
    const ended = (...ids: string[]) =>
      converse({
        ...BOOK,
        programs: BOOK.programs.map((program) =>
          ids.includes(program.id) ? { ...program, status: 'ended' } : program,
        ),
      });
    const [first, second] = BOOK.programs.map(({ id }) => id) as [string, string];

    it('speaks for the program that goes on and describes none that ended', () => {
      const { said } = ended(first).text('HELP', IDLE_NUMBER);
      expect(said.map(({ program, template }) => [program, template])).to.deep.equal([[second, 'help']]);
    });

    for (const [word, text] of [
      [
        'HELP',
        'Fernway: we send no recurring texts now. Help: 1-800-555-0142. Msg&data rates may apply. Reply STOP to end.',
      ],
      [
        'AYUDA',
        'Fernway: por ahora no mandamos mensajes recurrentes. Ayuda: 1-800-555-0142. Cargos de msjs y datos posibles. STOP para terminar.',
      ],
      [
        'AIDE',
        "Fernway : nous n'envoyons plus de textos récurrents. Aide : 1-800-555-0142. Frais de msg et données possibles. ARRET pour finir.",
      ],
    ] as const) {
      it(`says that no texts come and where to get help when all ended: ${word}`, () => {
        const { said } = ended(...BOOK.programs.map(({ id }) => id)).text(word, IDLE_NUMBER);
        expect(said.map((reply) => [reply.class, reply.template, reply.text])).to.deep.equal([
          ['help', 'help-ended', text],
        ]);
      });
    }
  });

  it('names every program of the person with its frequency', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'ORDERS', 'YES']) talk.text(body);
    const texts = talk.text('HELP').said.map(({ text }) => text);
    expect(texts[0]).to.match(/^Fernway Deals: .*4 msgs\/month.*STOP/);
    expect(texts[1]).to.match(/^Fernway Orders: .*3 msgs\/order.*STOP/);
  });
});

describe('MENU', () => {
  const MENU = ['reply menu en'];
  table([
    ['shows the topics, on record', ['JOIN', 'YES'], 'MENU', { events: ['menu-shown'], says: MENU }],
    ['is what PREFS answers with', ['JOIN', 'YES'], 'PREFS', { events: ['menu-shown'], says: MENU }],
    ['of a stranger says how to join', [], 'MENU', { says: ['reply not-subscribed en'] }],
    [
      'while a question is open says what answers it',
      ['JOIN'],
      'MENU',
      { state: ['deals pending'], says: ['joining-help not-answered en'] },
    ],
    ['after STOP hears nothing', ['JOIN', 'YES', 'STOP'], 'MENU', { held: ['reply not-subscribed en'] }],
    [
      'on a number of other programs says how to join those, and not that they are in none',
      ['JOIN', 'YES'],
      (talk) => void talk.text('MENU', STYLIST),
      { says: ['reply not-in-those en'] },
    ],
    [
      'after STOP and a new consent shows what is open again',
      ['JOIN', 'YES', 'STOP', 'JOIN', 'YES'],
      'MENU',
      { events: ['menu-shown'], says: MENU },
    ],
  ]);

  it('is not referenced by a code for topics that it did not list', () => {
    const talk = converse();
    for (const body of ['CLUB', 'YES', 'STOP VISITS']) talk.text(body, CLUB_NUMBER);
    for (const body of ['JOIN', 'YES', 'MENU']) talk.text(body);
    expect(talk.ledger.at(-1)).to.include({ kind: 'menu-shown' });
    talk.text('2', CLUB_NUMBER);
    expect(talk.ledger.at(-1)).to.deep.include({ kind: 'topic-on', topics: ['visits'], answers: null });
    talk.text('STOP 2', CLUB_NUMBER);
    expect(talk.ledger.at(-1)).to.deep.include({ kind: 'topic-off', topics: ['visits'], answers: null });
  });

  it('shows every program of the person and which topics are on', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'ORDERS', 'YES', 'NEWS', 'STOP DEALS']) talk.text(body);
    const { said, events } = talk.text('MENU');
    expect(said[0]?.text.split('\n').slice(1, -1)).to.deep.equal([
      '1 DEALS: Weekly deals, 4 msgs/month - off',
      '2 NEWS: Store news, 2 msgs/month - on',
      '3 EVENTS: Local events, 1 msg/month - off',
      '4 SHIPPING: Order updates, 3 msgs/order - on',
      '5 PICKUP: Pickup reminders, 1 msg/order - off',
    ]);
    expect(events[0]).to.include({ program: null, shown: said[0]?.text });
    expect(talk.person.menuSeq).to.equal(talk.person.seq);
  });
});

describe('keyword WHY', () => {
  table([
    ['says when, how and by which words', ['JOIN', 'YES'], 'WHY', { says: ['reply why en'] }],
    [
      'answers for each program',
      ['JOIN', 'YES', 'ORDERS', 'YES'],
      'why',
      { says: ['reply why en', 'reply why en'] },
    ],
    ['of a stranger says that there is nothing', [], 'WHY', { says: ['reply why-none en'] }],
    [
      'is answered from another number too',
      ['JOIN', 'YES'],
      (talk) => void talk.text('WHY', STYLIST),
      { says: ['reply why en'] },
    ],
    [
      'while a question is open says who asked for it',
      ['JOIN'],
      'WHY',
      { says: ['joining-help why-asked en'] },
    ],
    [
      'from someone in another program answers for both',
      ['ORDERS', 'YES', 'JOIN'],
      'WHY',
      { says: ['reply why en', 'joining-help why-asked en'] },
    ],
    [
      'after a question that ran out says that there is nothing',
      (talk) => {
        talk.text('JOIN');
        talk.wait(4 * DAY);
      },
      'WHY',
      { says: ['reply why-none en'] },
    ],
    ['after STOP hears nothing', ['JOIN', 'YES', 'STOP'], 'WHY', { held: ['reply why-none en'] }],
  ]);

  it('quotes the text that agreed and the door that asked', () => {
    const talk = converse();
    talk.door('club', 'PAPER_FORM');
    talk.handOver();
    talk.text('Agree', CLUB_NUMBER);
    expect(talk.text('WHY', CLUB_NUMBER).said[0]?.text).to.contain(
      'you agreed by text on May 20, 2026 with the words "Agree", after we were asked on a paper form.',
    );
  });

  it('names no other door for a person who asked by text', () => {
    const talk = converse();
    for (const body of ['JOIN', 'Yes!']) talk.text(body);
    expect(talk.text('WHY').said[0]?.text).to.contain(
      'you agreed on May 20, 2026 by text with the words "Yes!". Reply MENU',
    );
  });

  for (const [word, says] of [
    [
      'POR QUE',
      'aceptaste por mensaje de texto el 20 may 2026 con estas palabras: "YES", después de que nos lo pidieron en nuestro formulario web.',
    ],
    [
      'POURQUOI',
      'vous avez accepté par texto le 20/05/2026 avec ces mots : "YES", après une demande sur notre formulaire web.',
    ],
  ] as const) {
    it(`names the door in each language: ${word}`, () => {
      const talk = converse();
      talk.door('deals', 'WEB_FORM', 'en');
      talk.handOver();
      talk.text('YES');
      expect(talk.text(word).said[0]?.text).to.contain(says);
    });
  }
});

describe('unknown text', () => {
  const UNKNOWN = ['unknown-answer unknown en'];
  const ORDINARY = 'do you have this in blue?';
  table([
    ['is pointed to HELP', [], ORDINARY, { state: [], says: UNKNOWN }],
    ['is answered once a day', ['hmm'], ORDINARY, {}],
    [
      'is answered again the next day',
      (talk) => {
        talk.text('hmm');
        talk.wait(DAY);
      },
      ORDINARY,
      { says: UNKNOWN },
    ],
    ['gets no answer after STOP', ['STOP'], ORDINARY, { held: UNKNOWN }],
    ['may be empty', [], '', { says: UNKNOWN }],
    ['a reaction tapped on our text has nothing to be answered', ['JOIN', 'YES'], 'Loved “STOP to end.”', {}],
    ['is never consent', ['JOIN'], 'ok sure why not', { state: ['deals pending'], says: UNKNOWN }],
    ['RESUME by a stranger says how to join', [], 'RESUME', { says: ['reply not-subscribed en'] }],
    ['a date nobody asked for is one', [], '05/23/1990', { says: UNKNOWN }],
  ]);
});
