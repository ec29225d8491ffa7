import { expect } from 'chai';
import {
  type ConsentState,
  emptyConsentState,
  type Prompt,
  type Subscription,
} from '../../../src/domain/consent/consent-state.ts';
import type { Suppression } from '../../../src/domain/consent/suppression.ts';
import {
  ANSWER_STATES,
  type AnswerFacts,
  type AnswerState,
  personAnswer,
} from '../../../src/domain/contacts/person-answer.ts';
import type { ActEntry } from '../../../src/domain/contacts/person-cause.ts';
import type { Program } from '../../../src/domain/program.ts';
import { BY_STOP } from '../../support/origins.ts';
import { CARE, DEALS } from '../text/fernway.ts';

const [OFFERS] = DEALS.topics as [Program['topics'][number]];
const NEWS = { ...OFFERS, id: 'news', code: '2', word: 'NEWS', name: { en: 'store news', es: 'novedades' } };
const SHOP = { ...DEALS, topics: [OFFERS, NEWS], joinTopics: ['offers', 'news'] };
const BOOK = { programs: [SHOP, CARE], senders: [] };
const at = (date: number, hour = 16): Date => new Date(Date.UTC(2026, 4, date, hour, 5));
const NOW = at(20);

const joined = (more: Partial<Subscription> = {}): Subscription => ({
  program: 'deals',
  state: 'subscribed',
  since: at(3),
  topics: ['offers', 'news'],
  purposes: ['marketing'],
  basis: {
    at: at(3),
    channel: 'VIA_TEXT',
    words: 'YES',
    disclosure: { touchpoint: 'sms-prompt.en', version: 1 },
    seq: 2,
  },
  ...more,
});
const care = joined({ program: 'care', topics: ['orders'], purposes: ['informational'] });
const row = (more: Partial<Suppression> = {}): Suppression => ({
  scope: 'all',
  kind: 'opt-out',
  generation: 1,
  since: at(5),
  lifts: {},
  until: null,
  origin: BY_STOP,
  ...more,
});
const entry = (more: Partial<ActEntry>): ActEntry => ({
  seq: 4,
  kind: 'withdrawn',
  program: null,
  scope: 'all',
  reason: 'exact:stop',
  channel: 'VIA_TEXT',
  sender: '55512',
  actor: 'person',
  actedAt: at(5),
  words: 'stop please',
  ...more,
});
const prompt = { state: 'open', program: 'deals', expiresAt: at(22) } as Prompt;

type Case = {
  title: string;
  state: AnswerState;
  person?: Partial<ConsentState>;
  facts?: Partial<AnswerFacts>;
  sign: string;
  en: string;
  es: string;
  /** What it rests on, in English; null: nothing on record. */
  cause: string | null;
  reading?: string;
  more?: string;
};

const BY_TEXT = 'By text to 55512 on May 5, 2026, 12:05 PM EDT';
const READ = 'It is one of the words that opt out.';

