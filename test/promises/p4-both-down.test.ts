import { expect } from 'chai';
import { createLog } from '../../src/running/log.ts';
import { startWorker } from '../../src/worker.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { newPerson, optOutOf, withdrawals } from './inbound-posts.ts';

describe('P4: STOP counts while no process is up', () => {
  let gateway: Gateway;
  let worker: { stop: () => Promise<void> } | undefined;
  before(async () => {
    gateway = await startGateway({ worker: false });
  });
  after(async () => {
    await worker?.stop();
    await gateway.stop();
  });

  it('is found when a worker starts, though the last worker left the next search four minutes ahead', async () => {
    const person = newPerson();
    await gateway.web.stop();
    expect((await gateway.textWithoutWaiting(person, 'STOP')).status).to.equal(null);
    await gateway.web.start();
    const row = { name: 'catch-up', type: 'single', priority: 0, nextRunAt: new Date(Date.now() + 240_000) };
    await gateway.store.db.collection('jobs').insertOne(row);
    const log = createLog('debug', 'worker', { write: (line) => gateway.logs.push(line) });
    worker = await startWorker({ ...gateway.config, database: gateway.store.db.databaseName }, log);
    await until('the opt-out is recorded', async () => (await optOutOf(gateway, person)) !== null);
    expect(await withdrawals(gateway, person)).to.equal(1);
    await until(
      'the confirmation is on the handset',
      async () => (await gateway.received(person)).length > 0,
    );
    expect((await gateway.received(person)).join('\n')).to.match(/^[^\n]*unsubscribed[^\n]*$/);
  });
});
