import { expect } from 'chai';
import { MESSAGE_CLASSES, type MessageClass } from '../../../src/domain/sending/lanes.ts';
import {
  ANSWER_SEARCHES,
  AT_LEAST_ONCE,
  areAlike,
  couldBe,
  type Listed,
  type Lost,
  nextStep,
  OTHER_SEARCHES,
  type OutcomeSearch,
} from '../../../src/domain/sending/unknown-outcome.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 5, 12) + seconds * 1000);
const look = (seconds: number, found = 0, epoch = 1): OutcomeSearch => ({ at: at(seconds), epoch, found });
const REPEATS = { transactional: true };

/** Whoever waits for one of these has written to us. */
const OTHERS: readonly MessageClass[] = ['transactional', 'marketing'];
const ANSWERS = MESSAGE_CLASSES.filter((of) => !OTHERS.includes(of));

/** Answers that the rules of the carriers do not let fail to come. */
const REQUIRED: readonly MessageClass[] = ['help', 'required-answer'];

describe('recovery after a crash', () => {
  it('searches for a message that is not found again ten minutes later', () => {
    expect(OTHER_SEARCHES.first).to.equal(0);
    for (const of of OTHERS) {
      const step = nextStep({ class: of, epoch: 1 }, [look(0)], REPEATS);
      expect(step, of).to.deep.equal({ kind: 'look-again', at: at(600) });
    }
  });

  it('searches for an answer after 15 seconds and again at 60 seconds', () => {
    expect(ANSWER_SEARCHES.first).to.equal(15_000);
    for (const of of ANSWERS) {
      const step = nextStep({ class: of, epoch: 1 }, [look(15)], AT_LEAST_ONCE);
      expect(step, of).to.deep.equal({ kind: 'look-again', at: at(60) });
    }
  });

  it('plans HELP and required answers again after two vain searches, and nothing else', () => {
    for (const of of MESSAGE_CLASSES) {
      const { kind } = nextStep({ class: of, epoch: 1 }, [look(0), look(600)], AT_LEAST_ONCE);
      expect(kind, of).to.equal(REQUIRED.includes(of) ? 'plan-again' : 'final');
    }
  });

  it('plans transactional messages again on request, but never marketing, prompts or confirmations', () => {
    for (const of of MESSAGE_CLASSES) {
      const { kind } = nextStep({ class: of, epoch: 1 }, [look(0), look(600)], REPEATS);
      const isWanted = of === 'transactional' || REQUIRED.includes(of);
      expect(kind, of).to.equal(isWanted ? 'plan-again' : 'final');
    }
  });

  it('plans a required answer again once, unless a similar message was found or an attempt left', () => {
    for (const of of REQUIRED) {
      const first = [look(15), look(60)];
      const second = [...first, look(100, 0, 2), look(145, 0, 2)];
      expect(nextStep({ class: of, epoch: 2 }, second.slice(0, 3), AT_LEAST_ONCE), of).to.deep.equal({
        kind: 'look-again',
        at: at(145),
      });
      expect(nextStep({ class: of, epoch: 2 }, second, AT_LEAST_ONCE).kind, of).to.equal('final');
      const found = [look(15, 1), look(60)];
      expect(nextStep({ class: of, epoch: 1 }, found, AT_LEAST_ONCE).kind, of).to.equal('final');
      const left = { class: of, epoch: 1, extraSids: ['SM1'] };
      expect(nextStep(left, first, AT_LEAST_ONCE).kind, of).to.equal('final');
    }
  });

  it('plans a transactional message again once, unless a similar message was found', () => {
    const second = { class: 'transactional' as const, epoch: 2 };
    const before = [look(0), look(600)];
    const retried = [...before, look(700, 0, 2)];
    expect(nextStep(second, retried, REPEATS)).to.deep.equal({ kind: 'look-again', at: at(1300) });
    expect(nextStep(second, [...retried, look(1300, 0, 2)], REPEATS).kind).to.equal('final');
    const found = [look(0, 2), look(600, 0)];
    expect(nextStep({ ...second, epoch: 1 }, found, REPEATS).kind).to.equal('final');
  });

  it('plans no message again when an earlier attempt turned out to have left', () => {
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

  it('matches a listed message only by sender, recipient, text and time together', () => {
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

  it('treats two messages of ours as alike when a listed one could be either', () => {
    const other = (seconds: number) => ({ ...lost, since: at(seconds), until: at(seconds + 3) });
    expect(areAlike(lost, other(63))).to.equal(true);
    expect(areAlike(other(63), lost)).to.equal(true);
    expect(areAlike(lost, other(64))).to.equal(false);
    expect(areAlike(lost, { ...lost, text: 'Hi' })).to.equal(false);
  });
});
