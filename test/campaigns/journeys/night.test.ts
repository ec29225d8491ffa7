import { expect } from 'chai';
import { EMPTY_PROFILE } from '../../../src/domain/contacts/profile.ts';
import { DAY, type Rig, startRig } from './rig.ts';
import { putWords, scenesOf, send } from './scenes.ts';

const HOUR = 3_600_000;

describe('a journey whose program keeps quiet hours', () => {
  let rig: Rig;
  before(async () => {
    rig = await startRig();
    await putWords(rig);
    await rig.gateway.store.models.programs.updateOne({ _id: 'deals' }, { $unset: { quietHours: '' } });
    await rig.context.catalog.refresh();
  });
  after(() => rig.stop());
  const { started, someone, runs, rowsOf, look } = scenesOf(() => rig, '193');

  it('asks at the hour at which the message may leave, not in the night before', async () => {
    const onlyIf = { kind: 'none', of: [{ kind: 'did', event: 'purchase' }] };
    const driver = await started('remind', { steps: [send('a', {}, { only_if: onlyIf })] });
    const [{ contact: buys }, { contact: not }] = [await someone(), await someone()];
    // Seven in UTC: night, wherever in the US.
    rig.pass((31 * HOUR - (rig.now().getTime() % DAY)) % DAY);
    for (const contact of [buys, not]) await rig.did(contact, 'remind');
    await look(driver);
    const due = (await runs('remind')).map(({ dueAt }) => dueAt.getTime());
    expect([due.length, Math.min(...due) > rig.now().getTime()]).to.deep.equal([2, true]);
    expect(await Promise.all([buys, not].map(rowsOf))).to.deep.equal([[], []]);
    await rig.did(buys, 'purchase');
    rig.pass(Math.max(...due) - rig.now().getTime());
    await look(driver);
    const sent = await Promise.all([buys, not].map(async (one) => (await rowsOf(one)).length));
    expect(sent).to.deep.equal([0, 1]);
  });

  it('ends the message of whom no hour suits where it is seen, and goes on, instead of waiting for an hour day after day', async () => {
    const driver = await started('nowhere');
    const { contact } = await someone();
    const place = { ...EMPTY_PROFILE.place, state: 'ME', zone: 'Pacific/Guam' };
    const profile = { ...EMPTY_PROFILE, place };
    await rig.gateway.store.contacts.updateOne({ _id: contact }, { $set: { profile } });
    await rig.did(contact, 'nowhere');
    await look(driver);
    const [row] = await rowsOf(contact);
    await rig.dispatch();
    const { body } = await rig.client('get', `/deliveries/${row?._id}`);
    expect(body.sentence).to.contain('No hour of the next eight days is permitted in every place');
    expect(body.state).to.equal('skipped');
    expect((await runs('nowhere')).map(({ reason }) => reason)).to.deep.equal(['completed']);
  });
});
