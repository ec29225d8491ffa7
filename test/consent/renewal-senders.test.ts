import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import { ageConsents } from '../../src/consent/maintenance/renewals.ts';
import { isStillAsked } from '../../src/domain/consent/prompts.ts';
import type { Sender } from '../../src/domain/program.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { personOf } from '../../src/store/contacts/open-contact.ts';
import { resumeSender, stopSender } from '../../src/store/senders/sender-state.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const DAY = 86_400_000;
const OWN = SENDERS.shop;
const OTHER: Sender = { ...OWN, number: '28556' };
const CANADIAN: Sender = { ...OWN, number: '28557', country: 'CA' };
const BOTH = [OWN, OTHER, CANADIAN];
const programs = PROGRAMS.map((program) =>
  program.id === 'deals' ? { ...program, numbers: BOTH.map(({ number }) => number) } : program,
);
const NO = { asked: 0, lapsed: 0, waiting: 0 };

describe('the sender of the renewal prompt', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let ahead = 0;
  before(async () => {
    gateway = await startGateway({ programs, senders: [...BOTH, SENDERS.stylist], worker: 'replies' });
    open = await contextOf(gateway, () => new Date(Date.now() + ahead));
  });
  beforeEach(async () => {
    ahead = 0;
    await gateway.store.contacts.deleteMany({});
    for (const { number } of BOTH) await resumeSender(gateway.store, number, new Date());
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const run = () => ageConsents(open.context, { most: 10, goOn: () => true });
  const stop = (sender: Sender) =>
    stopSender(gateway.store, sender.number, { code: '30034', why: 'A test.' }, new Date());
  const fromWhich = async (phone: string): Promise<string[]> => {
    const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(phone) });
    const rows = await gateway.store.deliveries
      .find({ contact: contact?._id ?? '', template: 'renewal' })
      .sort({ createdAt: 1 })
      .toArray();
    return rows.map(({ sender }) => sender);
  };
  /** A person who confirmed on `OWN` so long ago that a renewal is due. */
  const aged = async (phone: string, changed: object = {}): Promise<string> => {
    for (const word of ['JOIN', 'YES']) await gateway.text(phone, word);
    const at = new Date(Date.now() - 530 * DAY);
    const of = { 'subscriptions.$.basis.at': at, 'subscriptions.$.since': at, promptsSent: [] };
    await gateway.store.contacts.updateOne(
      { index: open.context.indexOf(phone), 'subscriptions.program': 'deals' },
      { $set: { ...of, ...changed } },
    );
    return phone;
  };

  it('is the one on which the person confirmed', async () => {
    const phones = [await aged(newPerson()), await aged(newPerson()), await aged(newPerson())];
    expect(await run()).to.deep.equal({ ...NO, asked: 3 });
    for (const phone of phones) expect(await fromWhich(phone)).to.deep.equal([OWN.number]);
  });

  it('is another one when the person gets nothing by that one', async () => {
    const phone = await aged(newPerson());
    await gateway.store.suppressions.insertOne({
      ...{ index: open.context.indexOf(phone), scope: `sender:${OWN.number}`, kind: 'hygiene' },
      ...{ generation: 1, since: new Date(), lifts: {}, until: null, source: 'a test' },
    });
    expect(await run()).to.deep.equal({ ...NO, asked: 1 });
    expect(await fromWhich(phone)).to.deep.equal([OTHER.number]);
  });

  it('is another one when that one is stopped; when all are stopped the prompts wait for a resumption', async () => {
    const phone = await aged(newPerson());
    await stop(OWN);
    await stop(OTHER);
    expect(await run()).to.deep.equal({ ...NO, waiting: 1 });
    await resumeSender(gateway.store, OTHER.number, new Date());
    expect(await run()).to.deep.equal({ ...NO, asked: 1 });
    expect(await fromWhich(phone)).to.deep.equal([OTHER.number]);
  });

  it('is another one when that one is stopped or leaves the program while the prompt waits, which is never sent twice', async () => {
    const phone = await aged(newPerson());
    expect(await run()).to.deep.equal({ ...NO, asked: 1 });
    await stop(OWN);
    await stop(OTHER);
    ahead = 2 * DAY;
    expect(await run(), 'no other number works').to.deep.equal({ ...NO, waiting: 1 });
    await resumeSender(gateway.store, OTHER.number, new Date());
    expect(await run()).to.deep.equal({ ...NO, asked: 1 });
    expect(await fromWhich(phone)).to.deep.equal([OWN.number, OTHER.number]);
    expect(await run(), 'once').to.deep.equal(NO);
    await resumeSender(gateway.store, OWN.number, new Date());
    expect(await run()).to.deep.equal(NO);
    const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(phone) });
    if (contact === null) throw new Error('nobody has this number');
    const rows = await gateway.store.deliveries
      .find({ contact: contact._id, template: 'renewal' })
      .sort({ createdAt: 1 })
      .toArray();
    const person = personOf(contact, {}, []);
    const asks = rows.map(({ prompt }) => isStillAsked(person, prompt, open.context.now()));
    expect(asks, 'as the gate judges').to.deep.equal([false, true]);
    expect(contact.promptsSent, 'also the one that waits').to.have.length(2);

    const current = open.context.catalog.current();
    const others = current.book.programs.map((program) => ({ ...program, numbers: [OWN.number] }));
    const book = { ...current.book, programs: others };
    const catalog = { ...open.context.catalog, current: () => ({ ...current, book }) };
    ahead = 4 * DAY;
    const left = await ageConsents({ ...open.context, catalog }, { most: 10, goOn: () => true });
    expect(left, 'the number left the program').to.deep.equal({ ...NO, asked: 1 });
    expect(await fromWhich(phone)).to.deep.equal([OWN.number, OTHER.number, OWN.number]);
  });

  it("is one of the person's country when the one they confirmed on has left the program", async () => {
    const left = { 'prompts.$[].number': '28000' };
    const [canadian, us] = [await aged('+14165550123', left), await aged(newPerson(), left)];
    expect(await run()).to.deep.equal({ ...NO, asked: 2 });
    expect(await fromWhich(canadian)).to.deep.equal([CANADIAN.number]);
    expect(await fromWhich(us)).to.deep.equal([OWN.number]);
  });

  it('is not needed to end consent that has lapsed', async () => {
    await aged(newPerson(), { 'subscriptions.$.basis.at': new Date(Date.now() - 700 * DAY) });
    for (const sender of BOTH) await stop(sender);
    expect(await run()).to.deep.equal({ ...NO, lapsed: 1 });
  });
});