const CASES: Case[] = [
  {
    ...{ title: 'a number that nobody holds', state: 'unknown', facts: { known: 'nobody' }, sign: 'off' },
    en: 'Nothing is held about this number.',
    es: 'No se guarda nada sobre este número.',
    cause: null,
  },
  {
    ...{ title: 'a number of nobody with an opt-out', state: 'unknown', sign: 'off' },
    ...{ facts: { known: 'nobody' }, person: { suppressions: [row()] } },
    en: 'Nothing is held about this number. It may not be texted: an opt-out is kept for it.',
    es: 'No se guarda nada sobre este número. No se le puede escribir: se conserva una baja para él.',
    cause: null,
  },
  {
    ...{ title: 'somebody who was erased', state: 'erased', facts: { known: 'erased' }, sign: 'off' },
    en: 'Nothing is held about this number.',
    es: 'No se guarda nada sobre este número.',
    cause: null,
  },
  {
    ...{ title: 'an opt-out of everything', state: 'opted-out', sign: 'stop' },
    person: { subscriptions: [joined({ state: 'unsubscribed' })], suppressions: [row()] },
    facts: { entries: [entry({})] },
    en: 'Must not be texted. Opted out of everything.',
    es: 'No se le debe escribir. Se dio de baja de todo.',
    ...{ cause: BY_TEXT, reading: READ },
  },
  {
    ...{ title: 'an opt-out before a hold and a block', state: 'opted-out', sign: 'stop' },
    person: {
      subscriptions: [joined()],
      suppressions: [row({ kind: 'hold' }), row({ kind: 'hygiene' }), row({ kind: 'carrier' }), row()],
    },
    facts: { entries: [entry({ reason: 'phrase:take-off-list' })] },
    en: 'Must not be texted. Opted out of everything.',
    es: 'No se le debe escribir. Se dio de baja de todo.',
    ...{ cause: BY_TEXT, reading: 'Our rules read it as an opt-out.' },
  },
  {
    ...{ title: 'a join after an opt-out', state: 'opted-out', sign: 'stop' },
    person: { subscriptions: [joined({ state: 'pending', since: at(6) })], suppressions: [row()] },
    facts: { entries: [entry({ actor: 'key:ab', channel: 'VERBAL', reason: 'door:VERBAL', words: null })] },
    en: 'Must not be texted. Opted out of everything.',
    es: 'No se le debe escribir. Se dio de baja de todo.',
    cause: 'In person or by phone on May 5, 2026, 12:05 PM EDT',
    more: 'They asked to join again; we wait for their YES since May 6, 2026, 12:05 PM EDT.',
  },
  {
    ...{ title: 'a number without texts', state: 'no-texts', sign: 'stop' },
    person: { subscriptions: [joined()], suppressions: [row({ kind: 'hygiene' })] },
    facts: { entries: [entry({ kind: 'number-suppressed', actor: 'job:bounces', words: null })] },
    en: 'Must not be texted. The carrier says this number takes no texts.',
    es: 'No se le debe escribir. La operadora dice que este número no recibe mensajes.',
    cause: 'Recorded by the system on May 5, 2026, 12:05 PM EDT',
  },
  {
    ...{ title: 'a wrong number', state: 'new-holder', sign: 'stop', person: { wrongNumberAt: at(5) } },
    facts: { entries: [entry({ kind: 'held', reason: 'wrong:number' })] },
    en: 'Must not be texted. The number may have a new owner.',
    es: 'No se le debe escribir. El número puede tener otro dueño.',
    cause: BY_TEXT,
  },
  {
    ...{ title: 'a reassigned number', state: 'new-holder', sign: 'stop', facts: { isReassigned: true } },
    en: 'Must not be texted. The number may have a new owner.',
    es: 'No se le debe escribir. El número puede tener otro dueño.',
    cause: null,
  },
  {
    ...{ title: 'a former holder', state: 'new-holder', sign: 'stop', facts: { known: 'former' } },
    en: 'Must not be texted. The number belongs to somebody else now.',
    es: 'No se le debe escribir. El número es ahora de otra persona.',
    cause: null,
  },
  {
    ...{ title: 'a block of the carrier', state: 'carrier-block', sign: 'stop' },
    person: { suppressions: [row({ kind: 'carrier', scope: 'sender:55512' })] },
    facts: { entries: [entry({ kind: 'carrier-blocked', actor: 'carrier', reason: 'carrier error 21610' })] },
    en: 'Cannot be texted. The carrier blocks us until they text START to 55512.',
    es: 'No se le puede escribir. La operadora nos bloquea hasta que envíe START al 55512.',
    cause: 'The carrier told us on May 5, 2026, 12:05 PM EDT',
  },
  {
    ...{ title: 'a hold', state: 'hold', sign: 'wait' },
    person: { subscriptions: [joined()], suppressions: [row({ kind: 'hold', until: at(27, 7) })] },
    facts: { entries: [entry({ kind: 'held', reason: 'meant:5' })] },
    en: 'Must not be texted until somebody decides about their last text. Becomes an opt-out May 27, 2026, 3:05 AM EDT.',
    es: 'No se le debe escribir hasta que alguien decida sobre su último mensaje. Se convierte en baja el 27 may 2026, 3:05 a.m. EDT.',
    ...{ cause: BY_TEXT, reading: 'Our rules could not tell whether it is an opt-out.' },
  },
  {
    ...{ title: 'an opt-out on another number', state: 'stopped-elsewhere', sign: 'stop' },
    person: { subscriptions: [joined()], others: [{ suppressions: [row()], pausedUntil: null }] },
    en: 'No marketing: they opted out on another of their numbers on May 5, 2026, 12:05 PM EDT.',
    es: 'Sin publicidad: se dio de baja en otro de sus números el 5 may 2026, 12:05 p.m. EDT.',
    cause: null,
  },
  {
    ...{ title: 'a pause by text', state: 'paused', sign: 'wait' },
    person: { subscriptions: [joined(), care], pausedUntil: at(31), pausedAt: at(5) },
    facts: { entries: [entry({ kind: 'paused', reason: '26 days', scope: null, words: 'PAUSE' })] },
    en: 'No marketing until May 31, 2026: they asked for a pause. order updates still reach them.',
    es: 'Sin publicidad hasta el 31 may 2026: pidió una pausa. avisos de pedidos le siguen llegando.',
    cause: BY_TEXT,
  },
  {
    ...{ title: 'a pause by staff', state: 'paused', sign: 'wait' },
    person: { subscriptions: [joined()], pausedUntil: at(31), pausedAt: at(5) },
    facts: {
      entries: [
        entry({ kind: 'paused', reason: '26 days', channel: 'VERBAL', actor: 'staff:rosa', words: null }),
      ],
    },
    en: 'No marketing until May 31, 2026: staff paused it.',
    es: 'Sin publicidad hasta el 31 may 2026: el personal la pausó.',
    cause: 'Recorded by staff on May 5, 2026, 12:05 PM EDT',
  },
  {
    ...{ title: 'an opt-out by an API key', state: 'opted-out', sign: 'stop' },
    person: { suppressions: [row()] },
    facts: { entries: [entry({ reason: 'door:NOT_STATED', channel: 'NOT_STATED', actor: 'key:f4d6' })] },
    en: 'Must not be texted. Opted out of everything.',
    es: 'No se le debe escribir. Se dio de baja de todo.',
    cause: 'Recorded through the API on May 5, 2026, 12:05 PM EDT',
  },
  {
    ...{ title: 'a subscription after an overturned opt-out', state: 'subscribed', sign: 'good' },
    person: { subscriptions: [joined()] },
    facts: {
      entries: [
        entry({ kind: 'confirmed', scope: null, actedAt: at(3), reason: null, words: 'yes' }),
        entry({ seq: 5 }),
        entry({ seq: 6, kind: 'overturned', reason: null, channel: 'NO_ACT', actor: 'staff:sam' }),
      ],
    },
    en: 'May be texted about weekly offers and store news.',
    es: 'Se le puede escribir sobre ofertas de la semana y novedades.',
    cause: 'By text to 55512 on May 3, 2026, 12:05 PM EDT',
  },
  {
    ...{ title: 'a question that is open', state: 'pending', sign: 'wait' },
    person: { subscriptions: [joined({ state: 'pending', since: at(19) })], prompts: [prompt] },
    facts: { entries: [entry({ kind: 'prompted', actedAt: at(19), reason: null, words: 'JOIN' })] },
    en: 'Not yet. We asked on May 19, 2026, 12:05 PM EDT; their YES is good until May 22, 2026, 12:05 PM EDT.',
    es: 'Todavía no. Le preguntamos el 19 may 2026, 12:05 p.m. EDT; su SI vale hasta el 22 may 2026, 12:05 p.m. EDT.',
    cause: 'We asked by text on May 19, 2026, 12:05 PM EDT',
  },
  {
    ...{ title: 'a consent that was not renewed', state: 'consent-old', sign: 'wait' },
    person: { subscriptions: [joined({ state: 'expired', since: at(5), endedBy: 'lapsed' })] },
    facts: { entries: [entry({ kind: 'ended', actor: 'job:age-consents', words: null })] },
    en: 'No marketing: the consent of May 3, 2026 was not renewed.',
    es: 'Sin publicidad: el consentimiento del 3 may 2026 no se renovó.',
    cause: 'Recorded by the system on May 5, 2026, 12:05 PM EDT',
  },
  {
    ...{ title: 'no topic', state: 'no-topic', sign: 'off' },
    person: { subscriptions: [joined({ topics: [] })] },
    en: 'Subscribed, but no topic is on: nothing may be sent.',
    es: 'Suscrito, pero sin ningún tema: no se puede enviar nada.',
    cause: 'Since May 3, 2026, 12:05 PM EDT',
  },
  {
    ...{ title: 'some topics', state: 'some-topics', sign: 'good' },
    person: { subscriptions: [joined({ topics: ['news'] })] },
    en: 'May be texted about store news only.',
    es: 'Se le puede escribir solo sobre novedades.',
    cause: 'Since May 3, 2026, 12:05 PM EDT',
  },
  {
    ...{ title: 'a subscription', state: 'subscribed', sign: 'good', person: { subscriptions: [joined()] } },
    facts: { entries: [entry({ kind: 'confirmed', actedAt: at(3), reason: null, words: 'yes' })] },
    en: 'May be texted about weekly offers and store news.',
    es: 'Se le puede escribir sobre ofertas de la semana y novedades.',
    cause: 'By text to 55512 on May 3, 2026, 12:05 PM EDT',
  },
  {
    ...{ title: 'a subscription in quiet hours', state: 'subscribed', sign: 'good' },
    person: { subscriptions: [joined()] },
    facts: { quiet: { until: at(21, 13), zone: 'America/Chicago' } },
    en: 'May be texted about weekly offers and store news.',
    es: 'Se le puede escribir sobre ofertas de la semana y novedades.',
    cause: 'Since May 3, 2026, 12:05 PM EDT',
    more: 'Marketing waits for quiet hours until May 21, 2026, 8:05 AM CDT.',
  },
  {
    ...{ title: 'somebody who left', state: 'left', sign: 'off' },
    person: { subscriptions: [joined({ state: 'unsubscribed', since: at(5), topics: [] })] },
    facts: { entries: [entry({ scope: 'program:deals', program: 'deals', words: 'STOP DEALS' })] },
    en: 'Must not be texted: they left Fernway Deals on May 5, 2026, 12:05 PM EDT.',
    es: 'No se le debe escribir: dejó Fernway Deals el 5 may 2026, 12:05 p.m. EDT.',
    cause: BY_TEXT,
  },
  {
    ...{ title: 'somebody who never joined', state: 'left', sign: 'off' },
    en: 'Must not be texted: they never joined a program.',
    es: 'No se le debe escribir: nunca entró en un programa.',
    cause: null,
  },
];

