import { expect } from 'chai';
import fc from 'fast-check';
import type { JourneyStep } from '../../../src/domain/journeys/journey.ts';
import { decideStep, firstPosition, type Position } from '../../../src/domain/journeys/steps.ts';
import { asks, facts, later, message, NOW, SINCE, step } from './builders.ts';

/** One thing that happens: a process looks, some minutes later; it may die before the message, or before the note. */
type Tick = { after: number; dies: 'before' | 'between' | 'never'; runs: number[] };

type Way = { position: Position | null; sent: string[]; messages: Set<string> };

const aStep = fc.record({
  minutes: fc.integer({ min: 0, max: 3 }),
  sends: fc.boolean(),
  asks: fc.constantFrom(null, true, false),
  ends: fc.boolean(),
});
type Drawn = { minutes: number; sends: boolean; asks: boolean | null; ends: boolean };

const stepsOf = (drawn: Drawn[]): JourneyStep[] =>
  drawn.map(({ minutes, sends, asks: holds, ends }, at) =>
    step(`s${at}`, {
      wait: { minutes },
      onlyIf: holds === null ? null : asks,
      otherwise: ends ? 'end' : 'skip',
      message: sends ? message : null,
    }),
  );

/** A look at one run: what it says goes into the world as a process would write it, up to where it dies. */
function look(way: Way, steps: JourneyStep[], drawn: Drawn[], now: Date, dies: Tick['dies']): void {
  if (way.position === null || way.position.dueAt > now || dies === 'before') return;
  const { step: id } = way.position;
  const holds = drawn[Number(id.slice(1))]?.asks !== false;
  const run = { ...way.position, program: 'deals', since: SINCE, done: [] };
  const turn = decideStep(run, { steps }, facts({ holds, written: way.messages.has(id) }), now);
  if (turn.do === 'send') {
    if (!way.messages.has(id)) way.sent.push(id);
    way.messages.add(id);
    if (dies === 'between') return;
  }
  if (turn.do === 'end') way.position = null;
  else if (turn.do !== 'wait') way.position = turn.next;
}

const begin = (steps: JourneyStep[]): Way => ({
  position: firstPosition({ steps }, NOW, NOW),
  sent: [],
  messages: new Set(),
});

describe('journey under any order of polls and crashes', () => {
  it('sends every person the same messages in the same order, each once', () => {
    fc.assert(
      fc.property(
        fc.array(aStep, { minLength: 1, maxLength: 8 }),
        fc.array(
          fc.record({
            after: fc.integer({ min: 0, max: 5 }),
            dies: fc.constantFrom('before' as const, 'between' as const, 'never' as const),
            runs: fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 4 }),
          }),
          { maxLength: 30 },
        ),
        (drawn, ticks: Tick[]) => {
          const steps = stepsOf(drawn);
          const calm = begin(steps);
          for (let minute = 0; calm.position !== null && minute < 60; minute += 1) {
            look(calm, steps, drawn, later(minute), 'never');
          }
          const people = [begin(steps), begin(steps), begin(steps)];
          let minute = 0;
          for (const { after, dies, runs } of ticks) {
            minute += after;
            for (const at of runs) {
              const way = people[at];
              if (way !== undefined) look(way, steps, drawn, later(minute), dies);
            }
          }
          for (const way of people) {
            for (let more = 0; way.position !== null && more < 60; more += 1) {
              look(way, steps, drawn, later(minute + more), 'never');
            }
            expect(way.sent).to.deep.equal(calm.sent);
            expect(way.position).to.equal(null);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
