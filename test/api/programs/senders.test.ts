import { expect } from 'chai';
import { stopSender } from '../../../src/store/senders/sender-state.ts';
import { indexOf } from '../../promises/inbound-posts.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { addSubscriber, plannedFor } from '../../support/people.ts';
import { type Client, newClient } from '../client.ts';

describe('senders through the API', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  const shown = async (number: string) => {
    const { body } = await client('get', '/senders');
    return body.items.find((item: { number: string }) => item.number === number);
  };
  const resume = (number: string, reason = 'The account is paid.') =>
    client('post', `/senders/${number}/resume`, { body: { reason } });

  it('are listed with their speed, and nothing stops them at first', async () => {
    expect(await shown('28555')).to.deep.include({
      kind: 'short-code',
      segments_per_second: 100,
      stopped: null,
      paused_until: null,
      waiting_at_carrier: 0,
    });
  });

  it('keep messages planned while they are stopped, say why, and send them once they are resumed', async () => {
    const person = '+15551270001';
    const cast = {
      ring: gateway.config.keyRing,
      indexOf: (number: string) => indexOf(gateway, number),
      number: () => person,
    };
    const stop = { code: '20005', why: 'The account is suspended: pay the bill, then resume.' };
    await stopSender(gateway.store, '28555', stop, new Date());
    const row = plannedFor(await addSubscriber(gateway.store, cast));
    await gateway.store.deliveries.insertOne(row);
    expect((await shown('28555')).stopped).to.deep.include(stop);
    const looks = async () => (await gateway.store.deliveries.findOne({ _id: row._id }))?.state;
    expect(await looks()).to.equal('planned');
    const before = new Date();
    expect((await resume('28555')).body.stopped).to.equal(null);
    const state = await gateway.store.senderStates.findOne({ _id: '28555' });
    expect(state?.resumedAt, 'what left before stops it no more').to.be.at.least(before);
    await until(
      'the message of the resumed sender is on the handset',
      async () => (await gateway.received(person)).length === 1,
    );
    expect((await resume('28555')).status, 'twice does no more').to.equal(200);
  });

  it('do not log the reason of a resumption, which may hold a number', async () => {
    const reason = '+1 555 127 0002 asked for it, 5551270002';
    await stopSender(gateway.store, '28555', { code: '20005', why: 'The account is suspended.' }, new Date());
    expect((await resume('28555', reason)).body.stopped).to.equal(null);
    const line = gateway.logs.findLast((log) => log.includes('a sender was resumed')) ?? '';
    expect(JSON.parse(line)).to.include({ sender: '28555', reasonLength: reason.length });
    expect(gateway.logs.join('')).not.to.match(/127 ?0002/);
  });

  const SHORT = { kind: 'short-code', country: 'US', opt_out_handling: 'own' };

  it('are created and replaced whole, and the same request twice changes nothing more', async () => {
    for (const _ of [1, 2]) {
      const { status, body } = await client('put', '/senders/45455', { body: SHORT });
      expect(status).to.equal(200);
      expect(body).to.deep.include({ number: '45455', opt_out_handling: 'own', segments_per_second: 100 });
    }
    const slower = await client('put', '/senders/45455', { body: { ...SHORT, segments_per_second: 30 } });
    expect(slower.body.segments_per_second).to.equal(30);
    expect((await shown('45455')).segments_per_second).to.equal(30);
  });

  it('can be changed when a contact has the number of one', async () => {
    const cast = {
      ring: gateway.config.keyRing,
      indexOf: (number: string) => indexOf(gateway, number),
      number: () => '+15550100199',
    };
    await addSubscriber(gateway.store, cast);
    const body = { kind: 'long-code', country: 'US', opt_out_handling: 'default', segments_per_second: 2 };
    const saved = await client('put', '/senders/%2B15550100199', { body });
    expect([saved.status, saved.body.segments_per_second], saved.text).to.deep.equal([200, 2]);
  });

  it('answer for a program at once when they are given to it', async () => {
    await client('put', '/senders/45456', { body: SHORT });
    const { id: _, ...program } = (await client('get', '/programs/deals')).body;
    const body = { ...program, numbers: [...program.numbers, '45456'] };
    expect((await client('put', '/programs/deals', { body })).status).to.equal(200);
  });

  it('are refused with each contradictory field, and nothing is saved', async () => {
    const wrong = { ...SHORT, kind: 'toll-free', opt_out_handling: 'advanced' };
    const { status, body } = await client('put', '/senders/45457', { body: wrong });
    expect(status).to.equal(422);
    expect(body.errors.map(({ field }: { field: string }) => field)).to.deep.equal([
      'number',
      'opt_out_handling',
    ]);
    expect(await shown('45457')).to.equal(undefined);
  });

  it('must be our own numbers', async () => {
    expect((await resume('99999')).status).to.equal(422);
    expect((await resume('%2B15551270001')).status).to.equal(422);
    expect((await client('post', '/senders/28555/resume', { body: {} })).status).to.equal(400);
  });
});
