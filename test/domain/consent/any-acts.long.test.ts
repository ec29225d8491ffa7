import { expect } from 'chai';
import fc from 'fast-check';
import type { ConsentState } from '../../../src/domain/consent/consent-state.ts';
import type { LedgerDraft } from '../../../src/domain/consent/decision.ts';
import { suppressionFault, unfounded } from '../../../src/domain/consent/ledger-faults.ts';
import {
  generationOf,
  isStanding,
  type Suppression,
  standingRows,
} from '../../../src/domain/consent/suppression.ts';
import { topicVerdict } from '../../../src/domain/sending/message-plan.ts';
import { anySteps, type Step, take } from './any-acts.ts';
import { BOOK, type Conversation, converse, DAY } from './conversation.ts';

/** A run of one's own: `SEED=… npx mocha …` repeats it. */
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

type Moment = {
  before: ConsentState;
  after: ConsentState;
  step: Step;
  events: LedgerDraft[];
  talk: Conversation;
  at: Date;
};
type Rule = (moment: Moment, past: Moment[]) => void;

/** The ledger since the newest opt-out of everything or of this program. */
function sinceLeaving(ledger: readonly LedgerDraft[], program: string): LedgerDraft[] {
  const left = ledger.findLastIndex(
    ({ kind, scope }) => kind === 'withdrawn' && (scope === 'all' || scope === `program:${program}`),
  );
  return ledger.slice(left + 1);
}

const confirmedIn = (events: readonly LedgerDraft[], program: string): boolean =>
  events.some((event) => event.kind === 'confirmed' && event.program === program);

