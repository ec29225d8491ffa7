import { expect } from 'chai';
import type { EventKind } from '../../../src/domain/consent/decision.ts';
import {
  type CheckedEntry,
  contradiction,
  type MessageOnRecord,
  suppressionFault,
  type TextOnRecord,
  unexplained,
} from '../../../src/domain/consent/ledger-faults.ts';
import type { Scope } from '../../../src/domain/consent/suppression.ts';

const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 0, minute));

/** An entry of a text, that came in the minute of its place in the chain. */
const entry = (seq: number, kind: EventKind, more: Partial<CheckedEntry> = {}): CheckedEntry => ({
  ...{ seq, kind, program: 'deals', topics: ['deals'], scope: null, reason: null, answers: null },
  ...{ actor: 'person', channel: 'VIA_TEXT', actedAt: at(seq), recordedAt: at(seq) },
  ...{ commitments: { number: 'a', messageSid: 'b', words: 'c' }, sealed: Buffer.of(1) },
  ...more,
});
/** How it came by the API. */
const BY_KEY = { actor: 'key:k_1', channel: 'WEB_FORM' } as const;

const text = (minute: number, kind: string): TextOnRecord => ({
  ...{ receivedAt: at(minute), recordedAt: at(minute), reading: { kind } },
});
const message = (minute: number, kind: string, more: Partial<MessageOnRecord> = {}): MessageOnRecord => ({
  ...{ class: kind, program: 'deals', prompt: null, createdAt: at(minute), acceptedAt: at(minute) },
  ...more,
});

const unsent = ({ acceptedAt: _, ...rest }: MessageOnRecord): MessageOnRecord => rest;

describe('commitments of a ledger entry', () => {
  const WITHOUT_NUMBER = 'an entry of this kind is bound to its number, and this one is not';
  const rows: [what: string, one: CheckedEntry, fault: string | null][] = [
    ['an act by text has a number and a text', entry(1, 'withdrawn'), null],
    [
      'a YES that is bound to nothing is at fault',
      entry(1, 'confirmed', { commitments: {}, sealed: null }),
      WITHOUT_NUMBER,
    ],
    [
      'an act that is bound to its words alone is at fault',
      entry(1, 'withdrawn', { commitments: { number: 'a', words: 'c' } }),
      'an entry of this kind is bound to its messageSid, and this one is not',
    ],
    [
      'a question from a form has a number',
      entry(1, 'prompted', { ...BY_KEY, commitments: {} }),
      WITHOUT_NUMBER,
    ],
    [
      'an act of staff has an origin',
      entry(1, 'released', { ...BY_KEY, commitments: { number: 'a' } }),
      'an entry of this kind is bound to its origin, and this one is not',
    ],
    [
      'an act of a timer rests on no words',
      entry(1, 'expired', { actor: 'job:expire', commitments: {} }),
      null,
    ],
    [
      'a renewal has the rule it rests on',
      entry(1, 'prompted', { actor: 'job:age', commitments: { origin: 'a' } }),
      null,
    ],
  ];
  for (const [what, checked, fault] of rows) {
    it(`are checked: ${what} (${checked.kind} by ${checked.actor})`, () => {
      expect(unexplained([checked], false)?.what ?? null).to.equal(fault);
    });
  }

  it('may be erased only when a later entry explains it', () => {
    const gone = [entry(1, 'requested', { sealed: null }), entry(2, 'prompted', { sealed: null })];
    const erased = (answers: number | null, reason: string | null) =>
      entry(3, 'erased', { actor: 'job:erase', commitments: {}, sealed: null, answers, reason });
    const why = 'its sealed fields are gone, and no later entry says why';
    expect(unexplained(gone, false)).to.deep.equal({ seq: 1, what: why });
    expect(unexplained([...gone, erased(1, 'request')], false)).to.deep.equal({ seq: 2, what: why });
    expect(unexplained([...gone, erased(2, null)], false)).to.deep.equal({ seq: 1, what: why });
    expect(unexplained([...gone, erased(3, 'request')], false), 'itself').to.deep.equal({
      seq: 1,
      what: why,
    });
    expect(unexplained([...gone, erased(2, 'request')], false)).to.equal(null);
    expect(unexplained([...gone, erased(2, 'request')], true)).to.equal(null);
    expect(unexplained([entry(1, 'requested')], true)?.what).to.match(/^its evidence key is gone/);
  });
});

