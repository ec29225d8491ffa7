import { expect } from 'chai';
import { CONSENT_END_REASONS } from '../../../../src/domain/consent/consent-state.ts';
import {
  type Scope,
  SUPPRESSION_KINDS,
  type Suppression,
} from '../../../../src/domain/consent/suppression.ts';
import type { SuppressionOrigin } from '../../../../src/domain/consent/suppression-origin.ts';
import { suppressionSentence } from '../../../../src/domain/consent/suppression-sentence.ts';
import { ERROR_CODES } from '../../../../src/domain/hygiene/error-codes.ts';
import { NUMBER_REFUSALS, type NumberRefusal } from '../../../../src/domain/hygiene/number-verification.ts';
import { DELIVERY_STATES } from '../../../../src/domain/sending/delivery-sentence.ts';
import { MESSAGE_CLASSES } from '../../../../src/domain/sending/lanes.ts';
import { errorWords, lastMessageSentence } from '../../../../src/domain/sending/last-messages.ts';
import { REASONS } from '../../../../src/domain/sending/send-rules.ts';
import { CARE, DEALS } from '../../text/fernway.ts';
import { INTERNAL } from '../claims.ts';

const BOOK = { programs: [DEALS, CARE], senders: [] };
const SINCE = new Date('2026-05-05T16:00:00Z');
const UNTIL = new Date('2026-05-12T16:00:00Z');

const RULES = [
  ...['exact:stop', 'leading:stop-all', 'some:named', 'some:and-more', 'meant:stop', 'phrase:keeps-texting'],
  ...['phrase:word-refused', 'sign:stop', 'sign:forbidding', 'no:no', 'birth-date', 'a rule of the future:x'],
];
const ORIGINS: SuppressionOrigin[] = [
  ...RULES.map((rule): SuppressionOrigin => ({ by: 'text', rule })),
  { by: 'text', rule: 'exact:stop', unconfirmed: true },
  ...(['WEB_FORM', 'PAPER_FORM', 'VERBAL', 'MOBILE_QR_CODE', 'IMPORT', 'NOT_STATED', 'NO_ACT'] as const).map(
    (channel): SuppressionOrigin => ({ by: 'channel', channel, rule: `door:${channel}` }),
  ),
  ...(['sent', 'impossible', 'too-late'] as const).map(
    (reply): SuppressionOrigin => ({ by: 'staff', reply }),
  ),
  { by: 'hold-timer' },
  { by: 'carrier-keyword' },
  ...[...ERROR_CODES.map(({ code }) => code), '39999'].map(
    (code): SuppressionOrigin => ({ by: 'carrier-error', code }),
  ),
  ...(['said-gone', 'said-no-texts', 'line-no-texts'] as const).map(
    (name): SuppressionOrigin => ({ by: 'job', rule: { name } }),
  ),
  { by: 'job', rule: { name: 'failures', times: 3, withinDays: 30 } },
  { by: 'job', rule: { name: 'failures-of-sender', sender: '55512', times: 3, withinDays: 30 } },
  ...(Object.keys(NUMBER_REFUSALS) as NumberRefusal[]).map(
    (refusal): SuppressionOrigin => ({ by: 'job', rule: { name: 'verification', refusal } }),
  ),
];
const SCOPES: Scope[] = [
  ...(['all', 'program:deals', 'topic:deals/offers', 'sender:55512'] as const),
  ...(['topic:gone/offers', `service:MG${'0'.repeat(32)}`] as const),
];
const row = (more: Partial<Suppression>): Suppression => ({
  ...{ scope: 'all', kind: 'opt-out', generation: 1, since: SINCE, lifts: {}, until: null },
  ...{ origin: { by: 'hold-timer' } },
  ...more,
});

describe('sentences about a person', () => {
  const rows = SUPPRESSION_KINDS.flatMap((kind) =>
    SCOPES.flatMap((scope) =>
      ORIGINS.flatMap((origin) =>
        [{}, { deals: 1 }, { '*': 1 }].map((lifts) =>
          row({ kind, scope, origin, lifts, until: kind === 'hold' ? UNTIL : null }),
        ),
      ),
    ),
  );

  it(`name no channel, rule or scope by its code in ${rows.length} suppressions`, () => {
    const wrong = rows
      .map((suppression) => suppressionSentence(suppression, BOOK))
      .filter((sentence) => INTERNAL.test(sentence));
    expect(wrong.slice(0, 5)).to.deep.equal([]);
  });

  it('name none in reasons, ends of consent and errors', () => {
    const errors = [...ERROR_CODES.map(({ code }) => code), '39999', 'http-500', undefined].map(errorWords);
    const all = [...Object.values(REASONS), ...Object.values(CONSENT_END_REASONS), ...errors];
    expect(all.filter((sentence) => INTERNAL.test(sentence))).to.deep.equal([]);
  });

  it('name none in the last message, whatever it was and whatever became of it', () => {
    const how = { at: SINCE, zone: 'UTC', about: 'Weekly deals', now: UNTIL };
    const sentences = DELIVERY_STATES.flatMap((state) =>
      MESSAGE_CLASSES.map((of) => {
        const decision = { reasons: ['opted-out' as const] };
        return lastMessageSentence({ class: of, state, dueAt: SINCE, decision, error: '30005' }, how);
      }),
    );
    expect(sentences.filter((sentence) => INTERNAL.test(sentence))).to.deep.equal([]);
  });

  for (const [of, sentence] of [
    [
      row({ origin: { by: 'text', rule: 'exact:stop' } }),
      'Opted out of everything by text with "stop" on May 5, 2026, 12:00 PM EDT; it stands.',
    ],
    [
      row({ scope: 'topic:deals/offers', origin: { by: 'text', rule: 'some:named' }, lifts: { deals: 1 } }),
      'Opted out of weekly offers of Fernway Deals by text on May 5, 2026, 12:00 PM EDT; it was lifted.',
    ],
    [
      row({ origin: { by: 'text', rule: 'exact:stop' }, lifts: { deals: 1 } }),
      'Opted out of everything by text with "stop" on May 5, 2026, 12:00 PM EDT; it was lifted for Fernway Deals and stands for all others.',
    ],
    [
      row({ kind: 'hold', until: UNTIL, origin: { by: 'text', rule: 'phrase:keeps-texting' } }),
      'On hold since May 5, 2026, 12:00 PM EDT, because the words of a text may be an opt-out, until May 12, 2026, 12:00 PM EDT at the latest; it stands.',
    ],
    [
      row({ kind: 'hygiene', origin: { by: 'job', rule: { name: 'said-gone' } } }),
      'The number takes no texts since May 5, 2026, 12:00 PM EDT, because the carrier said that the number does not exist; it stands.',
    ],
    [
      row({ kind: 'carrier', scope: 'sender:55512', origin: { by: 'carrier-keyword' }, lifts: { '*': 1 } }),
      "The carrier has blocked our texts from 55512 since May 5, 2026, 12:00 PM EDT, because the person texted one of the carrier's keywords; it was lifted.",
    ],
  ] as const) {
    it(`read: ${sentence}`, () => {
      expect(suppressionSentence(of, BOOK)).to.equal(sentence);
    });
  }
});
