import { expect } from 'chai';
import fc from 'fast-check';
import { suppressNumber } from '../../../../src/domain/consent/consent-end.ts';
import type { ConsentState } from '../../../../src/domain/consent/consent-state.ts';
import { type BarrierRule, numberRule } from '../../../../src/domain/consent/ledger-reasons.ts';
import type { NotOverturned, OverturnEntry } from '../../../../src/domain/consent/overturn.ts';
import { release } from '../../../../src/domain/consent/staff-review.ts';
import { topicVerdict } from '../../../../src/domain/sending/message-plan.ts';
import { readText } from '../../../../src/domain/words/read-text.ts';
import { isInterpreted } from '../../../../src/domain/words/reading.ts';
import { COMPILED_WORD_RULES, type CompiledWordRules } from '../../../../src/domain/words/word-rules.ts';
import { anySteps } from '../any-acts.ts';
import { BOOK, DAY, stateOf } from '../conversation.ts';
import { type History, history } from './history.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const OUT = 'take me off this list';
const UNSURE = '🛑';
const STOP_SIGNS = '🛑🛑';

/** Someone who has said these things, and the number of their last opt-out of everything. */
function having(acts: readonly (string | number)[]): { past: History; seq: number } {
  const past = history();
  for (const act of acts) {
    if (typeof act === 'string') past.says(act);
    else for (const step of [{ do: 'wait', ms: act } as const, { do: 'sweep' } as const]) past.does(step);
  }
  const seq = past.chain.findLast(({ kind, scope }) => kind === 'withdrawn' && scope === 'all')?.seq ?? 0;
  return { past, seq };
}

