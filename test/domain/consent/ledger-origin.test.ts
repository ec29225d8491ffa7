import { expect } from 'chai';
import { CONSENT_END_REASONS } from '../../../src/domain/consent/consent-state.ts';
import {
  type LedgerOrigin,
  type OriginEntry,
  originOf,
  pauseDaysOf,
  refusalOf,
} from '../../../src/domain/consent/ledger-origin.ts';
import {
  ANSWER_FLAWS,
  type BarrierRule,
  CONFIRMED_SINCE,
  carrierRule,
  numberRule,
  PROMPT_REFUSALS,
  type PromptRefusal,
  pauseOf,
  REVIEWED,
  UNDECIDED,
  UNDECIDED_LOST,
  WRONG_NUMBER,
} from '../../../src/domain/consent/ledger-reasons.ts';
import { NUMBER_REFUSALS, type NumberRefusal } from '../../../src/domain/hygiene/number-verification.ts';

const BY_TEXT = { actor: 'person', channel: 'VIA_TEXT' } as const;
const BY_KEY = { actor: 'key:k_1', channel: 'WEB_FORM' } as const;
const BY_STAFF = { actor: 'key:k_1', channel: 'VIA_TEXT' } as const;
const BY_SWEEP = { actor: 'job:bounce-sweep', channel: 'NO_ACT' } as const;
const BY_TIMER = { actor: 'job:end-holds', channel: 'NO_ACT' } as const;

const word = { by: 'text', isInterpreted: false, wrongNumber: false } as const;
const sense = { by: 'text', isInterpreted: true, wrongNumber: false } as const;
const verified = (refusal: NumberRefusal): BarrierRule => ({ name: 'verification', refusal });

describe('the origin of an entry of the ledger', () => {
  const rows: [of: Omit<OriginEntry, 'reason'>, reason: string | null, origin: LedgerOrigin][] = [
    [BY_TEXT, 'exact:stop', word],
    [BY_TEXT, 'leading:stop', word],
    [BY_TEXT, 'some:named', word],
    [BY_TEXT, 'join:keyword:join', word],
    [BY_TEXT, null, word],
    [BY_TEXT, 'phrase:take-me-off', sense],
    [BY_TEXT, 'meant:stop', sense],
    [BY_TEXT, 'sign:stop-hand', sense],
    [BY_TEXT, `exact:wrong number${WRONG_NUMBER}`, { ...word, wrongNumber: true }],
    [BY_TEXT, `phrase:wrong-number${WRONG_NUMBER}`, { ...sense, wrongNumber: true }],
    [BY_TEXT, 'carrier:opt-out-type', { by: 'carrier-keyword' }],
    [BY_TEXT, 'answered no', word],
    [BY_TEXT, 'under 21', word],
    [BY_TEXT, CONFIRMED_SINCE, { by: 'newer-consent' }],
    [{ actor: 'person', channel: 'WEB_FORM' }, 'door:WEB_FORM', { by: 'page' }],
    [BY_KEY, 'door:WEB_FORM', { by: 'key' }],
    [{ actor: 'key:k_1', channel: 'NOT_STATED' }, 'door:NOT_STATED', { by: 'key' }],
    [{ actor: 'key:k_1', channel: 'NO_ACT' }, 'read by score', { by: 'key' }],
    [BY_STAFF, REVIEWED, { by: 'staff', wrongNumber: false }],
    [BY_STAFF, REVIEWED + WRONG_NUMBER, { by: 'staff', wrongNumber: true }],
    [{ actor: 'key:k_1', channel: 'NO_ACT' }, 'review:release', { by: 'staff', wrongNumber: false }],
    [BY_STAFF, CONFIRMED_SINCE, { by: 'newer-consent' }],
    [BY_TIMER, UNDECIDED, { by: 'hold-timer', isKeyLost: false }],
    [BY_TIMER, UNDECIDED_LOST, { by: 'hold-timer', isKeyLost: true }],
    [BY_TIMER, CONFIRMED_SINCE, { by: 'newer-consent' }],
    [{ actor: 'operator', channel: 'NO_ACT' }, 'lost-key', { by: 'operator' }],
    [{ actor: 'carrier', channel: 'VIA_TEXT' }, carrierRule('21610'), { by: 'carrier-error', code: '21610' }],
    [BY_SWEEP, numberRule({ name: 'said-gone' }), { by: 'job', barrier: 'said-gone' }],
    [BY_SWEEP, numberRule({ name: 'said-no-texts' }), { by: 'job', barrier: 'said-no-texts' }],
    [BY_SWEEP, numberRule({ name: 'line-no-texts' }), { by: 'job', barrier: 'line-no-texts' }],
    [BY_SWEEP, 'messages failed on 3 days of 30', { by: 'job', barrier: 'failures' }],
    [BY_SWEEP, 'messages from 28555 failed on 3 days of 30', { by: 'job', barrier: 'failures-of-sender' }],
    [BY_SWEEP, numberRule({ name: 'delivered' }), { by: 'job', barrier: null }],
    [BY_SWEEP, numberRule({ name: 'evidence-gone' }), { by: 'job', barrier: null }],
    [BY_SWEEP, 'gone', { by: 'job', barrier: null }],
    [{ actor: 'job:consent-age', channel: 'NO_ACT' }, 'lapsed', { by: 'job', barrier: null }],
    ...(Object.keys(NUMBER_REFUSALS) as NumberRefusal[]).map((refusal): (typeof rows)[number] => [
      BY_SWEEP,
      numberRule(verified(refusal)),
      { by: 'job', barrier: 'verification' },
    ]),
  ];
  for (const [of, reason, origin] of rows) {
    it(`is read from ${of.actor} by ${of.channel}: ${reason}`, () => {
      expect(originOf({ ...of, reason })).to.deep.equal(origin);
    });
  }
});

