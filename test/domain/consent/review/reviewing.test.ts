import { expect } from 'chai';
import type { EventKind } from '../../../../src/domain/consent/decision.ts';
import { REVIEWED } from '../../../../src/domain/consent/ledger-reasons.ts';
import { endingOfHold, optOutByReview, release } from '../../../../src/domain/consent/staff-review.ts';
import { sourceOf } from '../../../../src/domain/consent/suppression-origin.ts';
import {
  BOOK,
  converse,
  DAY,
  disclosure,
  SHOP,
  SILENT_CARRIER,
  say,
  spoken,
  stateOf,
} from '../conversation.ts';

const UNSURE = '🛑';
const MINUTE = 60_000;

function held(before = ['JOIN', 'YES'], since: string[] = []) {
  const talk = converse();
  for (const body of [...before, UNSURE, ...since]) talk.text(body);
  return talk.person;
}

describe('hold that a person decides', () => {
  it('is lifted by release, and everything else stays as it was', () => {
    const before = held();
    const after = release(before);
    expect(after?.events.map(({ kind, scope }) => [kind, scope])).to.deep.equal([['released', 'all']]);
    expect(stateOf(after?.person ?? before)).to.deep.equal(['all hold 1 *:1', 'deals subscribed deals']);
    expect(after?.person.suppressions[0]?.until).to.equal(null);
    expect(after?.person.seq).to.equal(before.seq + 1);
  });

  it('is released once', () => {
    const once = release(held());
    expect(once && release(once.person)).to.equal(null);
  });

  const optOut = (afterMs: number, person = held(), readAt?: Date, wrongNumber = false) => {
    const receivedAt = readAt ?? person.suppressions[0]?.since ?? new Date(0);
    const reading = { kind: 'stop-all', by: 'scored', wrongNumber, language: null } as const;
    const act = {
      channel: 'VIA_TEXT',
      number: SHOP,
      receivedAt,
      reading: { ...reading, rule: REVIEWED, rules: 'review-1' },
      readBy: 'staff',
      words: '',
      carrier: SILENT_CARRIER,
    } as const;
    const sender = BOOK.senders.find(({ number }) => number === SHOP) ?? null;
    const turn = { person, act, book: BOOK, sender, say, disclosure, newId: () => 'p' };
    return optOutByReview(turn, new Date(receivedAt.getTime() + afterMs));
  };
  const ends: [what: string, afterMs: number, says: string[], source: string][] = [
    ['at once', 0, ['opt-out-confirmation stop-all-program en'], 'VIA_TEXT review:opt-out'],
    ['in five minutes', 5 * MINUTE, ['opt-out-confirmation stop-all-program en'], 'VIA_TEXT review:opt-out'],
    ['later, in silence', 5 * MINUTE + 1, [], 'review:opt-out'],
  ];
  for (const [what, afterMs, says, source] of ends) {
    it(`ends in opt-out of everything ${what}`, () => {
      const { person, events, replies } = optOut(afterMs);
      expect(stateOf(person)).to.deep.equal(['all hold 1 *:1', 'all opt-out 1', 'deals unsubscribed']);
      expect(events.map(({ kind, reason }) => [kind, reason])).to.deep.equal([['withdrawn', REVIEWED]]);
      expect(events[0]?.shown === null, 'words in the ledger that nobody saw').to.equal(says.length === 0);
      expect(spoken(replies)).to.deep.equal(says);
      // A text of their own that says STOP is answered where this opt-out was not.
      const origin = person.suppressions.find(({ kind }) => kind === 'opt-out')?.origin;
      expect(origin && sourceOf(origin)).to.equal(source);
    });
  }

  for (const afterMs of [0, 5 * MINUTE + 1]) {
    it(`keeps what the person confirmed since when decided as an opt-out ${afterMs === 0 ? 'at once' : 'later'}`, () => {
      const both = ['JOIN', 'YES', 'ORDERS', 'YES'];
      const { person, events, replies } = optOut(afterMs, held(both, ['JOIN', 'YES']));
      expect(stateOf(person)).to.deep.equal([
        'all hold 1 deals:1 *:1',
        'deals subscribed deals',
        'orders unsubscribed',
        'program:orders opt-out 1',
      ]);
      expect(events.map(({ kind, scope, reason }) => [kind, scope, reason])).to.deep.equal([
        ['withdrawn', 'program:orders', REVIEWED],
        ['released', 'all', 'the person confirmed since'],
      ]);
      expect(replies).to.deep.equal([]);
    });
  }

  /** Who texted, and when a text of theirs was read that was no word of the rules, and what they texted after it. */
  const read = (before: string[], since: string[], held: string[] = []) => {
    const talk = converse();
    for (const body of [...held, ...before]) talk.text(body);
    const { now } = talk;
    talk.wait(1);
    for (const body of since) talk.text(body);
    return { person: talk.person, at: now };
  };

  for (const afterMs of [0, 5 * MINUTE + 1]) {
    it(`keeps what the person confirmed after words that were not held, decided ${afterMs === 0 ? 'at once' : 'later'}`, () => {
      const { person, at } = read(['ORDERS', 'YES'], ['JOIN', 'YES']);
      const outcome = optOut(afterMs, person, at);
      expect(stateOf(outcome.person)).to.deep.equal([
        ...['deals subscribed deals', 'orders unsubscribed', 'program:orders opt-out 1'],
      ]);
      expect(outcome.events.map(({ kind, scope, reason }) => [kind, scope, reason])).to.deep.equal([
        ['withdrawn', 'program:orders', REVIEWED],
      ]);
      expect([outcome.replies, outcome.person.seq]).to.deep.equal([[], person.seq + 1]);
    });
  }

  it('keeps it also when the decided words are newer than a hold, which ends', () => {
    const { person, at } = read(['ORDERS', 'YES', UNSURE], ['JOIN', 'YES'], ['JOIN', 'YES']);
    const { person: after, events } = optOut(0, person, at);
    expect(stateOf(after)).to.include.members(['all hold 1 deals:1 *:1', 'deals subscribed deals']);
    expect(stateOf(after)).to.include('orders unsubscribed');
    expect(events.map(({ kind }) => kind)).to.deep.equal(['withdrawn', 'released']);
  });

  it('writes nothing when everything was confirmed after words that were not held', () => {
    const { person, at } = read([], ['JOIN', 'YES']);
    const outcome = optOut(0, person, at, true);
    expect(outcome).to.deep.equal({ person, events: [], replies: [] });
  });

  it('writes only a missing wrong-number mark when the same text already ended everything', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', UNSURE]) talk.text(body);
    const at = talk.person.suppressions[0]?.since ?? new Date(0);
    const decided = optOut(0, talk.person).person;
    talk.wait(8 * DAY);
    talk.sweep();
    for (const person of [talk.person, decided]) {
      expect(stateOf(person)).to.include('all opt-out 1');
      expect(optOut(0, person, at)).to.deep.equal({ person, events: [], replies: [] });
      const marked = optOut(0, person, at, true);
      expect([marked.person.wrongNumberAt, marked.person.seq]).to.deep.equal([at, person.seq + 1]);
      expect(marked.events.map(({ kind, scope, reason }) => [kind, scope, reason])).to.deep.equal([
        ['withdrawn', 'all', `${REVIEWED} (wrong number)`],
      ]);
      const again = { person: marked.person, events: [], replies: [] };
      expect(optOut(0, marked.person, at, true)).to.deep.equal(again);
      expect(optOut(0, person, new Date(at.getTime() + 1)).events, 'of another text').to.have.length(1);
    }
  });

  it('ends a question asked after it and what is on hold since', () => {
    const asked = read(['ORDERS', 'YES'], ['JOIN']);
    expect(stateOf(optOut(0, asked.person, asked.at).person)).to.include.members([
      ...['deals unsubscribed', 'orders unsubscribed'],
    ]);
    const doubted = read([], ['JOIN', 'YES', UNSURE]);
    expect(stateOf(optOut(0, doubted.person, doubted.at).person)).to.include('deals unsubscribed');
  });

  it('marks a wrong number even when it spares something, as its reason says', () => {
    const person = held(['JOIN', 'YES', 'ORDERS', 'YES'], ['JOIN', 'YES']);
    const outcome = optOut(0, person, undefined, true);
    expect(outcome.events[0]?.reason).to.equal(`${REVIEWED} (wrong number)`);
    expect(outcome.person.wrongNumberAt).to.deep.equal(person.suppressions[0]?.since);
  });

  it('is no opt-out when everything was confirmed since, and marks nobody', () => {
    const since = ['RESUME', 'YES'];
    const { person, events } = optOut(5 * MINUTE + 1, held(['JOIN', 'YES'], since), undefined, true);
    expect(person.wrongNumberAt ?? null).to.equal(null);
    expect(stateOf(person)).to.deep.equal(['all hold 1 deals:1 *:1', 'deals subscribed deals']);
    expect(events.map(({ kind }) => kind)).to.deep.equal(['released']);
  });

  it('ends what was confirmed before the text that was decided', () => {
    const person = held(['JOIN', 'YES'], ['RESUME', 'YES']);
    const later = person.subscriptions[0]?.basis?.at ?? new Date(0);
    expect(stateOf(optOut(0, person, later).person)).to.include('deals unsubscribed');
  });
});

