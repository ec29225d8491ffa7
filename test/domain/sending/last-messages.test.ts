import { expect } from 'chai';
import { ERROR_CODES } from '../../../src/domain/hygiene/error-codes.ts';
import { errorWords, failingOf, lastMessageSentence } from '../../../src/domain/sending/last-messages.ts';

type Row = Parameters<typeof failingOf>[0][number];

const at = (minute: number): Date => new Date(Date.UTC(2026, 4, 3, 16, minute));
const row = (minute: number, state: Row['state'], error?: string): Row => ({
  ...{ state, createdAt: at(minute), finalAt: at(minute) },
  ...(error === undefined ? {} : { error }),
});
const dead = (minute: number): Row => row(minute, 'undelivered', '30005');

const TABLE: [why: string, rows: Row[], textedAt: Date | null, count: number, code?: string | null][] = [
  ['nothing was sent', [], null, 0],
  ['the last one arrived', [row(2, 'delivered'), dead(1)], null, 0],
  ['the last one failed', [dead(2), row(1, 'delivered')], null, 1, '30005'],
  ['the last two failed', [dead(3), dead(2), row(1, 'delivered'), dead(0)], null, 2, '30005'],
  ['a newer one is on its way', [row(3, 'accepted'), dead(2)], null, 1, '30005'],
  ['a newer one never left', [row(3, 'skipped'), row(2, 'expired'), dead(1)], null, 1, '30005'],
  ['the person texted since', [dead(2)], at(3), 0],
  ['the person texted between two failures', [dead(3), dead(1)], at(2), 1, '30005'],
  ['the failure may have arrived', [row(2, 'undelivered', '30410')], null, 0],
  ['the carrier refused it without a reason', [row(2, 'failed')], null, 1, null],
  ['the ends came in another order', [row(1, 'delivered'), { ...dead(0), finalAt: at(2) }], null, 1, '30005'],
  ['it was a test to staff', [{ ...dead(2), test: true }], null, 0],
];

describe('messages that failed one after another', () => {
  for (const [why, rows, textedAt, count, code] of TABLE) {
    it(`are ${count} when ${why}`, () => {
      const failing = failingOf(rows, textedAt);
      expect([failing?.count ?? 0, failing?.code]).to.deep.equal([count, code]);
    });
  }

  it('say so where a newer message has no report yet', () => {
    expect(failingOf([row(3, 'accepted'), dead(2)], null)).to.include({ isNewerOpen: true });
    for (const rows of [[dead(2)], [row(3, 'skipped'), dead(2)], [dead(2), row(1, 'sent')]])
      expect(failingOf(rows, null)).not.to.have.property('isNewerOpen');
  });

  it('begin with the oldest failure and end with the newest', () => {
    const failing = failingOf([dead(3), dead(2)], null);
    expect(failing).to.deep.include({ since: at(2), last: at(3) });
  });
});

describe('the words of an error', () => {
  it('are those of the table for each code in it', () => {
    for (const { code, sentence } of ERROR_CODES) expect(errorWords(code)).to.equal(sentence);
  });

  for (const [code, words] of [
    [undefined, 'The carrier gave no reason.'],
    ['http-400', 'The carrier answered with HTTP status 400 and gave no reason.'],
    ['39999', 'The carrier gave the error 39999, which the table of errors does not have.'],
  ] as const) {
    it(`say what is known: ${code}`, () => {
      expect(errorWords(code)).to.equal(words);
    });
  }
});

describe('the last message to a person', () => {
  it('is named by kind, topic and time, with what became of it and the words of its error', () => {
    const facts = { dueAt: at(0), decision: null, class: 'marketing' as const };
    const how = { at: at(2), zone: 'America/New_York', about: 'Weekly deals', now: at(9) };
    const sentence = (more: object) => lastMessageSentence({ ...facts, state: 'sent', ...more }, how);
    expect(sentence({ state: 'undelivered', error: '30005' })).to.match(
      /^A marketing message about Weekly deals at May 3, 2026, 12:02 PM EDT: Not delivered: .*30005.*The number is unknown or no longer exists\.$/,
    );
    expect(sentence({ state: 'delivered', acceptedAt: at(2), finalAt: at(3) })).to.match(
      /: Delivered 60 s after the carrier accepted it\.$/,
    );
  });
});
