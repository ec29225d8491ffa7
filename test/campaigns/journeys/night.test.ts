import { expect } from 'chai';
import { EMPTY_PROFILE } from '../../../src/domain/contacts/profile.ts';
import { DAY, type JourneyHarness, startJourneyHarness } from './journey-harness.ts';
import { journeyScenes, putWords, send } from './journey-scenes.ts';

const HOUR = 3_600_000;

describe('a journey whose program has quiet hours', () => {
  let harness: JourneyHarness;
  before(async () => {
    harness = await startJourneyHarness();
    await putWords(harness);
    await harness.gateway.store.programs.updateOne({ _id: 'deals' }, { $unset: { quietHours: '' } });
    await harness.context.catalog.refresh();
  });
  after(() => harness.stop());
  const { started, someone, runs, rowsOf, look } = journeyScenes(() => harness, '193');

  it('evaluates a step at the hour at which its message may leave, not in the night before', async () => {
    const onlyIf = { kind: 'none', of: [{ kind: 'did', event: 'purchase' }] };
    const driver = await started('remind', { steps: [send('a', {}, { only_if: onlyIf })] });
    const [{ contact: buys }, { contact: not }] = [await someone(), await someone()];
    // Seven in UTC: night, wherever in the US.
    harness.passTime((31 * HOUR - (harness.now().getTime() % DAY)) % DAY);
    for (const contact of [buys, not]) await harness.recordEvent(contact, 'remind');
    await look(driver);
    const due = (await runs('remind')).map(({ dueAt }) => dueAt.getTime());
    expect([due.length, Math.min(...due) > harness.now().getTime()]).to.deep.equal([2, true]);
    expect(await Promise.all([buys, not].map(rowsOf))).to.deep.equal([[], []]);
    await harness.recordEvent(buys, 'purchase');
    harness.passTime(Math.max(...due) - harness.now().getTime());
    await look(driver);
    const sent = await Promise.all([buys, not].map(async (contact) => (await rowsOf(contact)).length));
    expect(sent).to.deep.equal([0, 1]);
  });

  it('ends the message of a person for whom no hour is allowed, and goes on', async () => {
    const driver = await started('nowhere');
    const { contact } = await someone();
    const place = { ...EMPTY_PROFILE.place, state: 'ME', zone: 'Pacific/Guam' };
    const profile = { ...EMPTY_PROFILE, place };
    await harness.gateway.store.contacts.updateOne({ _id: contact }, { $set: { profile } });
    await harness.recordEvent(contact, 'nowhere');
    await look(driver);
    const [row] = await rowsOf(contact);
    await harness.dispatch();
    const { body } = await harness.client('get', `/deliveries/${row?._id}`);
    expect(body.sentence).to.contain('No hour of the next eight days is permitted in every place');
    expect(body.state).to.equal('skipped');
    expect((await runs('nowhere')).map(({ reason }) => reason)).to.deep.equal(['completed']);
  });
});
