import { expect } from 'chai';
import { createLog } from '../../src/running/log.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { repliesTaken, settledReplies } from '../support/replies.ts';
import { startReplyWorker } from '../support/reply-worker.ts';
import { indexOf, newPerson, optOutOf } from './inbound-posts.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

describe('P4: STOP counts while no worker lives', () => {
  let gateway: Gateway;
  /** How far the clock of every process here is ahead of the machine's clock, in ms. */
  let ahead = 0;
  const now = (): Date => new Date(Date.now() + ahead);
  before(async () => {
    gateway = await startGateway({ worker: false, now });
  });
  beforeEach(() => {
    ahead = 0;
  });
  after(() => gateway.stop());

  /** Texts and returns the id. The webhook has accepted the text. */
  const texted = async (person: string, body: string): Promise<string> => {
    const { sid, status } = await gateway.textWithoutWaiting(person, body);
    expect(status).to.equal(200);
    return sid;
  };
  /** Runs `work` while a worker is running. */
  const withWorker = async (work: () => Promise<void>): Promise<void> => {
    const config = { ...gateway.config, database: gateway.store.db.databaseName };
    const worker = await startReplyWorker(config, createLog('silent', 'worker'), { now });
    await work().finally(worker.stop);
  };
  const readiness = async (): Promise<unknown> => {
    const answer = await fetch(`${gateway.url}/readyz`);
    const { parts } = (await answer.json()) as { parts: Record<string, boolean> };
    return [answer.status, parts.answers];
  };
  const alarms = (): number =>
    gateway.logs.filter((line) => line.includes('answers to people have waited for over 30 seconds')).length;
  /** Restarts the web process, so that it reads the database at once and uses nothing that was read before. */
  const another = async (): Promise<void> => {
    await gateway.web.stop();
    await gateway.web.start();
  };
  const replyOf = async (sid: string): Promise<DeliveryDoc | undefined> =>
    (await settledReplies(gateway.store, sid))[0];

  it('is logged as overdue once the oldest reply has been due for half a minute, and leaves when a worker comes', async () => {
    const person = newPerson();
    const help = await texted(person, 'HELP');
    ahead = 27 * SECOND;
    await another();
    expect([await readiness(), alarms()]).to.deep.equal([[200, true], 0]);
    ahead = 31 * SECOND;
    await another();
    expect(await readiness()).to.deep.equal([503, false]);
    await until('the overdue reply is logged', async () => alarms() > 0);
    expect(alarms(), 'once').to.equal(1);
    await withWorker(async () => {
      expect(await repliesTaken(gateway, help)).to.have.lengthOf(1);
    });
    await another();
    expect(await readiness()).to.deep.equal([200, true]);
    expect(alarms()).to.equal(1);
  });

  it('is honored, and confirmed within five minutes of its arrival', async () => {
    const [stop, help] = [newPerson(), newPerson()];
    const sids = [await texted(stop, 'STOP'), await texted(help, 'HELP')] as const;
    expect(await optOutOf(gateway, stop)).not.to.equal(null);
    ahead = 4 * MINUTE + 58 * SECOND;
    await withWorker(async () => {
      for (const sid of sids) expect(await repliesTaken(gateway, sid)).to.have.lengthOf(1);
    });
  });

  it('is not confirmed after that, while HELP is answered and the next STOP confirmed', async () => {
    const [person, other] = [newPerson(), newPerson()];
    const [stop, help] = [await texted(person, 'STOP'), await texted(other, 'HELP')];
    ahead = 5 * MINUTE + SECOND;
    await withWorker(async () => {
      const expired = await replyOf(stop);
      expect([expired?.state, expired?.decision?.reasons]).to.deep.equal(['expired', ['too-old']]);
      expect(await repliesTaken(gateway, help)).to.have.lengthOf(1);
      const again = await texted(person, 'STOP');
      expect((await repliesTaken(gateway, again)).join()).to.contain('unsubscribed');
      const third = await texted(person, 'STOP');
      expect(await repliesTaken(gateway, third), 'it has been confirmed').to.deep.equal([]);
    });
  });

  it('is confirmed when it is the next one, also when the first confirmation still waits and is too old', async () => {
    const person = newPerson();
    const first = await texted(person, 'STOP');
    ahead = 5 * MINUTE + SECOND;
    const second = await texted(person, 'STOP');
    await withWorker(async () => {
      expect(await repliesTaken(gateway, second)).to.have.lengthOf(1);
      expect((await replyOf(first))?.state).to.equal('expired');
    });
    const confirmed = { index: indexOf(gateway, person), carrierSid: { $exists: true } };
    expect(await gateway.store.deliveries.countDocuments(confirmed)).to.equal(1);
  });
});
