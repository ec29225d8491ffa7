import { expect } from 'chai';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { addSubscriber } from '../../support/people.ts';
import { type JourneyHarness, startJourneyHarness } from './journey-harness.ts';
import { journeyScenes, putWords, send } from './journey-scenes.ts';

describe('journeys that are changed while a worker looks', () => {
  let harness: JourneyHarness;
  before(async () => {
    harness = await startJourneyHarness();
    await putWords(harness);
  });
  after(() => harness.stop());
  const { put, post, started, someone, runs, rowsOf, look } = journeyScenes(() => harness, '149');

  /** A context in which something happens right before the `nth` write of runs at once, or right after the first that moves many. */
  const disturbed = (nth: number | 'moved', happens: () => Promise<unknown>): AppContext => {
    let writes = 0;
    let moved = false;
    const handler: ProxyHandler<AppContext['store']['journeyRuns']> = {
      get: (target, name) => {
        const found = Reflect.get(target, name);
        if (typeof found !== 'function') return found;
        const moves = name === 'updateMany';
        if (name !== 'bulkWrite' && !moves) return found.bind(target);
        return async (...given: unknown[]) => {
          if (!moves) writes += 1;
          if (!moves && writes === nth) await happens();
          const result = await found.apply(target, given);
          if (moves && nth === 'moved' && !moved) await happens();
          moved ||= moves;
          return result;
        };
      },
    };
    const journeyRuns = new Proxy(harness.context.store.journeyRuns, handler);
    return { ...harness.context, store: { ...harness.context.store, journeyRuns } };
  };
  const lookOn = (owner: string, context: AppContext) => {
    harness.passTime(21_000);
    return harness.lookWith(harness.driver(owner), context);
  };
  const speaking = async (language: 'en' | 'es' | 'fr', contact: string) =>
    harness.gateway.store.contacts.updateOne({ _id: contact }, { $set: { language } });
  const whoSpeak = (language: string) => ({
    trigger: { kind: 'segment', segment: { kind: 'language', oneOf: [language] } },
  });

  it('move a person who begins during a move to the step they wait for, past none', async () => {
    const steps = [send('a', { hours: 1 }), send('b', { hours: 1 })];
    const driver = await started('move', { steps });
    const [here, late] = [await someone(), await someone()];
    await harness.recordEvent(here.contact, 'move');
    await look(driver);
    await put('move', { steps: [...steps, send('c', { hours: 1 })], people: 'move' });
    const [run] = await runs('move');
    if (run === undefined) throw new Error('nobody is in it');
    const other = { ...run, _id: `${late.contact}.move.1`, contact: late.contact };
    // Right after the first step was moved, and before the others are.
    const begins = () => harness.gateway.store.journeyRuns.insertOne(other);
    await lookOn('mover', disturbed('moved', begins));
    await look(harness.driver('after'));
    const stand = (await runs('move')).map(({ version, step, open }) => [version, step, open]);
    expect(stand).to.deep.equal([
      [2, 'a', true],
      [2, 'a', true],
    ]);
    await post('move', 'stop');
  });

  it('take in nobody of the old segment after a new start, and everybody of the new one', async () => {
    const [old, recent] = [await someone(), await someone()];
    await speaking('fr', old.contact);
    await speaking('es', recent.contact);
    await started('swap', whoSpeak('fr'));
    const anew = async () => {
      await post('swap', 'stop');
      expect((await put('swap', whoSpeak('es'))).body.version).to.equal(2);
      expect((await post('swap', 'start', { belonging: true })).status).to.equal(200);
    };
    await lookOn('late', disturbed(1, anew));
    expect(await rowsOf(old.contact)).to.have.length(0);
    await look(harness.driver('next'));
    expect((await runs('swap')).map(({ contact, version }) => [contact, version])).to.deep.equal([
      [recent.contact, 2],
    ]);
    await post('swap', 'stop');
    for (const { contact } of [old, recent]) await speaking('en', contact);
  });

  it('record what they sent to a person who left meanwhile', async () => {
    await started('halt', { steps: [send('a'), send('b', { hours: 1 })] });
    const { contact } = await someone();
    await harness.recordEvent(contact, 'halt');
    await lookOn(
      'slow',
      disturbed(2, () => post('halt', 'stop')),
    );
    const [row] = await rowsOf(contact);
    const [run] = await runs('halt');
    expect([run?.reason, run?.step]).to.deep.equal(['stopped', 'b']);
    expect(run?.done.map(({ step, did, delivery }) => [step, did, delivery])).to.deep.equal([
      ['a', 'sent', row?._id],
    ]);
    await started('last');
    await harness.recordEvent(contact, 'last');
    await lookOn(
      'slower',
      disturbed(2, () => post('last', 'stop')),
    );
    expect((await runs('last')).map(({ reason, done }) => [reason, done.length])).to.deep.equal([
      ['stopped', 1],
    ]);
  });

  it('do no further slice of steps once they are paused', async () => {
    const { ring, indexOf, store } = harness.context;
    let at = 0;
    const number = (): string => `+1555150${String(at++).padStart(4, '0')}`;
    const added = await Promise.all(
      Array.from({ length: 201 }, () => addSubscriber(store, { ring, indexOf, number })),
    );
    await store.contacts.updateMany(
      { _id: { $in: added.map(({ id }) => id) } },
      { $set: { language: 'fr' } },
    );
    await started('many', whoSpeak('fr'));
    await lookOn(
      'busy',
      disturbed(2, () => post('many', 'pause')),
    );
    const waiting = (await runs('many')).filter(({ done }) => done.length === 0);
    expect(waiting.map(({ open }) => open)).to.deep.equal([true]);
  });
});
