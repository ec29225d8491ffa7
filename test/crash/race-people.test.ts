import { expect } from 'chai';
import { stampsIn } from '../../scripts/crash/race/evidence/stamps.ts';
import { faultsOf, KILLS, PROCESSES } from '../../scripts/crash/race/faults.ts';
import { peopleOf } from '../../scripts/crash/race/people.ts';
import { offerOf } from '../../scripts/crash/race/plan-rows.ts';
import { RACE_PROGRAMS } from '../../scripts/crash/race/programs.ts';
import { HOLD_BODIES, holds, stopScope, UNKNOWN_BODY } from '../../scripts/crash/race/scenes.ts';
import { isUnanswered } from '../../src/domain/inbox.ts';
import { countParts } from '../../src/domain/text/parts.ts';
import { programWordsOf } from '../../src/domain/words/program-words.ts';
import { readText } from '../../src/domain/words/read-text.ts';
import { wordRulesAt } from '../../src/domain/words/word-rules.ts';

const SIZE = { people: 400, rows: 10, stopping: 94 };

const WORDS = programWordsOf(RACE_PROGRAMS);

describe('people and faults of a race', () => {
  it('depend only on the seed and the number of the step', () => {
    expect(peopleOf(7, 3, SIZE)).to.deep.equal(peopleOf(7, 3, SIZE));
    expect(faultsOf(7, 3)).to.deep.equal(faultsOf(7, 3));
    expect(peopleOf(7, 3, SIZE)).not.to.deep.equal(peopleOf(8, 3, SIZE));
    expect(faultsOf(7, 3)).not.to.deep.equal(faultsOf(7, 4));
  });

  it('have a number of their own in every step', () => {
    const numbers = [1, 2, 3].flatMap((step) =>
      peopleOf(7, step, SIZE).map((person) => person.number.slice(5)),
    );
    expect(new Set(numbers).size).to.equal(3 * SIZE.people);
  });

  it('include every standing, with messages planned for all', () => {
    const cast = peopleOf(7, 1, SIZE);
    const standings = new Set(cast.map((person) => person.standing));
    expect([...standings]).to.have.members(['subscribed', 'pending', 'refused', 'gone']);
    expect(cast.every((person) => person.rows.length > 0)).to.equal(true);
  });

  it('get messages of one part and of more, which end in their token', () => {
    const parts = peopleOf(7, 1, SIZE).flatMap((person) => person.rows.map((row) => row.parts));
    const long = parts.filter((part) => part > 1);
    expect([...new Set(parts)].sort()).to.deep.equal([1, 2, 3]);
    expect(long.length / parts.length).to.be.within(0.05, 0.2);
    const token = '0a-_8D176nuyjabh8SU06obPBf';
    for (const part of new Set(parts)) {
      expect(countParts(offerOf(part, token)).parts).to.equal(part);
      expect(offerOf(part, token)).to.match(/#0a-_8D176nuyjabh8SU06obPBf$/);
    }
  });

  it('opt out in the requested share of the subscribed', () => {
    const silent = peopleOf(7, 1, { ...SIZE, stopping: 0 }).filter(
      (person) => person.standing === 'subscribed',
    );
    const stopping = peopleOf(7, 1, { ...SIZE, stopping: 100 }).filter(
      (person) => person.standing === 'subscribed',
    );
    const bodies = silent.flatMap(({ lines }) =>
      lines.flatMap(({ moves }) => moves.map((move) => (move.do === 'text' ? move.body : move.do))),
    );
    const ending = (body: string) => body === 'opt-out' || stopScope(body) !== null || holds(body);
    expect(bodies.filter(ending)).to.deep.equal([]);
    expect(stopping.every(({ lines }) => lines.length > 0)).to.equal(true);
  });

  it('opt out in every way there is', () => {
    const moves = peopleOf(7, 1, SIZE).flatMap((person) => person.lines.flatMap((line) => line.moves));
    const bodies = moves.flatMap((move) => (move.do === 'text' && stopScope(move.body) ? [move.body] : []));
    expect([...new Set(bodies)]).to.have.members([
      'STOP',
      'UNSUBSCRIBE',
      'take me off this list please',
      'STOP DEALS',
    ]);
    const kinds = new Set(moves.map((move) => move.do));
    expect([...kinds]).to.have.members(['text', 'again', 'opt-out', 'message', 'opt-in', 'staff-answer']);
    expect(bodies.length).to.be.above(SIZE.people / 2);
  });

  it('include staff answers beside a STOP, and words that may be an opt-out', () => {
    const people = peopleOf(7, 1, SIZE).map(({ lines }) => lines.map((line) => line.moves));
    const raced = people.filter(
      (lines) =>
        lines.some((moves) => moves.some((move) => move.do === 'staff-answer')) &&
        lines.some((moves) => moves.some((move) => move.do === 'text' && move.body === 'STOP')),
    );
    const held = people.filter((lines) =>
      lines.flat().some((move) => move.do === 'text' && holds(move.body)),
    );
    expect([raced.length > SIZE.people / 40, held.length > SIZE.people / 20]).to.deep.equal([true, true]);
  });

  it('use words that the gateway reads as intended', () => {
    const kindOf = (body: string) => readText(body, WORDS, wordRulesAt(new Date())).kind;
    expect(HOLD_BODIES.map(kindOf)).to.deep.equal(HOLD_BODIES.map(() => 'unsure'));
    expect(isUnanswered(readText(UNKNOWN_BODY, WORDS, wordRulesAt(new Date())))).to.equal(true);
    expect(['STOP', 'UNSUBSCRIBE', 'take me off this list please'].map(kindOf)).to.deep.equal(
      Array(3).fill('stop-all'),
    );
  });

  it('include kills of workers and web processes, and freezes shorter and longer than a lease', () => {
    const faults = faultsOf(7, 1);
    const kills = faults.filter((fault) => fault.act === 'kill').map((fault) => fault.process.slice(0, 3));
    expect(kills).to.have.lengthOf(KILLS).and.to.include.members(['wor', 'web']);
    const [short = 0, long = 0] = faults
      .flatMap((fault) => (fault.act === 'stop' ? fault.frozenMs : []))
      .sort();
    expect([short < 3000, long > 3250]).to.deep.equal([true, true]);
  });

  it('include in each step one kill of a worker, one of a web process and one freeze at a random moment', () => {
    const unnamed = Array.from({ length: 60 }, (_, step) =>
      faultsOf(7, step).filter((fault) => fault.point === null),
    );
    const kinds = unnamed.map((faults) =>
      faults.map((fault) => `${fault.act} ${fault.process.slice(0, 3)}`).sort(),
    );
    for (const ofStep of kinds) {
      expect(ofStep).to.include.members(['kill wor', 'kill web']);
      expect(ofStep).to.have.lengthOf(3);
      expect(ofStep.filter((kind) => kind.startsWith('stop'))).to.have.lengthOf(1);
    }
    expect([...new Set(unnamed.flat().map((fault) => fault.process))]).to.have.members([...PROCESSES]);
    const freezes = unnamed.flat().filter((fault) => fault.act === 'stop');
    expect([...new Set(freezes.map((freeze) => freeze.process))]).to.have.members([...PROCESSES]);
    expect(new Set(freezes.map((freeze) => freeze.frozenMs < 3000)).size).to.equal(2);
  });

  it('include freezes of each process, and of a web process between an opt-out and its answer', () => {
    const freezes = Array.from({ length: 60 }, (_, step) => faultsOf(7, step)).flatMap((faults) =>
      faults.filter((fault) => fault.act === 'stop'),
    );
    expect([...new Set(freezes.map((freeze) => freeze.process))]).to.have.members([...PROCESSES]);
    const ofWeb = freezes.filter((freeze) => freeze.process.startsWith('web')).map((freeze) => freeze.point);
    expect(ofWeb).to.include.members(['stop-committed', 'stop-drained', 'before-answer']);
    // Twenty a second at most pass one process: a trap at the hundredth would spring anywhere.
    const nths = freezes.flatMap((freeze) => (freeze.process.startsWith('web') ? freeze.nth : []));
    expect(Math.max(...nths)).to.be.at.most(4);
  });
});

describe('notes of the processes', () => {
  it('are read line by line, without a line that a kill cut short', () => {
    const text =
      'begun ab-1.2 28555 10 20 -\nbegun cd.1 28556 30 200000040 frozen\nspooled SM1\nended ab-1.2 50\nbeg';
    const { begun, spooled } = stampsIn(text);
    expect([...spooled]).to.deep.equal(['SM1']);
    expect(begun).to.deep.equal([
      {
        delivery: 'ab-1',
        epoch: 2,
        sender: '28555',
        checked: 10n,
        written: 20n,
        frozen: false,
        ended: 50n,
        struck: false,
      },
      {
        delivery: 'cd',
        epoch: 1,
        sender: '28556',
        checked: 30n,
        written: 200000040n,
        frozen: true,
        ended: null,
        struck: false,
      },
    ]);
  });
});
