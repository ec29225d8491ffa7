import { expect } from 'chai';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, newClient } from '../client.ts';

const NUMBER = '+15551360001';

describe('a look-up of a number with former holders', () => {
  let gateway: Gateway;
  let client: Client;
  let reader: Client;
  /** The holders of the number, oldest first. The last one has it now. */
  const holders: string[] = [];
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
    reader = await newClient(gateway, ['contacts:read']);
    for (const texts of [
      ['JOIN', 'YES', 'wrong number'],
      ['JOIN', 'YES', 'wrong number'],
      ['JOIN', 'YES'],
    ]) {
      for (const body of texts) await gateway.text(NUMBER, body);
      holders.push((await lookUp(client)).body.id);
    }
  });
  after(() => gateway.stop());

  const lookUp = (by: Client, phone = NUMBER) =>
    by('post', '/contacts/lookup', { body: { phone, reason: 'A claim.' } });
  const newestFirst = () => [...holders].reverse();

  it('names them beside the holder, newest first, and leads to the ledger of each', async () => {
    const { body } = await lookUp(client);
    const [holder, ...before] = newestFirst();
    expect([body.id, body.former]).to.deep.equal([holder, before]);
    expect(new Set(holders).size).to.equal(3);
    for (const contact of body.former) {
      const records = await client('get', '/consent-records', { query: `contact=${contact}` });
      const kinds = records.body.items.map(({ kind }: { kind: string }) => kind);
      expect(kinds).to.include('confirmed').and.include('withdrawn');
      expect(records.body.verified).to.equal(true);
    }
  });

  it('names none of them to a key that may not read evidence', async () => {
    const { body } = await lookUp(reader);
    expect([body.id, body.former]).to.deep.equal([holders.at(-1), null]);
  });

  it('names them when nobody has the number now, and tells other keys that nobody has it', async () => {
    const _id = holders.at(-1) ?? '';
    await gateway.store.contacts.updateOne({ _id }, { $set: { current: false } });
    const { status, body } = await lookUp(client);
    expect(status).to.equal(200);
    expect(body).to.deep.include({ id: null, language: null, created_at: null, former: newestFirst() });
    expect(body.masked).to.match(/0001$/).and.not.contain('136');
    expect(body.sentence).to.contain('No person is held under this number');
    const other = await lookUp(reader);
    expect([other.status, other.body.suppressed]).to.deep.equal([404, true]);
  });

  it('finds nothing when nobody ever had the number', async () => {
    for (const by of [client, reader]) {
      const { status, body } = await lookUp(by, '+15551360002');
      expect([status, body.suppressed]).to.deep.equal([404, false]);
    }
  });
});
