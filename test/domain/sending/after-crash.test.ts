import { expect } from 'chai';
import {
  AT_LEAST_ONCE,
  areAlike,
  couldBe,
  type Listed,
  type Look,
  type Lost,
  nextStep,
} from '../../../src/domain/sending/after-crash.ts';
import { MESSAGE_CLASSES } from '../../../src/domain/sending/classes.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 5, 12) + seconds * 1000);
const look = (seconds: number, found = 0, epoch = 1): Look => ({ at: at(seconds), epoch, found });
const REPEATS = { transactional: true };

describe('after a crash', () => {
  it('a message that is not found is looked for again ten minutes later', () => {
    const step = nextStep({ class: 'transactional', epoch: 1 }, [look(0)], REPEATS);
    expect(step).to.deep.equal({ kind: 'look-again', at: at(600) });
  });

  it('after two looks in vain it stays unknown, of whatever class, unless its class is configured otherwise', () => {
    for (const of of MESSAGE_CLASSES) {
      const step = nextStep({ class: of, epoch: 1 }, [look(0), look(600)], AT_LEAST_ONCE);
      expect(step, of).to.deep.equal({ kind: 'final' });
    }
  });

  it('only information may be planned again at all: never marketing, an answer, a prompt or a confirmation', () => {
    for (const of of MESSAGE_CLASSES) {
      const { kind } = nextStep({ class: of, epoch: 1 }, [look(0), look(600)], REPEATS);
      expect(kind, of).to.equal(of === 'transactional' ? 'plan-again' : 'final');
    }
  });

  it('it is planned again once, and not where something like it was found', () => {
    const second = { class: 'transactional' as const, epoch: 2 };
    const before = [look(0), look(600)];
    const retried = [...before, look(700, 0, 2)];
    expect(nextStep(second, retried, REPEATS)).to.deep.equal({ kind: 'look-again', at: at(1300) });
    expect(nextStep(second, [...retried, look(1300, 0, 2)], REPEATS).kind).to.equal('final');
    const found = [look(0, 2), look(600, 0)];
    expect(nextStep({ ...second, epoch: 1 }, found, REPEATS).kind).to.equal('final');
  });

  it('it is not planned again where an earlier attempt turned out to have left', () => {
    const row = { class: 'transactional' as const, epoch: 2, extraSids: ['SM1'] };
    const looks = [look(0, 0, 2), look(600, 0, 2)];
    expect(nextStep(row, looks, REPEATS).kind).to.equal('final');
    expect(nextStep({ ...row, extraSids: [] }, looks, REPEATS).kind).to.equal('plan-again');
  });

  const lost: Lost = { from: '28555', to: '+15551240001', text: 'Hello', since: at(0), until: at(3) };
  const listed: Listed = {
    sid: 'SM1',
    from: '28555',
    to: '+15551240001',
    body: 'Hello',
    createdAt: at(1),
  };

  it('it is one of the list only where sender, recipient, text and time all fit', () => {
    expect(couldBe(listed, lost)).to.equal(true);
    const others: Partial<Listed>[] = [
      { from: '+15550100199' },
      { from: null },
      { to: '+15551240002' },
      { body: 'Hello ' },
      { createdAt: at(-31) },
      { createdAt: at(34) },
    ];
    for (const other of others)
      expect(couldBe({ ...listed, ...other }, lost), JSON.stringify(other)).to.equal(false);
    for (const edge of [-30, 33]) expect(couldBe({ ...listed, createdAt: at(edge) }, lost)).to.equal(true);
  });

  it('two of ours can be taken for each other where a listed one could be either', () => {
    const other = (seconds: number) => ({ ...lost, since: at(seconds), until: at(seconds + 3) });
    expect(areAlike(lost, other(63))).to.equal(true);
    expect(areAlike(other(63), lost)).to.equal(true);
    expect(areAlike(lost, other(64))).to.equal(false);
    expect(areAlike(lost, { ...lost, text: 'Hi' })).to.equal(false);
  });
});
