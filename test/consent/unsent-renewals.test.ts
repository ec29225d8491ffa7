import { expect } from 'chai';
import { PROGRAMS } from '../../scripts/seed/programs.ts';
import { ageConsents } from '../../src/consent/maintenance/renewals.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { newClient } from '../api/client.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const DAY = 86_400_000;
const NONE = { asked: 0, lapsed: 0, waiting: 0 };

describe('a renewal prompt', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let ahead = 0;
  before(async () => {
    gateway = await startGateway({ programs: PROGRAMS, worker: 'replies' });
    open = await contextOf(gateway, () => new Date(Date.now() + ahead));
  });
  beforeEach(async () => {
    await gateway.store.contacts.deleteMany({});
    await gateway.store.deliveries.deleteMany({});
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const run = () => ageConsents(open.context, { most: 10, goOn: () => true });
  const contactOf = async (number: string) => {
    const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(number) });
    if (contact === null) throw new Error('nobody has this number');
    return contact;
  };
  const asked = async (number: string): Promise<DeliveryDoc[]> => {
    const { _id: contact } = await contactOf(number);
    return gateway.store.deliveries.find({ contact, template: 'renewal' }).sort({ createdAt: 1 }).toArray();
  };
  /** A person whose consent is so many days old that a renewal is due. */
  const aged = async (days = 530): Promise<string> => {
    ahead = 0;
    const number = newPerson();
    for (const word of ['JOIN', 'YES']) await gateway.text(number, word);
    const at = new Date(Date.now() - days * DAY);
    await gateway.store.contacts.updateOne(
      { index: open.context.indexOf(number), 'subscriptions.program': 'deals' },
      { $set: { 'subscriptions.$.basis.at': at, 'subscriptions.$.since': at, promptsSent: [] } },
    );
    expect(await run()).to.deep.equal({ asked: 1, lapsed: 0, waiting: 0 });
    return number;
  };

  it('is sent again two days after its message was refused, and the first one can no longer be answered', async () => {
    const number = await aged();
    const [row] = await asked(number);
    ahead = 2 * DAY;
    expect(await run(), 'it may still leave').to.deep.equal({ asked: 0, lapsed: 0, waiting: 0 });
    await gateway.store.deliveries.updateOne({ _id: row?._id ?? '' }, { $set: { state: 'skipped' } });
    ahead = DAY / 2;
    expect(await run(), 'a prompt a day').to.deep.equal({ asked: 0, lapsed: 0, waiting: 0 });
    ahead = 2 * DAY;
    expect(await run()).to.deep.equal({ asked: 1, lapsed: 0, waiting: 0 });
    expect(await asked(number)).to.have.length(2);
    const { prompts } = await contactOf(number);
    const renewals = prompts.filter(({ disclosure }) => disclosure.touchpoint === 'sms-renewal.en');
    expect(renewals.map(({ state }) => state)).to.deep.equal(['superseded', 'open']);
    expect(await run()).to.deep.equal({ asked: 0, lapsed: 0, waiting: 0 });
  });

  it('counts toward the limit of three in 30 days also when it never left', async () => {
    const number = await aged(520);
    for (let times = 1; times <= 3; times += 1) {
      const row = (await asked(number)).at(-1);
      await gateway.store.deliveries.updateOne({ _id: row?._id ?? '' }, { $set: { state: 'skipped' } });
      ahead = 2 * times * DAY;
      const isFull = times === 3;
      expect(await run(), `after ${times} lost`).to.deep.equal({
        ...NONE,
        asked: isFull ? 0 : 1,
        waiting: isFull ? 1 : 0,
      });
    }
    expect((await contactOf(number)).promptsSent).to.have.length(3);
  });

  it('is sent again after the hold that canceled it, and not before', async () => {
    const number = await aged();
    await gateway.text(number, 'i get too many texts');
    expect((await asked(number)).map(({ state }) => state)).to.deep.equal(['canceled']);
    ahead = 2 * DAY;
    expect(await run()).to.deep.equal({ asked: 0, lapsed: 0, waiting: 1 });
    const client = await newClient(gateway);
    const { body: holds } = await client('get', '/holds');
    const body = { decision: 'release', reason: 'She asked how often we text.' };
    expect((await client('post', `/holds/${holds.items[0].id}/decide`, { body })).status).to.equal(200);
    expect(await run()).to.deep.equal({ asked: 1, lapsed: 0, waiting: 0 });
  });

  const endWith = async (
    row: DeliveryDoc | undefined,
    ended: Partial<DeliveryDoc>,
    at = new Date(),
  ): Promise<void> => {
    await gateway.store.contacts.updateOne(
      { _id: row?.contact ?? '', 'prompts.id': row?.prompt ?? '' },
      { $set: { 'prompts.$.handedOverAt': at } },
    );
    await gateway.store.deliveries.updateOne(
      { _id: row?._id ?? '' },
      { $set: { acceptedAt: at, finalAt: at, ...ended } },
    );
  };

  for (const [what, ended] of [
    ['arrived', { state: 'delivered' }],
    ['may have arrived, as its network says', { state: 'undelivered', error: '30410' }],
    ['is with the carrier', { state: 'sent' }],
    ['did not arrive', { state: 'undelivered', error: '30003' }],
    ['was filtered', { state: 'undelivered', error: '30007' }],
  ] as const) {
    it(`is not sent again when it ${what} and nobody answered`, async () => {
      const number = await aged();
      await endWith((await asked(number))[0], ended);
      ahead = 2 * DAY;
      expect(await run()).to.deep.equal(NONE);
      ahead = 15 * DAY;
      expect(await run()).to.deep.equal(NONE);
      expect(await asked(number)).to.have.length(1);
    });
  }
});
