import { expect } from 'chai';
import { createLog } from '../../src/running/log.ts';
import type { OpenContact } from '../../src/store/contacts/open-contact.ts';
import { startWorker } from '../../src/worker.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { testDatabase } from '../support/mongod.ts';
import { addSubscriber, plannedFor } from '../support/people.ts';
import { type DatabaseProxy, startProxy } from '../support/proxy.ts';
import { EMPTY, indexOf, newPerson, optOutOf, postText, textFields } from './inbound-posts.ts';

describe('P4: offers wait for a STOP in the spool', () => {
  let gateway: Gateway;
  let worker: { stop: () => Promise<void> };
  let web: DatabaseProxy;
  let offers: DatabaseProxy;
  before(async () => {
    const { uri } = testDatabase();
    [web, offers] = [await startProxy(uri), await startProxy(uri)];
    let direct = '';
    const through = (own: string): string => {
      direct = own;
      return web.through(own);
    };
    gateway = await startGateway({ through, worker: false });
    const { databaseName: database } = gateway.store.db;
    const own = { ...gateway.config, mongodbUri: offers.through(direct), database };
    worker = await startWorker(
      own,
      createLog('debug', 'worker', { write: (line) => gateway.logs.push(line) }),
    );
  });
  after(async () => {
    await web.restore();
    await offers.restore();
    await worker?.stop();
    await gateway.stop();
    await web.close();
    await offers.close();
  });

  const logged = (words: string) => async () => gateway.logs.some((line) => line.includes(words));
  const heard = (number: string) => async () => (await gateway.received(number)).length > 0;
  const stateOf = async (_id: string) => (await gateway.store.deliveries.findOne({ _id }))?.state;
  const subscriber = (): Promise<OpenContact> => {
    const { keyRing: ring } = gateway.config;
    return addSubscriber(gateway.store, {
      ring,
      indexOf: (number) => indexOf(gateway, number),
      number: newPerson,
    });
  };

  it('an offer waits and a reply leaves until the web process that was alive has replayed its spool', async () => {
    const [person, other] = [await subscriber(), await subscriber()];
    await until(
      'the spool report of the web process is written',
      async () => (await gateway.store.webProcesses.countDocuments()) === 1,
    );
    await web.cut();
    await offers.cut();
    await until('the worker logs that marketing waits', logged('marketing waits'));
    const answer = await postText(gateway, textFields(person.number, 'STOP'));
    expect(answer.body, 'in the spool').to.equal(EMPTY);
    const offer = plannedFor(person);
    const answering = plannedFor(other, { lane: '0-answers' });
    await gateway.store.deliveries.insertMany([offer, answering]);
    await offers.restore();
    await until('the reply is on the other handset', heard(other.number));
    expect([await stateOf(offer._id), await optOutOf(gateway, person.number)]).to.deep.equal([
      'planned',
      null,
    ]);
    await web.restore();
    await until('the opt-out is recorded', async () => (await optOutOf(gateway, person.number)) !== null);
    await until('the end of the offer', async () => (await stateOf(offer._id)) === 'canceled');
    await until('the worker logs that marketing goes on', logged('marketing continues'));
    const next = plannedFor(other);
    await gateway.store.deliveries.insertOne(next);
    await until('an offer', async () => (await gateway.received(other.number)).length === 2);
    await until('the confirmation is on the handset', heard(person.number));
    expect(await gateway.received(person.number)).to.have.lengthOf(1);
  });
});
