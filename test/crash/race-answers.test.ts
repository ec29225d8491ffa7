import { expect } from 'chai';
import { reconcile } from '../../scripts/crash/race/counts/reconcile.ts';
import { handOversOf } from '../../scripts/crash/race/evidence/collect.ts';
import type { ChainEntry, RaceEvidence } from '../../scripts/crash/race/evidence/evidence.ts';
import type { LedgerLine } from '../../scripts/crash/race/evidence/ledger-lines.ts';
import { answerMore, stopAgain } from './race-answers-planted.ts';
import { answeredByHand, asked, entry, handOver, healthy, lose, text } from './race-evidence.ts';

const changed = (...changes: ((it: RaceEvidence) => unknown)[]): RaceEvidence => {
  const it = healthy();
  for (const change of changes) change(it);
  return it;
};

/** An entry between the two STOPs of `stopAgain`, whose place in the chain is then one later. */
const between = (fields: Partial<ChainEntry>) => (it: RaceEvidence) => {
  const entries = it.people[0]?.entries ?? [];
  const last = entries.pop() as ChainEntry;
  entries.push({ ...entry(5, 'withdrawn', 'act-1', 91), ...fields }, { ...last, seq: 6 });
};

const setScopes = (first: string, second: string) => (it: RaceEvidence) => {
  const [earlier, later] = (it.people[0]?.entries ?? []).filter(({ kind }) => kind === 'withdrawn');
  for (const [which, scope] of [
    [earlier, first],
    [later, second],
  ] as const) {
    Object.assign(which as object, { scope, kind: scope === 'all' ? 'withdrawn' : 'topic-off' });
  }
  for (const [sid, scope] of [
    ['stop', first],
    ['stop-2', second],
  ] as const) {
    const body = scope === 'all' ? 'STOP' : 'STOP DEALS';
    Object.assign(it.texts.find((text) => text.sid === sid) as object, { body });
  }
  const scopes = [...new Set([first, second])];
  Object.assign(it.people[0] as object, {
    standing: scopes.map((scope) => ({ scope, programs: ['deals', 'orders', 'stylist'] })),
  });
};

const ended = (it: RaceEvidence): void => {
  lose(it, 'd-stop');
  it.handOvers.splice(
    it.handOvers.findIndex((handOver) => handOver.delivery === 'd-stop'),
    1,
  );
};

const TOPIC = 'topic:deals/deals';

const CASES: [title: string, evidence: RaceEvidence, found: Record<string, number>][] = [
  [
    'nothing in two answers that one transaction wrote',
    changed((it) => answerMore(it, 'd-more', 'help', 'help', true)),
    {},
  ],
  [
    'nothing in an answer of staff beside ours',
    changed((it) => {
      it.texts.push(text('more', 'where is my parcel', 112, 114));
      answerMore(it, 'd-more', 'more', 'staff-answer', false);
    }),
    {},
  ],
  ['nothing in an answer of staff alone', answeredByHand(healthy(), 95, 120), {}],
  [
    'two answers of one text by what the database has beside its own',
    changed(
      (it) => answerMore(it, 'd-more', 'help', 'help', false),
      (it) => answerMore(it, 'd-most', 'help', 'help', false),
    ),
    { answeredTwice: 2 },
  ],
  ['nothing where the confirmation of the first STOP never left', changed(stopAgain, ended), {}],
  [
    'nothing where an opt-out by another door came between, whose confirmation nobody heard',
    changed(stopAgain, between({ cause: 'act-1' }), (it) => it.asked.push(asked('act-1', null))),
    {},
  ],
  [
    'nothing where the person was asked anew between',
    changed(stopAgain, between({ kind: 'prompted', program: 'deals', scope: null, cause: null })),
    {},
  ],
  [
    'nothing where they were asked after the first STOP came, though that was recorded later',
    changed(stopAgain, (it) => {
      for (const entry of it.people[0]?.entries.slice(0, 2) ?? []) entry.wall = 72;
    }),
    {},
  ],
  [
    'nothing where the first ended a topic and the second everything',
    changed(stopAgain, setScopes(TOPIC, 'all')),
    {},
  ],
  [
    'a topic that is ended and confirmed twice',
    changed(stopAgain, setScopes(TOPIC, TOPIC)),
    { confirmedTwice: 1 },
  ],
  [
    'a topic that is ended and confirmed after everything was',
    changed(stopAgain, setScopes('all', TOPIC)),
    { confirmedTwice: 1 },
  ],
  [
    'a third confirmation although a STOP between got none',
    changed(stopAgain, between({ cause: 'stop-0' }), (it) => it.texts.push(text('stop-0', 'STOP', 91, 92))),
    { confirmedTwice: 1 },
  ],
];

describe('reconciliation of second answers and second confirmations', () => {
  for (const [title, evidence, expected] of CASES) {
    it(`finds ${title}`, () => {
      const { found } = reconcile(evidence);
      const wrong = Object.entries(found).filter(([, list]) => list.length > 0);
      expect(Object.fromEntries(wrong.map(([name, list]) => [name, list.length]))).to.deep.equal(expected);
    });
  }

  it('finds a double by its delivery beside a double by its text', () => {
    const evidence = healthy();
    evidence.handOvers.push(
      handOver('d-help', 111, { epoch: 2, body: 'help' }),
      handOver('message-1', 112, { body: 'ordered #act-1' }),
      handOver('message-2', 113, { body: 'ordered #act-1' }),
    );
    expect(reconcile(evidence).found.doubled).to.have.length(2);
  });

  it('counts a reply in the answer of a webhook as a message without a row', () => {
    const url = 'http://127.0.0.1:1/webhooks/twilio/status?d=ab-1.2';
    const times = { begunAt: '1', headersAt: null, answeredAt: null, leftAt: null, at: new Date(0) };
    const lines = ['create', 'ignored', 'twiml', 'inbound'].map((kind) => ({
      kind,
      sid: 'SM1',
      url,
      ...times,
    }));
    const met = handOversOf(lines as unknown as LedgerLine[]).map(({ delivery, made }) => [delivery, made]);
    expect(met).to.deep.equal([
      ['ab-1', true],
      [null, true],
      [null, true],
    ]);
  });

  it('concludes nothing from a text without a record', () => {
    const evidence = changed((it) => answerMore(it, 'd-more', 'help', 'help', false));
    Object.assign(evidence.texts.find((text) => text.sid === 'help') as object, { answers: null });
    expect(reconcile(evidence).found.answeredTwice).to.deep.equal([]);
  });
});