const answerOf = ({ person = {}, facts = {} }: Case, language: 'en' | 'es') =>
  personAnswer(
    {
      known: 'holder',
      person: { ...emptyConsentState(), ...person },
      book: BOOK,
      now: NOW,
      entries: [],
      isReassigned: false,
      quiet: null,
      ...facts,
    },
    { language, zone: 'America/New_York' },
  );

describe('the answer about a person', () => {
  for (const row of CASES)
    it(`is "${row.state}" for ${row.title}`, () => {
      const english = answerOf(row, 'en');
      expect(english.state).to.equal(row.state);
      expect(english.sign).to.equal(row.sign);
      expect(english.sentence).to.equal(row.en);
      expect(answerOf(row, 'es').sentence).to.equal(row.es);
      expect(english.cause?.what ?? null).to.equal(row.cause);
      expect(english.cause?.reading ?? null).to.equal(row.reading ?? null);
      expect(english.more).to.equal(row.more ?? null);
    });

  it('has a row here for every state', () => {
    expect(new Set(CASES.map(({ state }) => state))).to.deep.equal(new Set(ANSWER_STATES));
  });

  it('quotes the words and the entry that it rests on', () => {
    const [, , , optOut] = CASES as [Case, Case, Case, Case];
    expect(answerOf(optOut, 'en').cause).to.include({ words: 'stop please', entry: 4, by: 'person' });
  });

  it('does not count a block where another of our numbers may send', () => {
    const program = { ...SHOP, numbers: ['55512', '55513'] };
    const person = {
      subscriptions: [joined()],
      suppressions: [row({ kind: 'carrier', scope: 'sender:55512' })],
    };
    const facts = { book: { programs: [program], senders: [] } };
    const answer = answerOf({ ...(CASES[0] as Case), person, facts }, 'en');
    expect(answer.state).to.equal('subscribed');
  });
});
