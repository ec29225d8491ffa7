import { expect } from 'chai';
import { expireDuePrompts } from '../../src/consent/maintenance/expirations.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { dropPastExpiries } from '../../src/store/contacts/prompts.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const [ANA, BEN] = ['+15551690001', '+15551690002'] as const;
const MONTHS_MS = 100 * 86_400_000;

/** More than are looked at together, twice. */
const CLOSED = 401;

describe('expiring prompts', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    open = await contextOf(gateway, () => new Date(Date.now() + MONTHS_MS));
    for (const phone of [ANA, BEN]) await gateway.text(phone, 'JOIN');
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  it('closes prompts behind many contacts that nobody can open', async () => {
    const { contacts } = gateway.store;
    const of = { index: open.context.indexOf(ANA) };
    const ana = await contacts.findOne(of);
    const erased = Array.from({ length: CLOSED }, (_, at) => ({
      ...(ana as ContactDoc),
      _id: `c_closed${at}`,
      index: `1.closed${at}`,
      sealed: null,
      promptExpiresAt: new Date(Math.floor(at / 300)),
    }));
    await contacts.insertMany(erased);
    expect(await expireDuePrompts(open.context)).to.equal(2);
    const left = await contacts.find({ promptExpiresAt: { $exists: true } }).toArray();
    expect(left.map(({ _id }) => _id)).to.have.members(erased.map(({ _id }) => _id));
    expect((await contacts.findOne(of))?.subscriptions[0]?.state).to.equal('expired');
    const [last] = await gateway.store.consentEvents
      .find({ contact: ana?._id ?? '' })
      .sort({ seq: -1 })
      .toArray();
    expect(last).to.include({ kind: 'expired', channel: 'NO_ACT' });
    expect(await expireDuePrompts(open.context)).to.equal(0);
  });

  it('removes the expiry of an answered prompt and changes nothing else', async () => {
    const { contacts, consentEvents } = gateway.store;
    const CLEO = '+15551690003';
    await gateway.text(CLEO, 'JOIN');
    const of = { index: open.context.indexOf(CLEO) };
    const asked = await contacts.findOne(of);
    await gateway.text(CLEO, 'YES');
    const joined = await contacts.findOne(of);
    expect(joined?.promptExpiresAt, 'nothing is paid for it now').to.deep.equal(asked?.promptExpiresAt);
    const entries = () => consentEvents.countDocuments({ contact: joined?._id ?? '' });
    const before = await entries();
    expect(await expireDuePrompts(open.context)).to.equal(0);
    const { promptExpiresAt: _, ...rest } = joined as ContactDoc;
    expect(await contacts.findOne(of)).to.deep.equal(rest);
    expect(await entries()).to.equal(before);
  });

  it('leaves the expiry of a newer prompt', async () => {
    const { contacts } = gateway.store;
    const DAN = '+15551690004';
    for (const body of ['JOIN', 'NO', 'JOIN']) await gateway.text(DAN, body);
    const of = { index: open.context.indexOf(DAN) };
    const asked = await contacts.findOne(of);
    const last = asked?.prompts.find(({ state }) => state === 'open');
    expect(asked?.promptExpiresAt).to.deep.equal(last?.expiresAt);
    await dropPastExpiries(gateway.store, [asked as ContactDoc], open.context.now());
    expect((await contacts.findOne(of))?.promptExpiresAt, 'it is open still').to.deep.equal(last?.expiresAt);
  });
});
