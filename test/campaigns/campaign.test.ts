import { expect } from 'chai';
import { type Client, fieldsOf, newClient } from '../api/client.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

const person = (at: number): string => `+1555127${String(at).padStart(4, '0')}`;

describe('a campaign, from its draft to its end', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
    for (let at = 1; at <= 6; at += 1) {
      await gateway.text(person(at), 'JOIN');
      if (at <= 4) await gateway.text(person(at), 'YES');
    }
    await gateway.text(person(4), 'STOP');
    await client('put', '/templates/offer', {
      body: { program: 'deals', texts: { en: '{brand}: {first_name|friend}, an offer' } },
    });
  });
  after(() => gateway.stop());

  const subscribed = { kind: 'subscription', state: 'subscribed', program: 'deals' };
  const draft = (id: string, segment: unknown = subscribed) =>
    client('put', `/campaigns/${id}`, {
      body: { name: id, program: 'deals', topic: 'deals', template: 'offer', segment },
    });
  const post = (id: string, how: string, body: Record<string, unknown> = {}) =>
    client('post', `/campaigns/${id}/${how}`, { body });
  const show = async (id: string) => (await client('get', `/campaigns/${id}`)).body;
  const finished = (id: string) =>
    until(`campaign ${id} is finished`, async () => (await show(id)).state === 'finished');
  const offers = async (at: number): Promise<number> =>
    (await gateway.received(person(at))).filter((text) => text.endsWith('an offer')).length;

  it('reaches each subscriber once and nobody else, and reports its progress', async () => {
    expect((await draft('first')).body).to.deep.include({ state: 'draft' });
    expect(await offers(1)).to.equal(0);
    expect((await post('first', 'start')).status).to.equal(200);
    await finished('first');
    await until(
      'the three offers are on the handsets',
      async () => (await offers(1)) + (await offers(2)) + (await offers(3)) === 3,
    );
    expect(await Promise.all([4, 5, 6].map(offers))).to.deep.equal([0, 0, 0]);
    const { progress, audience } = await show('first');
    expect(audience).to.be.a('string').and.match(/\w/);
    expect(progress).to.deep.include({ people: 3, plan_complete: true, done_at: null });
  });

  it('records for everyone else why they got nothing', async () => {
    await draft('all', { kind: 'everyone' });
    const refused = await post('all', 'start');
    expect([refused.status, fieldsOf(refused)]).to.deep.equal([422, ['everyone']]);
    expect((await post('all', 'start', { everyone: true })).status).to.equal(200);
    await finished('all');
    const { progress } = await show('all');
    expect([progress.people, progress.messages.skipped]).to.deep.equal([6, 3]);
    const rows = await gateway.store.deliveries.find({ campaign: 'all', state: 'skipped' }).toArray();
    for (const row of rows) expect(row.decision?.reasons).to.include('not-subscribed');
    expect(rows.filter((row) => row.decision?.reasons.includes('opted-out'))).to.have.length(1);
  });

  it('sends nothing while it is paused, and goes on when it is resumed', async () => {
    for (const id of ['held', 'other']) await draft(id);
    await post('held', 'start', { at: new Date(Date.now() + 3_600_000).toISOString() });
    await gateway.store.campaigns.updateOne({ _id: 'held' }, { $set: { startAt: null, state: 'paused' } });
    await post('other', 'start');
    await finished('other');
    expect(await gateway.store.deliveries.countDocuments({ campaign: 'held' })).to.equal(0);
    expect((await post('held', 'resume')).status).to.equal(200);
    await finished('held');
    expect((await show('held')).progress.people).to.equal(3);
  });

  it('hands over none of its planned rows while it is paused or canceled', async () => {
    await draft('cut');
    await post('cut', 'start', { at: new Date(Date.now() + 3_600_000).toISOString() });
    await gateway.store.campaigns.updateOne({ _id: 'cut' }, { $set: { state: 'paused' } });
    const [like] = await gateway.store.deliveries.find({ campaign: 'first' }).toArray();
    if (like === undefined) throw new Error('the first campaign left no row');
    // A worker reads the paused lanes before it plans, so the pause is known once another campaign is planned.
    await draft('beside');
    await post('beside', 'start');
    await finished('beside');
    const { carrierSid: _, acceptedAt: __, sentAt: ___, finalAt: ____, ...bare } = like;
    const row = { ...bare, _id: `${like._id.slice(0, 2)}cut`, campaign: 'cut', lane: '2-cut' as const };
    await gateway.store.deliveries.insertOne({ ...row, state: 'planned', open: true, epoch: 0 });
    await draft('after');
    await post('after', 'start');
    await finished('after');
    const stands = async () => {
      const found = await gateway.store.deliveries.findOne({ _id: row._id });
      return [found?.state, found?.epoch];
    };
    expect(await stands()).to.deep.equal(['planned', 0]);
    expect((await post('cut', 'cancel')).status).to.equal(200);
    expect(await stands()).to.deep.equal(['canceled', 0]);
    // A planner that did not know of the cancel may write afterwards and die.
    const late = { ...row, _id: `${row._id}-late`, state: 'planned' as const, open: true as const, epoch: 0 };
    await gateway.store.deliveries.insertOne(late);
    const over = { $set: { 'plan.leaseUntil': new Date(Date.now() - 1) } };
    await gateway.store.campaigns.updateOne({ _id: 'cut' }, over);
    await until('the late row of the canceled campaign is canceled', async () => {
      const swept = await gateway.store.deliveries.findOne({ _id: late._id });
      return swept?.state === 'canceled' && swept.epoch === 0;
    });
    const again = await post('cut', 'cancel');
    expect([again.status, again.body.detail]).to.deep.equal([
      409,
      'The campaign was canceled; it is over already.',
    ]);
  });

  it('leaves no planned row that was claimed during its cancel and put back later', async () => {
    await draft('back');
    await post('back', 'start', { at: new Date(Date.now() + 3_600_000).toISOString() });
    const [like] = await gateway.store.deliveries.find({ campaign: 'first' }).toArray();
    if (like === undefined) throw new Error('the first campaign left no row');
    const { carrierSid: _, acceptedAt: __, sentAt: ___, finalAt: ____, ...bare } = like;
    const row = { ...bare, _id: `${like._id.slice(0, 2)}back`, campaign: 'back', lane: '2-back' as const };
    const leaseUntil = new Date(Date.now() + 60_000);
    await gateway.store.deliveries.insertOne({ ...row, state: 'sending', open: true, leaseUntil });
    expect((await post('back', 'cancel')).status).to.equal(200);
    await gateway.store.deliveries.updateOne({ _id: row._id }, { $set: { state: 'planned', owner: null } });
    // A process that died right after the move leaves this. The campaign is swept again when the claims of that time
    // have ended.
    const swept = await gateway.store.campaigns.findOne({ _id: 'back' });
    expect(swept?.plan.leaseUntil).to.be.greaterThan(new Date());
    const over = { $set: { 'plan.leaseUntil': new Date(Date.now() - 1) } };
    await gateway.store.campaigns.updateOne({ _id: 'back', 'plan.leaseUntil': { $ne: null } }, over);
    await until('the row of the canceled campaign is canceled', async () => {
      const found = await gateway.store.deliveries.findOne({ _id: row._id });
      return found?.state === 'canceled' && found.open === undefined;
    });
  });

  it('reaches each person once when a planner dies and another plans again', async () => {
    await draft('twice');
    await post('twice', 'start');
    await finished('twice');
    const before = await gateway.store.deliveries.countDocuments({ campaign: 'twice' });
    const undone = { state: 'sending' as const, 'plan.complete': false, 'plan.cursor': null };
    await gateway.store.campaigns.updateOne({ _id: 'twice' }, { $set: undone });
    await finished('twice');
    expect(await gateway.store.deliveries.countDocuments({ campaign: 'twice' })).to.equal(before);
    const rows = await gateway.store.deliveries.find({ campaign: 'twice' }).toArray();
    expect(rows.map((row) => row.epoch)).to.deep.equal(rows.map(() => 1));
  });

  it('refuses a move that is not possible, with the reason', async () => {
    expect(fieldsOf(await draft('bad', { kind: 'age', from: 40, to: 30 }))[0]).to.match(/^segment/);
    expect(fieldsOf(await draft('bad', { kind: 'segment', id: 'nowhere' }))).to.deep.equal(['segment.id']);
    expect((await post('nowhere', 'start')).status).to.equal(404);
    await draft('late');
    const [past, soon, later] = [-3600, 3600, 7200].map((s) => new Date(Date.now() + s * 1000).toISOString());
    expect(fieldsOf(await post('late', 'start', { at: past }))).to.deep.equal(['at']);
    expect(fieldsOf(await post('late', 'start', { at: later, deadline: soon }))).to.deep.equal(['deadline']);
    expect((await post('late', 'pause')).status).to.equal(409);
    await post('late', 'start', { at: later });
    const edited = await draft('late');
    expect([edited.status, edited.body.detail]).to.deep.equal([
      409,
      'The campaign is no draft any more. Pause it and POST /campaigns/{id}/edit changes its words and deadline; else make another.',
    ]);
    expect((await post('late', 'start')).status).to.equal(409);
    await post('late', 'cancel');
    expect((await draft('late')).body.detail).to.equal('The campaign is canceled. Make another.');
  });
});
