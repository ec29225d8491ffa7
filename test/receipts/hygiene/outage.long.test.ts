import { expect } from 'chai';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { sweepAll, sweepBounces } from '../../../src/receipts/bounce-sweep.ts';
import { findIncidents } from '../../../src/receipts/incidents.ts';
import type { OpenContact } from '../../../src/store/contacts/open-contact.ts';
import { type Client, newClient } from '../../api/client.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { addSubscriber, plannedFor } from '../../support/people.ts';
import { bareRow, contextOf } from '../rows.ts';

const FREE = { most: Number.POSITIVE_INFINITY, goOn: () => true };
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Days before today on which the network is out. */
const OUT = [20, 12, 5];
/**
 * The time of the outage on such a day in UTC. Incidents have hours and searches have days, so everything lies within
 * one of each.
 */
const OUT_AT = 12.5 * HOUR;

describe('a network that is out on three days', () => {
  let gateway: Gateway;
  let context: AppContext;
  let close: () => Promise<void>;
  let api: Client;
  let now = new Date();
  const today = Math.floor(now.getTime() / DAY) * DAY;
  /** How far the monotonic clock of the web process is ahead, in ms. */
  let ahead = 0;
  let coastal: OpenContact[];
  let off: OpenContact;

  before(async () => {
    gateway = await startGateway({ monotonic: () => performance.now() + ahead });
    ({ context, close } = await contextOf(gateway, () => now));
    api = await newClient(gateway);
    // The worker's own looks would see messages before they are moved into the past, and take away an incident that a test puts there.
    for (const job of ['find-incidents', 'bounce-sweep', 'bounce-sweep-nightly'])
      await api('post', `/jobs/${job}/pause`, { body: { reason: 'The test looks itself.' } });
    let used = 0;
    const add = (area: string): Promise<OpenContact> => {
      const number = (): string => `+1${area}555${String(used++).padStart(4, '0')}`;
      return addSubscriber(gateway.store, { ring: context.ring, indexOf: context.indexOf, number });
    };
    coastal = [];
    for (let at = 0; at < 12; at += 1) coastal.push(await add('305'));
    off = await add('212');
    const got = new Date(today - 30 * DAY);
    await gateway.store.deliveries.insertMany(
      coastal.map(({ id: contact, index }) => {
        const { open: _, ...row } = bareRow({ contact, index, createdAt: got, finalAt: got });
        return { ...row, state: 'delivered' };
      }),
    );
    await gateway.sim('PUT', '/sim/behaviours', [
      { match: { prefix: '+1305' }, on: 'create', effect: { kind: 'errorCallback', code: 30003 } },
      { match: { number: off.number }, on: 'create', effect: { kind: 'errorCallback', code: 30003 } },
    ]);
    for (const days of OUT) await textAll(days);
  });
  after(async () => {
    await close();
    await gateway.stop();
  });

  /** Everybody gets a message; then that day is moved into the past, and the sweep of its evening runs. */
  const textAll = async (days: number): Promise<void> => {
    const { deliveries } = gateway.store;
    const createdAt = new Date();
    const rows = coastal.map((openContact) => plannedFor(openContact, { createdAt }));
    rows.push(plannedFor(off, { createdAt, sender: '+15550100199' }));
    await deliveries.insertMany(rows);
    const ids = { $in: rows.map(({ _id }) => _id) };
    // A receipt may be faster than the record of the hand-over, which then dates the decision.
    const over = { _id: ids, state: 'undelivered' as const, 'decision.at': { $type: 'date' as const } };
    const settled = { ...over, 'decision.by': { $exists: false } };
    await until(
      'all messages have failed',
      async () => (await deliveries.countDocuments(settled)) === rows.length,
    );
    const at = new Date(today - days * DAY + OUT_AT);
    const back = (field: string) => ({ $subtract: [`$${field}`, createdAt.getTime() - at.getTime()] });
    const times = { createdAt: back('createdAt'), acceptedAt: back('acceptedAt'), finalAt: back('finalAt') };
    const decision = { $mergeObjects: ['$decision', { at }] };
    await deliveries.updateMany({ _id: ids }, [{ $set: { ...times, decision } }]);
    now = new Date(at.getTime() + 2 * HOUR);
    await sweepBounces(context, FREE);
  };
  const suppressed = async (holders: readonly OpenContact[]): Promise<number> =>
    gateway.store.suppressions.countDocuments({ index: { $in: holders.map(({ index }) => index) } });

  it('takes none of its customers off the list, while a phone that is off by itself is found', async () => {
    expect(await suppressed(coastal)).to.equal(0);
    expect(await suppressed([off])).to.equal(1);
    now = new Date();
    expect(await sweepAll(context, FREE)).to.include({ ended: 0, suppressed: 0 });
  });

  it('is an incident each time, of the network and the sender, and a second search finds nothing new', async () => {
    const { items } = (await api('get', '/incidents')).body;
    const networks = items.filter(({ network }: { network: string | null }) => network === '305');
    expect(networks).to.have.length(3);
    expect(networks[0]).to.deep.include({ of: 'reach', ended: 12, failed: 12, numbers: 12, sender: null });
    expect(networks[0].codes).to.deep.equal([{ code: '30003', messages: 12 }]);
    expect(networks[0].closed_at).to.be.a('string');
    expect(networks[0].sentence).to.contain('12 of 12 messages to the network 305 did not get through');
    expect(items).to.have.length(6);
    expect(await findIncidents(context)).to.deep.equal({ changed: 0 });
  });

  it('shows in the metrics while it lasts', async () => {
    const open = async (): Promise<string> => {
      const text = await (await fetch(`${gateway.url}/metrics`)).text();
      return /assent_incidents_open\{role="web"\} (\d+)/.exec(text)?.[1] ?? 'none';
    };
    expect(await open()).to.equal('0');
    const [incident] = await gateway.store.incidents.find().limit(1).toArray();
    if (incident === undefined) throw new Error('there is no incident');
    await gateway.store.incidents.insertOne({ ...incident, _id: 'now', hour: new Date(Date.now() - HOUR) });
    expect(await open(), 'as read a moment ago').to.equal('0');
    ahead += 5000;
    expect(await open()).to.equal('1');
    await gateway.store.incidents.deleteOne({ _id: 'now' });
  });

  it('counts when a person dismisses the incident', async () => {
    const { items } = (await api('get', '/incidents')).body;
    const { dailyFigures } = gateway.store;
    const day = new Date().toISOString().slice(0, 10);
    await dailyFigures.insertOne({ _id: `deals ${day}`, program: 'deals', day, zone: 'UTC', groups: [] });
    const body = { note: 'A file of phones that nobody has.' };
    for (const { id } of items) {
      const answer = await api('post', `/incidents/${id}/dismiss`, { body });
      expect([answer.status, answer.body.dismissed.note]).to.deep.equal([200, body.note]);
    }
    expect(await dailyFigures.countDocuments({ stale: { $exists: true } })).to.be.at.least(1);
    expect(await sweepAll(context, FREE)).to.include({ suppressed: 12 });
    expect(await suppressed(coastal)).to.equal(12);
  });
});