describe('ending of a hold', () => {
  const chain = (kinds: EventKind[]) =>
    kinds.map((kind, at) => ({ seq: at + 1, kind, scope: 'all', actor: 'x', recordedAt: new Date(at) }));
  const cases: [what: string, kinds: EventKind[], back: number, seq: number | null][] = [
    ['is not told while it stands', ['held'], 0, null],
    ['is told by a release', ['held', 'released'], 0, 2],
    ['is told by an opt-out', ['withdrawn', 'held', 'withdrawn', 'withdrawn'], 0, 3],
    ['is told of an earlier one', ['held', 'released', 'held', 'withdrawn'], 1, 2],
    ['is told of the last one', ['held', 'released', 'held', 'withdrawn'], 0, 4],
    ['is not known where the chain has none', ['withdrawn'], 0, null],
    ['is not known of one before the chain', ['held', 'released'], 1, null],
  ];
  for (const [what, kinds, back, seq] of cases) {
    it(`${what}`, () => expect(endingOfHold(chain(kinds), back)[0]?.seq ?? null).to.equal(seq));
  }

  it('includes every entry of one opt-out that spared a program, and no other entry', () => {
    const of = (seq: number, kind: EventKind, scope: string, actor = 'key:a', at = seq) =>
      ({ seq, kind, scope, actor, recordedAt: new Date(at) }) as const;
    const entries = [
      of(1, 'held', 'all', 'person'),
      of(2, 'withdrawn', 'program:club', 'person'),
      of(3, 'withdrawn', 'program:orders', 'key:a', 9),
      of(4, 'withdrawn', 'program:cellar', 'key:a', 9),
      of(5, 'released', 'all', 'key:a', 9),
      of(6, 'withdrawn', 'program:deals', 'key:a', 9),
    ];
    expect(endingOfHold(entries, 0).map(({ seq }) => seq)).to.deep.equal([3, 4, 5]);
  });
});
