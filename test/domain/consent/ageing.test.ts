import { expect } from 'chai';
import { ageingOf, isLapsed, lapsesAt, monthsAfter } from '../../../src/domain/consent/consent-age.ts';
import { endMarketing } from '../../../src/domain/consent/consent-end.ts';
import {
  type ConsentState,
  type Subscription,
  subscriptionTo,
} from '../../../src/domain/consent/consent-state.ts';
import type { DecisionContext, PersonAct } from '../../../src/domain/consent/decision.ts';
import { askToRenew } from '../../../src/domain/consent/renewal-prompt.ts';
import { findSender, type Program } from '../../../src/domain/program.ts';
import { BOOK, converse, DAY, disclosure, SHOP, SILENT_CARRIER, say, stateOf } from './conversation.ts';

const deals = BOOK.programs.find(({ id }) => id === 'deals') as Program;
const at = (text: string): Date => new Date(`${text}T12:00:00Z`);
const confirmed = (on: string, more: Partial<Subscription> = {}): Subscription => ({
  ...{ program: 'deals', state: 'subscribed', since: at(on), topics: ['deals'] },
  ...{ purposes: ['marketing'], basis: null, ...more },
});

describe('age of consent', () => {
  const months: [from: string, months: number, to: string][] = [
    ['2026-01-15', 18, '2027-07-15'],
    ['2026-08-31', 18, '2028-02-29'],
    ['2025-08-31', 18, '2027-02-28'],
    ['2026-12-31', 2, '2027-02-28'],
    ['2026-10-31', 1, '2026-11-30'],
  ];
  for (const [from, count, to] of months) {
    it(`counts ${count} months from ${from} to ${to}`, () => {
      expect(monthsAfter(at(from), count)).to.deep.equal(at(to));
    });
  }

  const rows: [what: string, on: string, program: Partial<Program>, calls: string | null][] = [
    ['young', '2026-04-25', {}, null],
    ['a month before it lapses', '2027-06-14', {}, null],
    ['on the day it is asked for', '2027-06-15', {}, 'ask'],
    ['a moment before it lapses', '2027-07-14', {}, 'ask'],
    ['18 months old', '2027-07-15', {}, 'lapse'],
    [
      'old for a program that sets 6 months',
      '2026-07-15',
      { consentAge: { months: 6, askDays: 30 } },
      'lapse',
    ],
    ['of a program that asks nobody', '2027-07-14', { consentAge: { months: 18, askDays: 0 } }, null],
    [
      'of a program that keeps it for 5 years',
      '2030-01-01',
      { consentAge: { months: 60, askDays: 30 } },
      null,
    ],
  ];
  for (const [what, on, more, calls] of rows) {
    it(`${calls === null ? 'calls for nothing' : calls === 'ask' ? 'asks for renewal' : 'lets consent lapse'} where consent is ${what}`, () => {
      expect(ageingOf(confirmed('2026-01-15'), { ...deals, ...more }, at(on))).to.equal(calls);
    });
  }

  it('counts from the last confirmation, not from the first', () => {
    const disclosed = { touchpoint: 'sms-prompt.en', version: 1 };
    const basis = {
      at: at('2027-01-15'),
      channel: 'VIA_TEXT',
      words: 'YES',
      disclosure: disclosed,
      seq: 3,
    } as const;
    expect(lapsesAt(confirmed('2026-01-15', { basis }), deals)).to.deep.equal(at('2028-07-15'));
  });

  it('asks once, and does not apply to order updates or to ended consent', () => {
    const asked = confirmed('2026-01-15', { renewalAskedAt: at('2027-06-20') });
    expect(ageingOf(asked, deals, at('2027-06-21'))).to.equal(null);
    expect(ageingOf(asked, deals, at('2027-07-15'))).to.equal('lapse');
    for (const more of [{ purposes: ['informational'] }, { state: 'unsubscribed' as const }]) {
      expect(isLapsed(confirmed('2020-01-15', more), deals, at('2027-07-15'))).to.equal(false);
    }
  });
});