describe('overturned opt-out', () => {
  const restored: [what: string, acts: (string | number)[], state: string[]][] = [
    [
      'leaves everything as it stood',
      ['JOIN', 'YES', 'ORDERS', 'YES', OUT],
      ['all opt-out 1 *:1', 'deals subscribed deals', 'orders subscribed orders'],
    ],
    [
      'gives back the topics that were on, and none that was turned off',
      ['JOIN', 'YES', 'NEWS', '3', 'OFF 1', OUT],
      ['all opt-out 1 *:1', 'deals subscribed news,events', 'topic:deals/deals opt-out 1'],
    ],
    [
      'was read from signs that say stop',
      ['JOIN', 'YES', STOP_SIGNS],
      ['all opt-out 1 *:1', 'deals subscribed deals'],
    ],
    ['gives back nothing where nothing was open', [OUT], ['all opt-out 1 *:1']],
    [
      'leaves an earlier opt-out standing for whom it stood',
      ['JOIN', 'YES', 'ORDERS', 'YES', 'STOP', 'JOIN', 'YES', OUT],
      ['all opt-out 2 deals:2', 'deals subscribed deals', 'orders unsubscribed'],
    ],
    [
      'leaves a program that was left by its name closed',
      ['JOIN', 'YES', 'ORDERS', 'YES', 'STOP ORDERS', OUT],
      ['all opt-out 1 *:1', 'deals subscribed deals', 'orders unsubscribed', 'program:orders opt-out 1'],
    ],
    [
      'asks no question again',
      ['JOIN', 'YES', 'ORDERS', OUT],
      ['all opt-out 1 *:1', 'deals subscribed deals', 'orders unsubscribed'],
    ],
    [
      'was a hold that its timer ended: it is released with it',
      ['JOIN', 'YES', UNSURE, 8 * DAY],
      ['all hold 1 *:1', 'all opt-out 1 *:1', 'deals subscribed deals'],
    ],
    [
      'may be followed by a question about help, and by a YES to nothing',
      ['JOIN', 'YES', OUT, 'HELP', 'YES', 'what?'],
      ['all opt-out 1 *:1', 'deals subscribed deals'],
    ],
  ];
  for (const [what, acts, state] of restored) {
    it(`${what}`, () => {
      const { past, seq } = having(acts);
      const done = past.overturn(seq);
      if ('not' in done) throw new Error(done.not);
      expect(stateOf(done.person)).to.deep.equal(state);
      expect(done.person.seq).to.equal(past.talk.person.seq + done.events.length);
      for (const event of done.events) expect(event).to.include({ kind: 'overturned', answers: seq });
    });
  }

  const refused: [what: string, acts: (string | number)[], not: NotOverturned][] = [
    ['was said by exact word', ['JOIN', 'YES', 'STOP'], 'own-word'],
    ['was said by exact word in Spanish', ['JOIN', 'YES', 'alto'], 'own-word'],
    ['was led by an opt-out word', ['JOIN', 'YES', 'stop texting me'], 'own-word'],
    ['was followed by STOP', ['JOIN', 'YES', OUT, 'STOP'], 'later-act'],
    ['was followed by the same words', ['JOIN', 'YES', OUT, OUT], 'later-act'],
    ['was followed by words that may be one', ['JOIN', 'YES', OUT, UNSURE], 'later-act'],
    ['was followed by STOP DEALS', ['JOIN', 'YES', OUT, 'STOP DEALS'], 'later-act'],
    ['was followed by NO', ['JOIN', 'YES', OUT, 'NO'], 'later-act'],
    ['was followed by PAUSE', ['JOIN', 'YES', OUT, 'PAUSE'], 'later-act'],
    ['was followed by JOIN: they are asked anyway', ['JOIN', 'YES', OUT, 'JOIN'], 'later-act'],
    ['came while other words were on hold', ['JOIN', 'YES', UNSURE, OUT], 'held-before'],
    [
      'came by the timer, with more words since the hold',
      ['JOIN', 'YES', UNSURE, UNSURE, 8 * DAY],
      'later-act',
    ],
  ];
  for (const [what, acts, not] of refused) {
    it(`is refused for an opt-out that ${what}`, () => {
      const { past, seq } = having(acts);
      const target =
        past.chain.find(({ kind, scope }) => kind === 'withdrawn' && scope === 'all')?.seq ?? seq;
      expect(past.overturn(target)).to.deep.equal({ not });
    });
  }

  it('is refused for an opt-out by a door or the carrier, and for an entry that is no opt-out of everything', () => {
    const { past } = having(['JOIN', 'YES', 'STOP DEALS']);
    past.does({ do: 'leave', scope: 'all' });
    expect(past.overturn(past.chain.length)).to.deep.equal({ not: 'door' });
    expect(past.overturn(past.chain.length - 1)).to.deep.equal({ not: 'no-opt-out' });
    expect(past.overturn(99)).to.deep.equal({ not: 'no-opt-out' });
    for (const reason of ['carrier error 21610', 'carrier:opt-out-type']) {
      const carrier = past.chain.map((entry) => ({ ...entry, actor: 'person', reason }));
      past.chain.splice(0, past.chain.length, ...carrier);
      expect(past.overturn(past.chain.length)).to.deep.equal({ not: 'carrier' });
    }
  });

  const found: [rule: BarrierRule, done: boolean][] = [
    [{ name: 'said-gone' }, false],
    [{ name: 'said-no-texts' }, false],
    [{ name: 'line-no-texts' }, false],
    [{ name: 'verification', refusal: 'landline' }, false],
    [{ name: 'failures', times: 3, withinDays: 30 }, true],
    [{ name: 'failures-of-sender', sender: '28555', times: 3, withinDays: 30 }, true],
  ];
  for (const [rule, done] of found) {
    const reason = numberRule(rule);
    it(`is ${done ? 'allowed' : 'refused'} when the number was suppressed since: ${reason}`, () => {
      const { past, seq } = having(['JOIN', 'YES', OUT]);
      past.talk.learn((person, at) => suppressNumber(person, { rule, at }));
      const last = past.chain.at(-1) as OverturnEntry;
      const entry = { ...last, kind: 'number-suppressed' as const, seq: seq + 1, scope: 'all', reason };
      past.chain.push({ ...entry, program: null, topics: [], answers: null, actor: 'job:bounce-sweep' });
      const outcome = past.overturn(seq);
      expect('not' in outcome ? outcome.not : null).to.equal(done ? null : 'number-gone');
    });
  }

  it('is refused when the number was reassigned after the consent that it closed', () => {
    const { past, seq } = having(['JOIN', 'YES', DAY, OUT]);
    const given = past.talk.person.subscriptions[0]?.basis?.at as Date;
    expect(past.overturn(seq, new Date(given.getTime() + 1))).to.deep.equal({ not: 'number-gone' });
    expect(past.overturn(seq, given)).to.have.property('person');
  });

  it('restores the pause that stood', () => {
    const { past, seq } = having(['JOIN', 'YES', 'PAUSE 20', OUT]);
    const until = past.before[seq - 1]?.pausedUntil;
    const done = past.overturn(seq);
    expect('person' in done && done.person.pausedUntil).to.deep.equal(until);
    expect(until).not.to.equal(null);
  });

  it('loses its mark as a wrong number', () => {
    const { past, seq } = having(['JOIN', 'YES', 'wrong number']);
    expect(past.talk.person.wrongNumberAt).to.be.instanceOf(Date);
    const done = past.overturn(seq);
    expect('person' in done && done.person.wrongNumberAt).to.equal(null);
  });

  it('is recognised as scored by the rule in the ledger', () => {
    const texts = [
      OUT,
      'STOP',
      'stop texting me',
      'please stop texting me',
      'wrong number',
      'lose my number now',
    ];
    for (const text of [
      ...texts,
      'numero equivocado',
      'arretez tout de suite',
      'borrame de la lista por favor',
      STOP_SIGNS,
    ]) {
      const reading = readText(text, { programs: [] }, COMPILED_WORD_RULES[0] as CompiledWordRules);
      const scored = reading.kind === 'stop-all' && reading.by === 'scored';
      if (reading.kind === 'stop-all') expect(isInterpreted(reading.rule), text).to.equal(scored);
    }
  });
});

/** Every topic that may be texted about now. */
const reachable = (person: ConsentState, now: Date): string[] =>
  BOOK.programs.flatMap((program) =>
    program.topics.flatMap(({ id }) =>
      topicVerdict(person, BOOK, program, id, now).allowed ? `${program.id}/${id}` : [],
    ),
  );

describe(`overturning after a random sequence of acts (seed ${SEED})`, () => {
  it('reaches exactly what was reached before the words, and a later opt-out always wins', () => {
    let overturned = 0;
    fc.assert(
      fc.property(anySteps, (steps) => {
        const past = history();
        for (const step of steps) {
          past.does(step);
          const { talk, chain, before } = past;
          for (const { seq, kind, scope, actor } of chain) {
            if (kind !== 'withdrawn' || scope !== 'all') continue;
            const done = past.overturn(seq);
            if ('not' in done) continue;
            const later = chain.slice(seq).map((entry) => entry.kind);
            expect(later).not.to.include.oneOf(['withdrawn', 'topic-off', 'held', 'refused', 'paused']);
            // A hold that the timer ended is released with it.
            const was = before[seq - 1] as ConsentState;
            const free = actor === 'person' ? was : (release(was)?.person ?? was);
            expect(reachable(done.person, talk.now)).to.have.members(reachable(free, talk.now));
            overturned += 1;
          }
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
    expect(overturned, 'nothing was overturned in these runs').to.be.above(20);
  });
});