const RULES: Record<string, Rule> = {
  'is subscribed only by a confirmation after the last opt-out in scope': ({ after, talk }) => {
    for (const { program, state } of after.subscriptions) {
      if (state === 'subscribed')
        expect(confirmedIn(sinceLeaving(talk.ledger, program), program)).to.equal(true);
    }
  },
  'may be texted about nothing but what was confirmed since': ({ after, talk }) => {
    for (const program of BOOK.programs) {
      for (const { id } of program.topics) {
        const verdict = topicVerdict(after, BOOK, program, id, talk.now);
        if (!verdict.allowed) continue;
        const since = sinceLeaving(talk.ledger, program.id);
        expect(confirmedIn(since, program.id)).to.equal(true);
        const said = since.findLast(
          (event) =>
            ['confirmed', 'topic-on', 'topic-off'].includes(event.kind) &&
            event.program === program.id &&
            event.topics.includes(id),
        );
        expect(said?.kind).to.be.oneOf(['confirmed', 'topic-on']);
      }
    }
  },
  'says nothing of itself that its ledger, told anew, does not': ({ after, talk, at }) => {
    const entries = talk.ledger.map((ledgerDraft, place) => ({ ...ledgerDraft, seq: place + 1 }));
    const chain = entries.map((entry) => ({
      ...entry,
      actor: 'person',
      channel: 'VIA_TEXT' as const,
      actedAt: at,
      recordedAt: at,
    }));
    expect(unfounded(after, chain)).to.equal(null);
    expect(suppressionFault(after.suppressions, [chain])).to.equal(null);
  },
  'keeps every suppression, whose generation and lifts only rise, no lift above its generation': ({
    before,
    after,
  }) => {
    const same = (row: Suppression) => (suppression: Suppression) =>
      suppression.scope === row.scope && suppression.kind === row.kind;
    for (const row of before.suppressions) {
      const next = after.suppressions.find(same(row));
      expect(next?.generation ?? -1).to.be.at.least(row.generation);
      expect(next?.since.getTime() ?? -1).to.be.at.least(row.since.getTime());
      for (const [program, upTo] of Object.entries(row.lifts)) {
        expect(next?.lifts[program] ?? -1).to.be.at.least(upTo);
      }
    }
    for (const row of after.suppressions) {
      for (const upTo of Object.values(row.lifts)) expect(upTo).to.be.at.most(row.generation);
    }
  },
  'has the generation raised by every opt-out, repeated ones too': ({ before, after, events }) => {
    for (const { kind, scope } of events) {
      if (scope === null || (kind !== 'withdrawn' && kind !== 'topic-off')) continue;
      const raised = generationOf(after.suppressions, scope, 'opt-out');
      expect(raised).to.be.above(generationOf(before.suppressions, scope, 'opt-out'));
    }
  },
  'has an opt-out lifted for the one program that was confirmed, or a topic of it turned on': ({
    before,
    after,
    events,
  }) => {
    for (const row of after.suppressions) {
      if (row.kind === 'carrier') continue;
      const old = before.suppressions.find(({ scope, kind }) => scope === row.scope && kind === row.kind);
      const lifted = Object.keys(row.lifts).filter((program) => row.lifts[program] !== old?.lifts[program]);
      for (const program of lifted) {
        const by = events.find(({ kind }) => ['confirmed', 'topic-on', 'withdrawn'].includes(kind));
        if (program === '*') {
          expect(row.kind).to.equal('hold');
          const released = events.some(({ kind }) => kind === 'released');
          if (!released) expect(by?.kind).to.equal('withdrawn');
          // Its own timer may leave nothing but what was confirmed since.
          const left = after.subscriptions.filter(({ state }) => released && state === 'subscribed');
          for (const subscription of left)
            expect(isStanding(old ?? row, subscription.program)).to.equal(false);
        } else if (by?.kind === 'topic-on') expect(row.scope).to.match(/^topic:/);
        else expect([by?.kind, by?.program]).to.deep.equal(['confirmed', program]);
      }
    }
  },
  'has one open question a number at most, and one open wherever an answer is awaited': ({ after }) => {
    const open = after.prompts.filter(({ state }) => state === 'open');
    expect(new Set(open.map(({ number }) => number)).size).to.equal(open.length);
    for (const { program, state } of after.subscriptions) {
      if (state === 'pending') expect(open.map((prompt) => prompt.program)).to.include(program);
    }
  },
  'has no topic on that no confirmed question named and the person did not turn on': ({ after, talk }) => {
    for (const { program, state, topics } of after.subscriptions) {
      if (state !== 'subscribed') expect(topics).to.deep.equal([]);
      const named = sinceLeaving(talk.ledger, program).flatMap((event) =>
        ['confirmed', 'topic-on'].includes(event.kind) && event.program === program ? event.topics : [],
      );
      expect(named).to.include.members(topics);
    }
  },
  'is opted in by no ordinary text, and asked nothing for one': ({ step, events }) => {
    if (step.do !== 'text' || !step.ordinary) return;
    const kinds = events.map(({ kind }) => kind);
    expect(kinds).to.not.include.oneOf(['requested', 'prompted', 'affirmed', 'confirmed', 'topic-on']);
  },
  'is asked by no other door while opted out or on hold': ({ before, step, events, talk }) => {
    if (step.do !== 'door' || !events.some(({ kind }) => kind === 'prompted')) return;
    const program = BOOK.programs.find(({ id }) => id === step.program);
    const sender = program?.numbers[0] ?? '';
    for (const topic of [null, ...(program?.joinTopics ?? [])]) {
      const target = { program: step.program, topic, sender, service: null };
      expect(standingRows(before.suppressions, target), String(talk.now)).to.deep.equal([]);
    }
  },
  'is asked by other doors once a program and day, three times in 30 days': ({ step, events, at }, past) => {
    if (step.do !== 'door' || !events.some(({ kind }) => kind === 'prompted')) return;
    const asked = past.filter((moment) => moment.events.some(({ kind }) => kind === 'prompted'));
    const within = (ms: number): Moment[] =>
      asked.filter((moment) => at.getTime() - moment.at.getTime() < ms);
    const about = (moment: Moment): boolean =>
      moment.events.some(({ kind, program }) => kind === 'prompted' && program === step.program);
    expect(within(DAY).filter(about)).to.deep.equal([]);
    expect(within(30 * DAY).length).to.be.below(3);
  },
  'has a ledger as long as its last entry says': ({ after, talk }) => {
    expect(after.seq).to.equal(talk.ledger.length);
  },
};

/** Conversations that every rule is held against. */
const RUNS = 150;

describe(`random sequence of acts of one person (seed ${SEED})`, () => {
  it('keeps every consent rule, and meets consents, opt-outs, holds and refusals', () => {
    const met = new Map<string, number>();
    fc.assert(
      fc.property(anySteps, (steps) => {
        const talk = converse();
        const past: Moment[] = [];
        for (const step of steps) {
          const [before, length] = [talk.person, talk.ledger.length];
          // Every act is judged by when it reached us.
          const at = new Date(talk.now.getTime() - (step.do === 'text' ? step.ageMs : 0));
          take(talk, step);
          const moment = { before, after: talk.person, step, events: talk.ledger.slice(length), talk, at };
          for (const [title, rule] of Object.entries(RULES)) holds(title, () => rule(moment, past));
          past.push(moment);
        }
        for (const { kind } of talk.ledger) met.set(kind, (met.get(kind) ?? 0) + 1);
      }),
      { seed: SEED, numRuns: RUNS },
    );
    for (const kind of [
      'confirmed',
      'withdrawn',
      'held',
      'topic-on',
      'topic-off',
      'expired',
      'carrier-blocked',
    ]) {
      expect(met.get(kind) ?? 0, kind).to.be.above(0);
    }
  });
});

/** Says which rule was broken. */
function holds(title: string, check: () => void): void {
  try {
    check();
  } catch (cause) {
    throw new Error(`not so: a person ${title}`, { cause });
  }
}