describe('a reason that says nothing of its origin', () => {
  const ofTexts = [
    ...[...Object.values(PROMPT_REFUSALS), ...Object.values(ANSWER_FLAWS)],
    ...[
      'older than the last opt-out',
      'older than the last word about a pause',
      'it counted when it first came',
    ],
    ...['the carrier answered; the keyword of a program asks', 'not subscribed', 'one question at a time'],
    ...['the program has topics of it no more', 'its topics are for another purpose now'],
    ...['answered no, before it was known to have left', 'over 21', pauseOf(30), 'a new consent'],
    numberRule({ name: 'texted' }),
  ];
  const ofJobs = [
    ...['no answer in time', 'not known to have left in time', 'consent lapses at 2026-05-20T16:00:00.000Z'],
    ...[...Object.keys(CONSENT_END_REASONS), ...Object.values(CONSENT_END_REASONS)],
  ];
  it('leaves an entry of a text one of a text, and an entry of a job one of a job', () => {
    for (const reason of ofTexts) expect(originOf({ ...BY_TEXT, reason }), reason).to.deep.equal(word);
    for (const reason of ofJobs)
      expect(originOf({ ...BY_SWEEP, reason }), reason).to.deep.equal({ by: 'job', barrier: null });
  });
});

describe('a reason of the ledger', () => {
  it('names why a person was not asked, on an entry without effect alone', () => {
    for (const [refusal, reason] of Object.entries(PROMPT_REFUSALS)) {
      expect(refusalOf({ kind: 'ineffective', reason })).to.equal(refusal as PromptRefusal);
      expect(refusalOf({ kind: 'refused', reason })).to.equal(null);
    }
    for (const reason of [null, 'not subscribed', ...Object.values(ANSWER_FLAWS)])
      expect(refusalOf({ kind: 'ineffective', reason }), String(reason)).to.equal(null);
  });

  it('tells how long a pause is', () => {
    for (const days of [1, 30, 365]) expect(pauseDaysOf({ reason: pauseOf(days) })).to.equal(days);
  });

  it('stays as it is, because entries are hashed with it', () => {
    expect([...Object.values(PROMPT_REFUSALS), ...Object.values(ANSWER_FLAWS)]).to.deep.equal([
      'the person opted out; only their own text can ask to join again',
      'the number is on hold until a person decides about its last text',
      'the carrier still blocks this number',
      'the number does not take texts',
      'another question is open',
      'subscribed already',
      'they told a birth date that is too young, less than 90 days before',
      'asked a moment ago',
      'one prompt per program in 24 hours',
      'three prompts per number in 30 days',
      'no open prompt',
      'too late',
      'older than its prompt',
      'an opt-out came after its prompt',
      'the program has ended',
      'nothing is left to ask',
      'the word of another program',
    ]);
    const rules = [
      ...(['said-gone', 'said-no-texts', 'line-no-texts'] as const),
      ...(['texted', 'delivered', 'evidence-gone'] as const),
    ];
    expect(rules.map((name) => numberRule({ name }))).to.deep.equal([
      'the carrier said that the number does not exist',
      'the carrier said that the number takes no texts',
      'a message failed, and its line takes no texts',
      'a text from it came in',
      'a message to it was delivered',
      'a failure that it rested on does not count',
    ]);
    expect(numberRule(verified('landline'))).to.equal('verification:landline');
    expect([carrierRule('30004'), REVIEWED, CONFIRMED_SINCE, UNDECIDED, UNDECIDED_LOST]).to.deep.equal([
      'carrier error 30004',
      'review:opt-out',
      'the person confirmed since',
      'nobody decided about the hold in time',
      'nobody decided about the hold in time (lost-key)',
    ]);
  });
});
