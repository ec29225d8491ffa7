import { expect } from 'chai';
import { migrate } from '../../src/store/migrations.ts';
import { newClient } from '../api/client.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const ID = '043-items-of-the-inbox';
const ENOUGH = 'time to part ways';
const SCAM = 'is this a scam?';
const HARM = 'I will kill myself';
const reason = 'Read with care.';

describe('items of the inbox from before their migration', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
  });
  after(() => gateway.stop());

  const again = async (): Promise<void> => {
    await gateway.store.marks.deleteOne({ _id: `migration ${ID}` });
    expect(await migrate(gateway.store, () => new Date())).to.deep.equal([ID]);
  };
  const wrote = async (from: string, ...texts: string[]): Promise<string[]> => {
    const sids: string[] = [];
    for (const body of texts) sids.push((await gateway.text(from, body)).sid);
    return sids;
  };
  const rowOf = async (_id = '') => {
    const row = await gateway.store.inbound.findOne({ _id });
    if (row === null) throw new Error('no such text');
    return row;
  };
  const contactOf = async (sid = '') => {
    const contact = await gateway.store.contacts.findOne({ _id: (await rowOf(sid)).contact ?? '' });
    if (contact === null) throw new Error('no such contact');
    return contact;
  };

  it('keep how they ended, and not the words of the answer', async () => {
    const [sid] = await wrote('+15551700001', ENOUGH);
    const ended = { how: 'answer', by: 'k', at: new Date(), program: 'deals', delivery: 'd' };
    const left = { text: 'Fernway: goodbye.', item: sid, digest: 'd1', readUntil: null };
    const $set = { inbox: 'answered', ended: { ...ended, ...left } } as never;
    await gateway.store.inbound.updateOne({ _id: sid ?? '' }, { $set, $unset: { urgency: '' } });
    await again();
    expect((await rowOf(sid)).ended).to.deep.equal(ended);
  });

  it('begin with the oldest of what an alarm took the place of, and end over it once it was read', async () => {
    const sids = await wrote('+15551700002', ENOUGH, SCAM, HARM);
    const { _id, rev } = await contactOf(sids[2]);
    const old = async (): Promise<void> => {
      await gateway.store.inbound.updateMany({ contact: _id }, { $unset: { begins: '' } });
      await gateway.store.contacts.updateOne({ _id }, { $unset: { 'inboxItem.begins': '' } });
    };
    await old();
    const client = await newClient(gateway);
    const act = (how: string, body: object) => client('post', `/inbox/${sids[2]}/${how}`, { body });
    expect((await act('read', { reason })).body.texts).to.have.length(1);
    await again();
    const { inboxItem, rev: now } = await contactOf(sids[2]);
    expect([inboxItem?.begins, (await rowOf(sids[2])).begins, now - rev]).to.deep.equal([
      sids[0],
      sids[0],
      1,
    ]);
    await again();
    expect((await contactOf(sids[2])).rev, 'twice is as good as once').to.equal(now);
    expect((await act('read', { reason })).body.texts).to.have.length(3);
    const done = await act('close', { reason, read_until: sids[1] });
    expect(done.status, 'the alarm itself was not read').to.equal(409);
    expect((await act('close', { reason })).status).to.equal(200);
  });

  it('begin with it too where a second alarm, which came since, begins with the first', async () => {
    const sids = await wrote('+15551700003', ENOUGH, SCAM, HARM);
    const { _id } = await contactOf(sids[2]);
    await gateway.store.inbound.updateOne({ _id: sids[2] ?? '' }, { $set: { begins: sids[1] ?? '' } });
    await gateway.store.contacts.updateOne({ _id }, { $set: { 'inboxItem.begins': sids[1] } } as never);
    await again();
    expect((await contactOf(sids[2])).inboxItem?.begins).to.equal(sids[0]);
  });

  it('stay as they are where nothing stood before them', async () => {
    const [sid] = await wrote('+15551700004', SCAM, 'hello??');
    await again();
    const { inboxItem } = await contactOf(sid);
    expect(inboxItem).to.deep.equal({ text: sid, urgency: inboxItem?.urgency });
  });
});
