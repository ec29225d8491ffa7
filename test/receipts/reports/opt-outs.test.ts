import { expect } from 'chai';
import { endDueHolds } from '../../../src/consent/maintenance/expirations.ts';
import { dayAt } from '../../../src/domain/reports/period.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { buildDailyFigures } from '../../../src/reports/daily-figures.ts';
import { countMoves } from '../../../src/reports/subscriber-moves.ts';
import { type Client, newClient } from '../../api/client.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { bareRow, contextOf } from '../rows.ts';

const BEGIN = Date.parse('2026-03-16T14:00:00Z');
const HOUR = 3_600_000;
/** With this offset the entries of this moment count as written a moment ago. */
const ALL = -2000;

describe('opt-outs of a campaign', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  let hours = 0;
  const now = (): Date => new Date(BEGIN + hours * HOUR);
  before(async () => {
    gateway = await startGateway({ worker: 'replies', now });
    client = await newClient(gateway);
    open = await contextOf(gateway, now);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  let numbers = 0;
  const subscriber = async (...texts: string[]) => {
    numbers += 1;
    const number = `+155518930${String(numbers).padStart(2, '0')}`;
    for (const body of texts) await gateway.text(number, body);
    const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(number) });
    return { number, contact: contact?._id ?? '' };
  };
  const got = async (contact: string, campaign: string) => {
    const at = now();
    const decision = { allowed: true, reasons: [], at };
    const row = { contact, campaign, state: 'delivered' as const, createdAt: at, decision, acceptedAt: at };
    await gateway.store.deliveries.insertOne({ ...bareRow(row), finalAt: at });
  };
  const report = async (query = '') => {
    const days = `since=2026-03-16&until=${dayAt('America/New_York', now())}`;
    const { status, body } = await client('get', '/reports/opt-outs', { query: `${days}${query}` });
    expect(status, body.detail).to.equal(200);
    const told = new Map<string | null, Record<string, unknown>>();
    for (const { campaign, ...row } of body.rows) told.set(campaign, row);
    return told;
  };
  const count = async (): Promise<void> => {
    await countMoves(open.context, () => true, ALL);
    await buildDailyFigures(open.context);
  };
  const leaves = { opted_out: 1, per_thousand: 1000, delivered: 1 };

  it('count once for a person in several programs, live and by the job', async () => {
    const { number, contact } = await subscriber('JOIN', 'YES', 'ORDERS', 'YES');
    await got(contact, 'spring');
    hours += 1;
    await gateway.text(number, 'STOP');
    const live = await report();
    expect(live.get('spring')).to.deep.include(leaves);
    await count();
    expect(await report()).to.deep.equal(live);
    expect((await report('&program=orders')).size).to.equal(0);
    const { body } = await client('get', '/reports/growth', { query: 'since=2026-03-16&until=2026-03-16' });
    const left = body.programs.map((program: { totals: { opted_out: number } }) => program.totals.opted_out);
    expect(left.filter((count: number) => count === 1)).to.have.length(2);
  });

  it('count for the campaign before the text that was put on hold, and not when overturned', async () => {
    const { number, contact } = await subscriber('JOIN', 'YES');
    await got(contact, 'summer');
    hours += 1;
    await gateway.text(number, 'I get too many texts');
    hours += 8 * 24 - 5;
    expect(await endDueHolds(open.context)).to.equal(1);
    await count();
    const held = (await report()).get('summer');
    expect(held).to.deep.include(leaves);
    expect(held?.by_source).to.include({ timer: 1, word: 0 });
    const ended = await gateway.store.consentEvents.findOne({ contact, actor: 'job:end-holds' });
    const order = { event: ended?.seq, reason: 'It was about a shop list.' };
    expect((await client('post', `/contacts/${contact}/overturn`, { body: order })).status).to.equal(200);
    await count();
    expect((await report()).get('summer')).to.deep.include({ opted_out: 0, per_thousand: 0, delivered: 1 });
  });

  it('count for the campaign before the text, however late it is processed', async () => {
    const { number, contact } = await subscriber('JOIN', 'YES');
    await got(contact, 'autumn');
    hours += 1;
    await gateway.text(number, 'STOP');
    const at = now();
    hours += 6;
    await got(contact, 'winter');
    hours += 6;
    // A spooled text leaves this: the time of the act, and a later one of its entry.
    await gateway.store.consentEvents.updateOne(
      { contact, kind: 'withdrawn' },
      { $set: { actedAt: at, recordedAt: now() } },
    );
    await count();
    const told = await report();
    expect(told.get('autumn')).to.deep.include(leaves);
    expect(told.get('winter')).to.deep.include({ opted_out: 0, delivered: 1 });
  });
});
