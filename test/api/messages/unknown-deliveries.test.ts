import { expect } from 'chai';
import type { OpenedContext } from '../../../src/open-context.ts';
import { contextOf, plant } from '../../receipts/rows.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, fieldsOf, newClient } from '../client.ts';

const PHONES = ['+15551360001', '+15551360002'];

describe('the list of messages with unknown outcome', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  let planted: string[] = [];
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
    open = await contextOf(gateway);
    for (const phone of PHONES) await gateway.text(phone, 'JOIN');
    const at = new Date('2026-03-01T12:00:00Z');
    const lookups = [{ at, epoch: 1, found: 0 }];
    const lost = (phone: string, hour: number) =>
      plant(open, phone, 'an offer', {
        ...{ _id: `5eX0sPkq1v3Jq8mZrT2bLhYc${hour}d`, state: 'unknown', lookups },
        createdAt: new Date(`2026-03-01T1${hour}:00:00Z`),
      });
    const [first = '', second = ''] = PHONES;
    const rows = [await lost(first, 1), await lost(second, 2), await lost(first, 3)];
    planted = rows.map(({ _id }) => _id).reverse();
    await plant(open, second, 'that one arrived', { state: 'delivered' });
    // The job `end-stuck` leaves this row for a message that the carrier accepted three days ago.
    await plant(open, second, 'the carrier had that one', {
      ...{ state: 'unknown', carrierSid: `SM${'0'.repeat(32)}`, acceptedAt: at },
      createdAt: new Date('2026-03-01T14:00:00Z'),
    });
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const list = async (query: string) => (await client('get', '/deliveries', { query })).body;

  it("shows everybody's, newest first, with what was tried, and goes on by its cursor", async () => {
    const first = await list('state=unknown&limit=2');
    const rest = await list(`state=unknown&limit=2&cursor=${first.next_cursor}`);
    const items = [...first.items, ...rest.items];
    expect(items.map(({ id }) => id)).to.deep.equal(planted);
    expect(rest.next_cursor).to.equal(null);
    for (const item of items) {
      expect(item).to.deep.include({ state: 'unknown', text: null });
      expect(item.look_ups).to.deep.equal([{ at: '2026-03-01T12:00:00.000Z', found: 0 }]);
    }
    expect(JSON.stringify(items)).not.to.contain('555136');
  });

  it('leaves out messages that the carrier accepted, since these have left', async () => {
    const { items } = await list('state=unknown');
    const carriers = items.map(({ carrier_id }: { carrier_id: string | null }) => carrier_id);
    expect(carriers).to.deep.equal([null, null, null]);
    const [, { contact }] = items;
    expect((await list(`state=unknown&contact=${contact}`)).items).to.have.length(1);
    const { items: all } = await list(`contact=${contact}`);
    const ofIt = all.filter((delivery: { state: string }) => delivery.state === 'unknown');
    expect(ofIt, 'it is told among all of the person').to.have.length(2);
  });

  it('is read by its own index, in order, however many messages were accepted', async () => {
    const { store } = gateway;
    await store.db.command({ profile: 2 });
    await list('state=unknown&limit=2');
    await store.db.command({ profile: 0 });
    const [seen] = await store.db
      .collection('system.profile')
      .find({ 'command.find': 'deliveries', 'command.filter.state': 'unknown' })
      .toArray();
    expect(seen).to.include({ keysExamined: 3, docsExamined: 3 });
    expect(seen?.hasSortStage).to.equal(undefined);
  });

  it("shows one person's when a contact is given too", async () => {
    const { items } = await list('state=unknown');
    const [{ contact }] = items;
    const own = await list(`state=unknown&contact=${contact}`);
    expect(own.items.map(({ id }: { id: string }) => id)).to.deep.equal([planted[0], planted[2]]);
  });

  it('never shows all deliveries: a contact or a state must be given', async () => {
    const answer = await client('get', '/deliveries', { query: 'limit=1' });
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([400, ['contact']]);
    const other = await client('get', '/deliveries', { query: 'state=delivered' });
    expect([other.status, fieldsOf(other)]).to.deep.equal([400, ['state']]);
  });
});
