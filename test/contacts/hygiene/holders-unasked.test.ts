import { expect } from 'chai';
import { MongoServerError } from 'mongodb';
import { checkReassignedNumbers } from '../../../src/contacts/reassigned-numbers.ts';
import { DoneInPart } from '../../../src/domain/reports/job-counts.ts';
import type { Lookup, LookupAnswer } from '../../../src/sending/twilio/lookup.ts';
import { readTurn } from '../../../src/store/contacts/reassigned-numbers.ts';
import { type BounceHarness, openBounceHarness } from '../../receipts/hygiene/bounce-harness.ts';
import { spied } from '../../support/spied.ts';

const PEOPLE = 12;
const FREE = { most: 100, goOn: () => true };
const SAME: LookupAnswer = {
  kind: 'told',
  told: {
    ...{ valid: true, line: null, untoldLine: 'not-told', carrier: null },
    ...{ reassigned: 'no', untoldReassigned: null },
  },
};

/** Counts what would be waited, and waits for nothing. */
const passing = (waited: { ms: number }) => async (ms: number) => {
  waited.ms += ms;
};

describe('numbers that may have a new holder, while Lookup or the database is away', () => {
  let ground: BounceHarness;
  before(async () => {
    ground = await openBounceHarness({ lookup: true });
    for (let at = 0; at < PEOPLE; at += 1) await ground.addPerson();
  });
  beforeEach(async () => {
    const { store } = ground.gateway;
    await store.contacts.updateMany({}, { $unset: { holderCheck: 1 } });
    await store.numberFacts.deleteMany({});
    await store.marks.deleteMany({ _id: /^(reassigned numbers|lookup budget)/ });
  });
  after(() => ground.close());

  const asking = (look: (number: string) => LookupAnswer) => {
    const lookup: Lookup = { look: async ({ number }) => look(number), close: async () => undefined };
    return { ...ground.context, lookup };
  };

  it('are looked up in the same run once Lookup answers again, and none loses its turn', async () => {
    let looks = 0;
    const context = asking(() => {
      looks += 1;
      if (looks <= 8) return { kind: 'failed' };
      return looks <= 16 ? { kind: 'paused' } : SAME;
    });
    const ran = await checkReassignedNumbers(context, { ...FREE, pause: passing({ ms: 0 }) });
    expect(ran).to.include({ asked: PEOPLE, same: PEOPLE, not_asked: 0 });
    expect(await readTurn(context.store)).to.equal(null);
  });

  it('cost one look-up each ten seconds while Lookup pauses, and all are looked up afterwards', async () => {
    const [looks, waited] = [{ paused: 0, told: 0 }, { ms: 0 }];
    const context = asking(() => {
      const isPaused = waited.ms < 60_000;
      looks[isPaused ? 'paused' : 'told'] += 1;
      return isPaused ? { kind: 'paused' } : SAME;
    });
    const goOn = (): boolean => looks.paused < 40;
    const done = await checkReassignedNumbers(context, { ...FREE, goOn, pause: passing(waited) });
    expect(looks).to.deep.equal({ paused: 8 + 5, told: PEOPLE });
    expect(done).to.include({ asked: PEOPLE, not_asked: 0 });
  });

  it('let the run end within a second while Lookup pauses', async () => {
    const waited = { ms: 0 };
    const context = asking(() => ({ kind: 'paused' }));
    const goOn = (): boolean => waited.ms < 12_500;
    const done = await checkReassignedNumbers(context, { ...FREE, goOn, pause: passing(waited) });
    expect(waited.ms).to.equal(13_000);
    expect(done).to.include({ asked: 0, not_asked: PEOPLE });
  });

  it('delay nobody when one of them gets no answer, which is looked up three times', async () => {
    const first = new Map<string, number>();
    const context = asking((number) => {
      first.set(number, (first.get(number) ?? 0) + 1);
      return number === [...first.keys()][0] ? { kind: 'failed' } : SAME;
    });
    expect(await checkReassignedNumbers(context, FREE)).to.include({ asked: PEOPLE - 1, not_asked: 1 });
    expect([...first.values()]).to.deep.equal([3, ...Array(PEOPLE - 1).fill(1)]);
  });

  it('are counted though the rest cannot be', async () => {
    const failing = (failure: Error) => {
      const context = asking(() => SAME);
      const count = () => {
        throw failure;
      };
      return {
        ...context,
        store: { ...context.store, contacts: spied(context.store.contacts, 'countDocuments', count) },
      };
    };
    const late = new MongoServerError({ message: 'too late', code: 50 });
    const ran = await checkReassignedNumbers(failing(late), FREE);
    expect(ran).to.include({ asked: PEOPLE, same: PEOPLE }).and.not.to.have.property('not_asked');
    const failed = await checkReassignedNumbers(failing(new Error('away')), FREE).catch(
      (error: unknown) => error,
    );
    expect(failed).to.be.instanceOf(DoneInPart).and.to.include({ message: 'away' });
    expect((failed as DoneInPart).counts)
      .to.include({ asked: 0 })
      .and.not.to.have.property('not_asked');
  });
});
