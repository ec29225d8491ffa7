import { expect } from 'chai';
import type { ConsentState } from '../../../../src/domain/consent/consent-state.ts';
import type { Suppression } from '../../../../src/domain/consent/suppression.ts';
import { BY_STOP } from '../../../support/origins.ts';
import { BOOK, type Conversation, converse, DAY, SHOP, START, STYLIST } from '../conversation.ts';

const row = (kind: Suppression['kind'], scope: Suppression['scope'] = 'all'): Suppression => ({
  ...{ scope, kind, generation: 1, since: new Date(START.getTime() + DAY), lifts: {}, until: null },
  origin: BY_STOP,
});
const other = (suppressions: Suppression[], pausedUntil: Date | null = null): Partial<ConsentState> => ({
  others: [{ suppressions, pausedUntil }],
});

/** A person who joined Fernway Deals with two topics, and what came after. */
function joinedThen(texts: readonly string[], more: Partial<ConsentState> = {}): Conversation {
  const talk = converse(BOOK);
  for (const body of ['JOIN', 'YES', 'NEWS']) talk.text(body);
  talk.wait(2 * DAY);
  for (const body of texts) talk.text(body);
  talk.learn((person) => ({ person: { ...person, ...more }, events: [] }));
  return talk;
}

const AGREED = 'Fernway: you agreed to Fernway Deals texts on May 20, 2026 by text with the words "YES".';
const BOTH = 'Weekly deals, Store news';

const TABLE: [why: string, talk: () => Conversation, says: string, number?: string][] = [
  [
    'all that is on comes',
    () => joinedThen([]),
    'Fernway: you get Fernway Deals texts because you agreed on May 20, 2026 by text with the words "YES". Reply MENU to choose topics, STOP to end all texts.',
  ],
  [
    'one topic is off and the other comes',
    () => joinedThen(['STOP NEWS']),
    'Fernway: you get Fernway Deals texts because',
  ],
  [
    'no topic is on',
    () => joinedThen(['STOP DEALS', 'STOP NEWS']),
    `${AGREED} No topic is on, so you get none now. Reply MENU to choose. STOP ends all texts.`,
  ],
  [
    'a pause',
    () => joinedThen(['PAUSE 30']),
    `${AGREED} Paused until Jun 21, 2026: ${BOTH}. Reply RESUME to end the pause.`,
  ],
  ['a hold', () => joinedThen(['I get too many texts']), `${AGREED} On hold: ${BOTH}. Reply RESUME`],
  [
    'a hold and a pause: the hold, which RESUME ends with the pause',
    () => joinedThen(['PAUSE 30', 'I get too many texts']),
    `${AGREED} On hold: ${BOTH}. Reply RESUME`,
  ],
  [
    'a STOP on another number',
    () => joinedThen([], other([row('opt-out')])),
    `${AGREED} Stopped on another number of yours: ${BOTH}. Reply RESUME to get them here.`,
  ],
  [
    'a STOP to one topic on another number',
    () => joinedThen([], other([row('opt-out', 'topic:deals/news')])),
    `${AGREED} You get: Weekly deals. Stopped on another number of yours: Store news.`,
  ],
  [
    'a STOP on another number, asked about on a number that cannot ask',
    () => joinedThen([], other([row('opt-out')])),
    `${AGREED} Not sent now: ${BOTH}.`,
    STYLIST,
  ],
  [
    'a pause on another number',
    () => joinedThen([], other([], new Date(START.getTime() + 30 * DAY))),
    `${AGREED} Waiting, since our texts to another number of yours are paused or on hold: ${BOTH}.`,
  ],
  [
    'other numbers that were not read, which count as stopped',
    () => joinedThen([], { others: null }),
    `${AGREED} Stopped on another number of yours: ${BOTH}.`,
  ],
  [
    'a block of the one number of the program, asked about on another of ours',
    () => joinedThen([], { suppressions: [row('carrier', `sender:${SHOP}`)] }),
    `${AGREED} Blocked by your phone company: ${BOTH}.`,
    STYLIST,
  ],
];

describe('the texts that come now', () => {
  for (const [why, talk, says, number] of TABLE) {
    it(`are told by WHY: ${why}`, () => {
      expect(talk().text('WHY', number).said[0]?.text).to.contain(says);
    });
  }

  it('name the keyword that asks anew where consent grew too old', () => {
    const talk = joinedThen([]);
    talk.wait(560 * DAY);
    expect(talk.text('WHY').said[0]?.text).to.contain(
      `Waiting for a new yes from you: ${BOTH}. To be asked, text JOIN.`,
    );
  });

  for (const [word, says] of [
    ['POR QUE', 'En pausa hasta el 21 jun 2026: Ofertas semanales, Novedades. Responde REANUDAR'],
    ['POURQUOI', "En pause jusqu'au 21/06/2026 : Offres de la semaine, Nouveautés. Répondez REPRENDRE"],
  ] as const) {
    it(`are told in the language of the text: ${word}`, () => {
      expect(joinedThen(['PAUSE 30']).text(word).said[0]?.text).to.contain(says);
    });
  }

  it('mark each line of the menu', () => {
    const lines = (talk: Conversation) => talk.text('MENU').said[0]?.text.split('\n').slice(1, 4);
    expect(lines(joinedThen(['STOP NEWS']))).to.deep.equal([
      '1 DEALS: Weekly deals, 4 msgs/month - on',
      '2 NEWS: Store news, 2 msgs/month - off',
      '3 EVENTS: Local events, 1 msg/month - off',
    ]);
    expect(lines(joinedThen(['PAUSE 30']))?.[0]).to.equal('1 DEALS: Weekly deals, 4 msgs/month - on, paused');
    expect(lines(joinedThen(['I get too many texts']))?.[0]).to.equal(
      '1 DEALS: Weekly deals, 4 msgs/month - on hold',
    );
    expect(lines(joinedThen([], other([row('opt-out')])))?.[0]).to.equal(
      '1 DEALS: Weekly deals, 4 msgs/month - on, not sent now',
    );
  });

  it('are what the answer to STOP and a word calls still coming', () => {
    const talk = joinedThen(['ORDERS', 'YES', 'PAUSE 30']);
    expect(talk.text('STOP NEWS').said[0]?.text).to.contain('You still get Fernway Orders (Order updates).');
    const alone = joinedThen(['PAUSE 30']);
    expect(alone.text('STOP NEWS').said[0]?.text).to.equal(
      'Fernway: we will send you no more Store news texts. Paused until Jun 21, 2026: Weekly deals. Reply RESUME to end the pause. To end all texts, reply STOP.',
    );
  });

  it('are named in the answer to a keyword where another number keeps marketing back', () => {
    const talk = joinedThen([], other([], new Date(START.getTime() + 30 * DAY)));
    expect(talk.text('JOIN').said[0]?.text).to.contain(
      'Fernway: you are in Fernway Deals (4 msgs/month), so nothing changed. Waiting, since our texts to another number',
    );
  });
});