describe('comparison of records with a ledger', () => {
  const JOINED = [entry(1, 'requested'), entry(1, 'prompted', { seq: 2 }), entry(3, 'confirmed')];
  const TEXTS = [text(1, 'join'), text(3, 'yes')];
  const subscribed = [
    { program: 'deals', state: 'subscribed' as const, topics: ['deals'], basis: { seq: 3 } },
  ];
  const rows: [what: string, texts: TextOnRecord[], messages: MessageOnRecord[], fault: RegExp | null][] = [
    ['agrees with a JOIN and a YES', TEXTS, [message(1, 'prompt', { prompt: 'p' })], null],
    ['has a STOP that no entry has', [...TEXTS, text(4, 'stop-all')], [], /read as stop-all is on record/],
    ['has a STOP of a topic that no entry has', [...TEXTS, text(4, 'stop-some')], [], /stop-some/],
    ['has a YES that no entry has', [...TEXTS, text(4, 'yes')], [], /read as yes/],
    ['has texts that write no entry', [...TEXTS, text(4, 'help'), text(5, 'unknown')], [], null],
    [
      'has a confirmed opt-out that no entry has',
      TEXTS,
      [message(4, 'opt-out-confirmation')],
      /an opt-out was confirmed/,
    ],
    ['lacks the text of the YES', [text(1, 'join')], [], /the text that a subscription rests on is missing/],
    ['has an offer after the YES', TEXTS, [message(4, 'marketing')], null],
    ['has an offer that left before the YES', TEXTS, [message(2, 'marketing')], /before any YES to it/],
    [
      'has an offer that was planned before the YES and left after it',
      TEXTS,
      [message(2, 'marketing', { acceptedAt: at(4) })],
      null,
    ],
    ['has one that never left', TEXTS, [unsent(message(2, 'marketing'))], null],
  ];
  for (const [what, texts, messages, fault] of rows) {
    it(`judges records: the ledger ${what}`, () => {
      const found = contradiction({ subscriptions: subscribed }, JOINED, { texts, messages });
      if (fault === null) expect(found).to.equal(null);
      else expect(found?.what).to.match(fault);
    });
  }

  it('accepts a second YES without an entry while a birth date is awaited', () => {
    const asked = [...JOINED.slice(0, 2), entry(3, 'affirmed')];
    const texts = [...TEXTS, text(4, 'yes')];
    expect(contradiction({ subscriptions: [] }, asked, { texts, messages: [] })).to.equal(null);
  });
});

describe('opt-outs of a number', () => {
  const row = (scope: Scope, generation: number) => ({ scope, kind: 'opt-out' as const, generation });
  const stop = entry(1, 'withdrawn', { scope: 'all' });
  const off = entry(2, 'topic-off', { scope: 'topic:deals/news' });
  const rows: [
    what: string,
    kept: ReturnType<typeof row>[],
    chains: CheckedEntry[][],
    fault: RegExp | null,
  ][] = [
    ['have an entry each', [row('all', 1), row('topic:deals/news', 1)], [[stop, off]], null],
    ['count the entries of all who had the number', [row('all', 2)], [[stop], [stop]], null],
    ['are at fault without their entry', [row('all', 1)], [[]], /^the opt-out of everything is on record/],
    [
      'are at fault where one was dropped',
      [row('program:deals', 2)],
      [[stop]],
      /^the opt-out of the program deals/,
    ],
    ['are at fault where the row is gone', [], [[off]], /^an entry opts out of the topic news of deals/],
    ['are at fault where the row was set back', [row('all', 1)], [[stop, stop]], /removed or set back$/],
  ];
  for (const [what, kept, chains, fault] of rows) {
    it(`${what}`, () => {
      const found = suppressionFault(kept, chains);
      if (fault === null) expect(found).to.equal(null);
      else expect(found).to.match(fault);
    });
  }
});
