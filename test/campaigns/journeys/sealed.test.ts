import { expect } from 'chai';
import { type JourneyHarness, startJourneyHarness } from './journey-harness.ts';
import { journeyScenes, putWords, send } from './journey-scenes.ts';

/** A segment that leaves out staff. */
const NOT_STAFF = {
  kind: 'none',
  of: [{ kind: 'field', name: 'second_mail', test: { kind: 'starts-with', value: 'staff' } }],
};
const SEALED = 'which are kept sealed; no segment can ask it. Save it without that clause';

describe('a journey that asks a field that was sealed after its save', () => {
  let harness: JourneyHarness;
  before(async () => {
    harness = await startJourneyHarness();
    await putWords(harness);
  });
  after(() => harness.stop());
  const { put, post, started, someone, runs, rowsOf, look } = journeyScenes(() => harness, '147');

  const define = (identifies: 'mailbox' | null) =>
    harness.gateway.store.contactFields.updateOne(
      { _id: 'second_mail' },
      { $set: { type: 'text', label: 'Second mail', identifies, used: true } },
      { upsert: true },
    );
  const stateOf = async (id: string) => (await harness.client('get', `/journeys/${id}`)).body.state;

  it('takes nobody in by its segment, is paused, and says why when it is resumed', async () => {
    await define(null);
    const trigger = { kind: 'segment', segment: NOT_STAFF };
    const driver = await started('all-but-staff', { trigger });
    await define('mailbox');
    await someone();
    await look(driver);
    expect(await stateOf('all-but-staff')).to.equal('paused');
    await look(driver);
    expect(await runs('all-but-staff')).to.deep.equal([]);
    const again = await post('all-but-staff', 'start', { belonging: true });
    expect([again.status, again.text]).to.satisfy(([status, text]: [number, string]) => {
      return status === 409 && text.includes(SEALED);
    });
  });

  it('does no step that asks the field, and goes on once people are moved to a version without it', async () => {
    await define(null);
    const driver = await started('asks', { steps: [send('a', { hours: 1 }, { only_if: NOT_STAFF })] });
    const { contact } = await someone();
    await harness.recordEvent(contact, 'asks');
    await look(driver);
    await define('mailbox');
    harness.passTime(3_600_000);
    await look(driver);
    expect(await stateOf('asks')).to.equal('paused');
    const { paused_by } = (await harness.client('get', '/journeys/asks')).body;
    expect(paused_by.by).to.equal('rule');
    expect(paused_by.sentence).to.contain(SEALED);
    expect(await rowsOf(contact)).to.deep.equal([]);
    const again = await put('asks', { steps: [send('a', { hours: 2 }, { only_if: NOT_STAFF })] });
    expect([again.status, again.text]).to.satisfy(
      ([status, text]: [number, string]) => status === 422 && text.includes('no segment can ask it'),
    );
    const saved = await put('asks', { steps: [send('a', { hours: 1 })], people: 'move' });
    expect(saved.status, saved.text).to.equal(200);
    expect((await post('asks', 'start')).status).to.equal(200);
    await look(driver);
    expect(await rowsOf(contact)).to.have.length(1);
  });

  it('cannot be started while people are in an older version that asks the field, and says why', async () => {
    await define(null);
    const driver = await started('older', { steps: [send('a', { hours: 1 }, { only_if: NOT_STAFF })] });
    const { contact } = await someone();
    await harness.recordEvent(contact, 'older');
    await look(driver);
    expect((await put('older', { steps: [send('a', { hours: 1 })], people: 'finish' })).status).to.equal(200);
    await define('mailbox');
    harness.passTime(3_600_000);
    await look(driver);
    expect(await stateOf('older')).to.equal('paused');
    const again = await post('older', 'start');
    expect(again.status).to.equal(409);
    expect(again.text).to.contain(SEALED);
    const moved = await put('older', { steps: [send('a', { hours: 1 })], people: 'move' });
    expect([moved.status, moved.body.version], moved.text).to.deep.equal([200, 2]);
    expect((await post('older', 'start')).status).to.equal(200);
    harness.passTime(3_600_000);
    await look(driver);
    expect(await stateOf('older')).to.equal('running');
    expect(await rowsOf(contact)).to.have.length(1);
  });
});
