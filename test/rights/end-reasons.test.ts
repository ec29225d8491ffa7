import { expect } from 'chai';
import { closeItem } from '../../src/contacts/inbox.ts';
import { runRetention } from '../../src/contacts/retention.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const PHONE = '+15551690001';
const DAY_MS = 86_400_000;
const reason = 'Read with care.';

describe('the reason for which an inbox item was ended', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    open = await contextOf(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const asked = async () => {
    const { sid } = await gateway.text(PHONE, 'is the blue one back in store?');
    return { sid, ...(await rowOf(sid)) };
  };
  const rowOf = async (sid: string) => {
    const row = await gateway.store.inbound.findOne({ _id: sid });
    if (row === null) throw new Error('no such text');
    return row;
  };
  const close = (item: string) =>
    closeItem(open.context, { item, actor: { kind: 'key', id: 'k' }, readUntil: null, reason });

  it('is deleted when its time is over, also after the words were deleted', async () => {
    const { sid } = await asked();
    await close(sid);
    expect((await rowOf(sid)).ended).to.have.property('reason');
    await gateway.store.inbound.updateOne({ _id: sid }, { $set: { sealed: null } });
    const context = { ...open.context, now: () => new Date(Date.now() + 450 * DAY_MS) };
    expect(await runRetention(context, { dry: false, goOn: () => true })).to.include({ texts: 1 });
    expect((await rowOf(sid)).ended).not.to.have.property('reason');
    expect(await runRetention(context, { dry: false, goOn: () => true })).to.include({ texts: 0 });
  });

  it('is not kept for a person who was erased meanwhile, since no key would seal it', async () => {
    const { sid, contact } = await asked();
    await gateway.store.contacts.updateOne({ _id: contact ?? '' }, { $set: { sealed: null } });
    expect(await close(sid)).to.include({ kind: 'ended' });
    expect((await rowOf(sid)).ended).not.to.have.property('reason');
  });
});