describe('renewal question', () => {
  const turnOf = (person: ConsentState, now: Date): DecisionContext => {
    const reading = {
      kind: 'unknown',
      language: null,
      rule: 'none',
      rules: 'ageing-1',
    } as unknown as PersonAct['reading'];
    const act: PersonAct = {
      channel: 'VIA_TEXT',
      number: SHOP,
      receivedAt: now,
      reading,
      words: '',
      carrier: SILENT_CARRIER,
    };
    return {
      person,
      act,
      book: BOOK,
      sender: findSender(BOOK, SHOP),
      say,
      disclosure,
      newId: () => 'renewal',
    };
  };
  const oldSubscriber = () => {
    const talk = converse();
    talk.text('JOIN');
    talk.text('YES');
    talk.wait(530 * DAY);
    return talk;
  };
  const ask = (talk: ReturnType<typeof converse>): boolean =>
    talk.learn((person, now) => askToRenew(turnOf(person, now), deals));

  it('is one marketing text about a topic of the person, worded as a prompt, valid until consent lapses', () => {
    const talk = oldSubscriber();
    const outcome = askToRenew(turnOf(talk.person, talk.now), deals);
    const { class: of, topic, text, validUntil } = outcome?.replies[0] ?? {};
    expect([of, topic]).to.deep.equal(['marketing', 'deals']);
    expect(text).to.contain('reply YES to keep');
    const subscription = subscriptionTo(talk.person, 'deals') as Subscription;
    expect(validUntil).to.deep.equal(lapsesAt(subscription, deals));
    expect(outcome?.person.prompts.at(-1)?.expiresAt).to.deep.equal(validUntil);
  });

  it('renews consent for another term on YES and keeps the topics', () => {
    const talk = oldSubscriber();
    talk.text('2');
    const before = lapsesAt(subscriptionTo(talk.person, 'deals') as Subscription, deals);
    expect(ask(talk)).to.equal(true);
    talk.handOver();
    talk.wait(10 * DAY);
    talk.text('YES');
    const after = subscriptionTo(talk.person, 'deals') as Subscription;
    expect(after).to.include({ state: 'subscribed' });
    expect(after).to.not.have.property('renewalAskedAt');
    expect(after.topics).to.include.members(['deals', 'news']);
    expect((lapsesAt(after, deals) ?? 0) > (before ?? 0)).to.equal(true);
    expect(ageingOf(after, deals, talk.now)).to.equal(null);
  });

  it('ends consent without an answer, and a JOIN begins a new one', () => {
    const talk = oldSubscriber();
    ask(talk);
    talk.handOver();
    talk.wait(40 * DAY);
    expect(ageingOf(subscriptionTo(talk.person, 'deals') as Subscription, deals, talk.now)).to.equal('lapse');
    talk.learn((person, now) => endMarketing(person, deals, now));
    talk.sweep();
    talk.text('YES');
    expect(stateOf(talk.person)).to.deep.equal(['deals expired']);
    talk.text('JOIN');
    talk.text('YES');
    expect(stateOf(talk.person)).to.deep.equal(['deals subscribed deals']);
  });

  it('waits while another question is open or the prompt limits leave no room', () => {
    const talk = oldSubscriber();
    talk.text('ORDERS');
    expect(ask(talk)).to.equal(false);
    talk.text('YES');
    talk.door('club');
    talk.sweep();
    const busy = {
      ...talk.person,
      promptsSent: [1, 2, 3].map(() => ({ at: talk.now, program: 'club', own: false })),
    };
    expect(askToRenew(turnOf(busy, talk.now), deals)).to.equal(null);
  });

  const renewing = () => {
    const talk = oldSubscriber();
    talk.text('NEWS');
    ask(talk);
    talk.handOver();
    talk.wait(DAY);
    return talk;
  };
  const told = ({ last }: ReturnType<typeof converse>): string[] => last.said.map(({ template }) => template);
  const isAskedAgain = ({ person, now }: ReturnType<typeof converse>): boolean =>
    ageingOf(subscriptionTo(person, 'deals') as Subscription, deals, now) === 'ask';

  it('takes JOIN for no answer and asks again', () => {
    const talk = renewing();
    talk.text('JOIN');
    expect(told(talk)).to.deep.equal(['prompt']);
    talk.text('YES');
    talk.wait(40 * DAY);
    expect(ageingOf(subscriptionTo(talk.person, 'deals') as Subscription, deals, talk.now)).to.equal(null);
  });

  it('is asked again when another question or a topic opt-out ended it unanswered', () => {
    for (const body of ['ORDERS', 'JOIN', 'STOP NEWS']) {
      const talk = renewing();
      talk.text(body);
      expect(isAskedAgain(talk), body).to.equal(true);
    }
  });

  it('is asked again by a YES that came after a topic opt-out ended it', () => {
    const talk = renewing();
    for (const body of ['STOP NEWS', 'YES']) talk.text(body);
    expect(told(talk)).to.deep.equal(['prompt']);
    talk.text('YES');
    expect(isAskedAgain(talk)).to.equal(false);
    expect(subscriptionTo(talk.person, 'deals')?.topics).to.deep.equal(['deals']);
  });

  it('lets JOIN ask again when it is too old, and tells a YES that it came too late', () => {
    const talk = renewing();
    talk.wait(40 * DAY);
    talk.text('YES');
    expect(told(talk)).to.deep.equal(['yes-too-late']);
    talk.text('JOIN');
    expect(told(talk)).to.deep.equal(['prompt']);
    talk.learn((person, now) => endMarketing(person, deals, now));
    talk.text('YES');
    expect(stateOf(talk.person)).to.deep.equal(['deals subscribed deals']);
  });

  it('is void after an opt-out: a later YES changes nothing', () => {
    const talk = oldSubscriber();
    ask(talk);
    talk.handOver();
    talk.text('STOP');
    talk.text('YES');
    expect(subscriptionTo(talk.person, 'deals')?.state).to.equal('unsubscribed');
  });
});
