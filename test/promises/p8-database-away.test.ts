import { handOver } from '../../src/sending/gate.ts';
import { createTwilioClient, type TwilioClient } from '../../src/sending/twilio/client.ts';
import { bareRow, rowOf } from '../receipts/rows.ts';
import { cleared } from '../sending/carrier/scripted-server.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { testDatabase } from '../support/mongod.ts';
import { type DatabaseProxy, startProxy } from '../support/proxy.ts';
import { newPerson } from './inbound-posts.ts';

type Line = {
  kind: string;
  url: string;
  httpStatus: number | null;
  messageStatus: string | null;
  to: string;
};

describe('P8: receipts that come while the database is away', () => {
  let gateway: Gateway;
  let proxy: DatabaseProxy;
  let carrier: TwilioClient;
  before(async () => {
    proxy = await startProxy(testDatabase().uri);
    gateway = await startGateway({ through: proxy.through, worker: false });
    carrier = createTwilioClient({ ...gateway.config.twilio, publicUrl: gateway.config.publicUrl });
  });
  after(async () => {
    await carrier.close();
    await proxy.restore();
    await gateway.stop();
    await proxy.close();
  });
  const ledger = async (kind: string, to: string): Promise<Line[]> => {
    const lines = (await (await gateway.sim('GET', '/sim/ledger')).text()).trim().split('\n');
    return lines
      .map((line) => JSON.parse(line) as Line)
      .filter((line) => line.kind === kind && line.to === to);
  };

  it('are posted again by the carrier, as the address of each message asks', async () => {
    const to = newPerson();
    const row = bareRow({ state: 'accepted' });
    await gateway.store.deliveries.insertOne(row);
    // A receipt is posted after the one before, which would be tried for twelve seconds.
    const lost = ['queued', 'sending', 'sent'].map((status) => ({
      match: { number: to, status },
      on: 'status',
      effect: { kind: 'lose' },
    }));
    await gateway.sim('PUT', '/sim/behaviours', lost);
    await proxy.cut();
    await handOver([cleared({ delivery: row._id, to })], carrier.transport);
    await until('the last delivery report of the message is refused', async () =>
      (await ledger('status', to)).some(
        (line) => line.httpStatus === 503 && line.messageStatus === 'delivered',
      ),
    );
    await proxy.restore();
    await until(
      'the message is delivered',
      async () => (await rowOf(gateway.store, row)).state === 'delivered',
      15_000,
    );
  }).timeout(60_000);
});
