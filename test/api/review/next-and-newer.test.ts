import { expect } from 'chai';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { type Client, newClient } from '../client.ts';

const ASKED = 'is the blue one back in store?';
const ANSWER = 'Fernway: it is back on Friday.';
const reason = 'Read with care.';

describe('queues of staff', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  const open = async (list: string): Promise<string[]> =>
    (await client('get', list)).body.items.map(({ id }: { id: string }) => id);
  const act = (id: string, how: string, body: object, by = client) =>
    by('post', `/inbox/${id}/${how}`, { body });

  it('names the item to see to next, and nothing after the last one', async () => {
    await gateway.text('+15551290001', ASKED);
    await gateway.text('+15551290002', ASKED);
    const [first = '', second = ''] = await open('/inbox');
    expect((await act(first, 'close', { reason })).body.next).to.equal(second);
    expect((await act(second, 'opt-out', { reason })).body.next).to.equal(null);
  });

  it('names the hold to decide next, and who decided first', async () => {
    for (const from of ['+15551290003', '+15551290004']) await gateway.text(from, 'I get too many texts');
    const [first = '', second = ''] = await open('/holds');
    const decide = (id: string, decision: string) =>
      client('post', `/holds/${id}/decide`, { body: { decision, reason } });
    const released = await decide(first, 'release');
    expect(released.body.next).to.equal(second);
    const late = await decide(first, 'opt-out');
    const { decided_by: by, decided_at: at } = released.body;
    expect([late.status, late.body.decided]).to.deep.equal([409, { how: 'release', by, at }]);
    expect((await decide(second, 'opt-out')).body.next).to.equal(null);
  });

  it('refuses an answer to somebody who wrote again, unless it is sent despite that', async () => {
    const from = '+15551290005';
    await gateway.text(from, ASKED);
    const [id = ''] = await open('/inbox');
    await gateway.text(from, 'and the red one?');
    const { body: read } = await act(id, 'read', { reason });
    const newest = read.texts.at(-1).id;
    const refused = await act(id, 'answer', { text: ANSWER, read_until: id });
    expect([refused.status, refused.body.newest_text]).to.deep.equal([409, newest]);
    expect(newest).not.to.equal(id);
    const sent = await act(id, 'answer', { text: ANSWER, read_until: id, despite_newer: true });
    expect(sent.status).to.equal(202);
    await until('the answer is on the handset', async () => (await gateway.received(from)).at(-1) === ANSWER);
    const late = await act(id, 'close', { reason }, await newClient(gateway));
    const { how, by, at } = sent.body;
    expect([late.status, late.body.decided]).to.deep.equal([409, { how, by, at }]);
  });

  it('names who else opened a text or a hold in the last minutes', async () => {
    const other = await newClient(gateway);
    await gateway.text('+15551290006', ASKED);
    await gateway.text('+15551290007', 'I get too many texts');
    for (const queue of ['/inbox', '/holds']) {
      const [id = ''] = await open(queue);
      const read = (by: Client) => by('post', `${queue}/${id}/read`, { body: { reason } });
      expect((await read(client)).body.opened_by, queue).to.equal(null);
      expect((await read(client)).body.opened_by, queue).to.equal(null);
      const { opened_by: seen } = (await read(other)).body;
      expect(seen.by).to.match(/^key:/);
      const again = (await read(other)).body.opened_by;
      expect(again, 'the look goes on').to.deep.equal(seen);
    }
    const rows = await gateway.store.queueLooks.find({}).toArray();
    expect(rows, 'each reader has one row').to.have.length(2);
  });
});
