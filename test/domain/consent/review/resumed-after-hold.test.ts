import { expect } from 'chai';
import { REVIEWED } from '../../../../src/domain/consent/ledger-reasons.ts';
import { optOutByReview } from '../../../../src/domain/consent/staff-review.ts';
import { raiseSuppression } from '../../../../src/domain/consent/suppression.ts';
import { type ConsentCell, table } from '../cells.ts';
import {
  BOOK,
  CLUB_NUMBER,
  type Conversation,
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
const ASKED = ['requested', 'prompted'];
const PROMPT = ['prompt prompt en'];
const SILENCE = ['reply not-subscribed en'];

/** These texts, a hold that its timer ends, and these. */
const timedOut =
  (before: string[], ...since: string[]) =>
  (talk: Conversation): void => {
    for (const body of [...before, UNSURE]) talk.text(body);
    talk.wait(7 * DAY);
    talk.sweep();
    for (const body of since) talk.text(body);
  };

/** Staff reads the words of the hold as an opt-out, a day later. */
function decided(talk: Conversation, wrongNumber = false): void {
  talk.wait(DAY);
  const receivedAt = talk.person.suppressions.find(({ kind }) => kind === 'hold')?.since ?? talk.now;
  const reading = { kind: 'stop-all', by: 'scored', wrongNumber, language: null } as const;
  const sender = BOOK.senders.find(({ number }) => number === SHOP) ?? null;
  const act = {
    channel: 'VIA_TEXT',
    number: SHOP,
    receivedAt,
    words: '',
    carrier: SILENT_CARRIER,
    readBy: 'staff',
  } as const;
  talk.learn((person, now) => {
    const full = { ...act, reading: { ...reading, rule: REVIEWED, rules: 'review-1' } };
    const turn = { person, act: full, book: BOOK, sender, say, disclosure, newId: () => 'p' };
    return optOutByReview(turn, now);
  });
}

/** Before the timer of the hold ran, just now. */
const earlier = ({ now }: Conversation): Date => new Date(now.getTime() - 1000);

describe('RESUME after a hold that silently ended in an opt-out', () => {
  table([
    [
      'asks, as the notice of the hold said',
      timedOut(['JOIN', 'YES']),
      'RESUME',
      { state: ['all hold 1 *:1', 'all opt-out 1', 'deals pending'], events: ASKED, says: PROMPT },
    ],
    [
      'asks where it came before the timer ran, and is worked on after it',
      timedOut(['JOIN', 'YES']),
      (talk) => void talk.text('RESUME', SHOP, { at: earlier(talk) }),
      { state: ['all hold 1 *:1', 'all opt-out 1', 'deals pending'], events: ASKED, says: PROMPT },
    ],
    [
      'does nothing where it came before a STOP of a program, of which the hold knew nothing',
      (talk) => {
        for (const body of ['JOIN', 'YES', 'ORDERS', 'YES', UNSURE]) talk.text(body);
        talk.wait(7 * DAY);
        talk.text('STOP ORDERS');
        talk.sweep();
      },
      (talk) => void talk.text('RESUME', SHOP, { at: earlier(talk) }),
      { events: ['ineffective: older than the last opt-out'] },
    ],
    [
      'does nothing where a STOP came before the timer too, and is worked on after it',
      (talk) => {
        timedOut(['JOIN', 'YES'])(talk);
        talk.text('STOP', SHOP, { at: earlier(talk) });
      },
      (talk) => void talk.text('RESUME', SHOP, { at: new Date(earlier(talk).getTime() + 500) }),
      { events: ['ineffective: older than the last opt-out'] },
    ],
    [
      'lifts the opt-out by the YES to that question alone',
      timedOut(['JOIN', 'YES'], 'RESUME'),
      'YES',
      {
        state: ['all hold 1 *:1 deals:1', 'all opt-out 1 deals:1', 'deals subscribed deals'],
        events: ['confirmed'],
        says: ['reply welcome en'],
      },
    ],
    [
      'asks about one program after the other',
      timedOut(['JOIN', 'YES', 'ORDERS', 'YES'], 'RESUME', 'YES'),
      'RESUME',
      { events: ASKED, says: PROMPT },
    ],
    [
      'ends no question that is open: it says what answers that',
      timedOut(['JOIN', 'YES', 'ORDERS', 'YES'], 'RESUME'),
      'RESUME',
      { says: ['joining-help not-answered en'] },
    ],
    [
      'asks where staff decided so in silence',
      (talk) => {
        for (const body of ['JOIN', 'YES', UNSURE]) talk.text(body);
        decided(talk);
      },
      'RESUME',
      { events: ASKED, says: PROMPT },
    ],
    [
      'asks nobody who said that the number is not theirs',
      (talk) => {
        for (const body of ['JOIN', 'YES', UNSURE]) talk.text(body);
        decided(talk, true);
      },
      'RESUME',
      { held: SILENCE },
    ],
    ...(
      [
        ['after it', timedOut(['JOIN', 'YES'], 'STOP')],
        ['before it, of the program', timedOut(['ORDERS', 'YES', 'STOP ORDERS'])],
        ['before it, of a topic of the program', timedOut(['JOIN', 'YES', '2', 'STOP DEALS'])],
        [
          'that staff read an older text after',
          (talk) => {
            for (const body of ['JOIN', 'YES', UNSURE]) talk.text(body);
            talk.wait(1000);
            talk.text('STOP');
            decided(talk);
          },
        ],
      ] as [string, (talk: Conversation) => void][]
    ).map(
      ([when, given]): ConsentCell => [
        `asks nothing where a STOP of their own stands, ${when}`,
        given,
        'RESUME',
        { held: SILENCE },
      ],
    ),
    [
      'asks about what the hold ended, and not what their own STOP did',
      timedOut(['JOIN', 'YES', 'STOP', 'ORDERS', 'YES']),
      'RESUME',
      {
        state: ['all hold 1 *:1', 'all opt-out 2 orders:1', 'deals unsubscribed', 'orders pending'],
        events: ASKED,
        says: PROMPT,
      },
    ],
    [
      'from another number says what to text where',
      timedOut(['JOIN', 'YES']),
      (talk) => void talk.text('RESUME', CLUB_NUMBER),
      { says: ['joining-help resume-away en'] },
    ],
  ]);

  it('ends a pause first, where there is one', () => {
    const talk = converse();
    for (const body of ['JOIN', 'YES', 'ORDERS', 'YES', UNSURE, 'JOIN', 'YES']) talk.text(body);
    talk.wait(7 * DAY);
    talk.sweep();
    talk.text('PAUSE');
    expect(spoken(talk.text('RESUME').said)).to.deep.equal(['reply resume en']);
    expect(spoken(talk.text('RESUME').said)).to.deep.equal(PROMPT);
    talk.text('YES');
    expect(stateOf(talk.person)).to.include('orders subscribed orders');
  });

  it('asks nothing when an opt-out by another number or the carrier stands', () => {
    const talk = converse();
    timedOut(['JOIN', 'YES'])(talk);
    talk.learn((person, at) => {
      const row = {
        scope: 'all',
        kind: 'opt-out',
        at,
        origin: { by: 'carrier-error', code: '21610' },
      } as const;
      return { person: { ...person, suppressions: raiseSuppression(person.suppressions, row) }, events: [] };
    });
    expect(talk.text('RESUME').said).to.deep.equal([]);
  });
});

describe('YES to a question that the end of a hold withdrew', () => {
  const LATE = { events: ['ineffective: too late'], says: ['joining-help yes-too-late en'] };
  const onTheLastDay = (talk: Conversation): void => {
    for (const body of ['JOIN', 'YES', UNSURE]) talk.text(body);
    talk.wait(6 * DAY);
    talk.text('RESUME');
    talk.wait(DAY);
    talk.sweep();
  };
  table([
    ['says how to be asked again', onTheLastDay, 'YES', LATE],
    [
      'says it once',
      (talk) => {
        onTheLastDay(talk);
        talk.text('YES');
      },
      'YES',
      { events: ['ineffective: too late'], held: ['reply yes-too-late en'] },
    ],
    [
      'says it where staff ended the hold',
      (talk) => {
        for (const body of ['JOIN', 'YES', UNSURE]) talk.text(body);
        talk.wait(1000);
        talk.text('RESUME');
        decided(talk);
      },
      'YES',
      LATE,
    ],
    [
      'says nothing where it came before the words that were held',
      onTheLastDay,
      (talk) => void talk.text('YES', SHOP, { at: new Date(talk.now.getTime() - 8 * DAY) }),
      { events: ['ineffective: older than the last opt-out'] },
    ],
    [
      'says nothing after a STOP of their own',
      (talk) => {
        onTheLastDay(talk);
        talk.text('STOP');
      },
      'YES',
      { events: ['ineffective: no open prompt'], held: ['reply yes-nothing-open en'] },
    ],
  ]);
});
