import { expect } from 'chai';
import { createKey, SCOPES } from '../../../src/access/api-keys.ts';
import type { AppContext } from '../../../src/consent/app-context.ts';
import { recordNumberFinding } from '../../../src/consent/maintenance/number-findings.ts';
import type { DeliveryOutcome } from '../../../src/domain/reports/delivery-tally.ts';
import { openContext } from '../../../src/open-context.ts';
import { buildDailyFigures } from '../../../src/reports/daily-figures.ts';
import { countBouncesAnew } from '../../../src/reports/list-quality.ts';
import { countMoves } from '../../../src/reports/subscriber-moves.ts';
import { createLog } from '../../../src/running/log.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { type Client, clientWith } from '../../api/client.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';

/** Noon in New York, whose day the programs of the seed go by. */
const NOW = new Date('2026-03-20T16:00:00Z');
const HOUR = 3_600_000;
const hoursAgo = (hours: number): Date => new Date(NOW.getTime() - hours * HOUR);

const ANA = '+15551230001';
const BEN = '+15551230002';

/** The rule by which a number left, as the reports name it. */
const GONE = 'the carrier said that the number does not exist';

describe('reports', () => {
  let gateway: Gateway;
  let [client, key]: [Client | null, string] = [null, ''];
  let context: AppContext;
  let close: () => Promise<void>;
  const people = new Map<string, string>();
  before(async () => {
    gateway = await startGateway({ worker: 'replies', now: () => NOW });
    const name = gateway.store.db.databaseName;
    ({ context, close } = await openContext(
      { ...gateway.config, database: name },
      createLog('silent', 'test'),
      () => NOW,
    ));
    ({ key } = await createKey(gateway.store, { name: 'test', scopes: SCOPES }, NOW));
    client = clientWith(gateway.url, key);
    for (const number of [ANA, BEN]) {
      for (const body of ['JOIN', 'YES']) await gateway.text(number, body);
      const contact = await gateway.store.contacts.findOne({ index: context.indexOf(number) });
      people.set(number, contact?._id ?? '');
    }
    await gateway.store.deliveries.insertMany(HISTORY.flatMap(rowsOf));
  });
  after(async () => {
    await close();
    await gateway.stop();
  });

  type RowFields = Partial<Pick<DeliveryDoc, 'sender' | 'campaign' | 'error'>> & {
    state: DeliveryOutcome;
    hours: number;
    count?: number;
    seconds?: number;
  };
  /** Messages of the 14th, three days ago and today. The 15th has none. */
  const HISTORY: RowFields[] = [
    { state: 'delivered', hours: 6 * 24, count: 8, seconds: 10, campaign: 'spring' },
    { state: 'undelivered', hours: 6 * 24, count: 2, error: '30003', campaign: 'spring' },
    { state: 'delivered', hours: 3 * 24, count: 5, seconds: 100 },
    { state: 'failed', hours: 3 * 24 - 1, count: 1, error: '21614' },
    { state: 'delivered', hours: 2, count: 3, seconds: 10, sender: '+18005550100' },
    { state: 'undelivered', hours: 2, count: 4, error: '30003' },
    { state: 'unknown', hours: 2 },
    { state: 'delivered', hours: 5, count: 2, seconds: 10, campaign: 'news' },
    { state: 'accepted', hours: 1, count: 2 },
  ];
  let rows = 0;
  const rowsOf = ({ hours, count = 1, seconds, ...told }: RowFields): DeliveryDoc[] =>
    Array.from({ length: count }, () => {
      const at = hoursAgo(hours);
      const final = seconds === undefined ? {} : { finalAt: new Date(at.getTime() + seconds * 1000) };
      rows += 1;
      return {
        _id: `row${rows}`,
        contact: people.get(rows % 2 === 0 ? ANA : BEN),
        index: `1.i${rows}`,
        class: 'marketing',
        program: 'deals',
        sender: '28555',
        answers: null,
        createdAt: at,
        decision: { allowed: true, reasons: [], at },
        acceptedAt: at,
        ...final,
        ...told,
      } as Partial<DeliveryDoc> as DeliveryDoc;
    });

  const get = async (path: string, query = '') => {
    const answer = await client?.('get', `/reports/${path}`, { query });
    if (answer?.status !== 200) throw new Error(`${answer?.status} ${answer?.text}`);
    return answer.body;
  };
  const text = async (path: string, headers: Record<string, string> = {}) => {
    const url = `${gateway.url}/api/v1/reports/${path}`;
    const answer = await fetch(url, { headers: { Authorization: `Bearer ${key}`, ...headers } });
    return { type: answer.headers.get('content-type'), body: await answer.text() };
  };
  const spring = (found: { rows: { key: string | null }[] }) =>
    found.rows.find((row) => row.key === 'spring');

  const WEEK = 'since=2026-03-14&until=2026-03-20';

  it('count the same from the deliveries as from the nightly sums, whose second run writes nothing', async () => {
    const asked = ['program', 'sender', 'hour', 'campaign', 'carrier'];
    const ask = () => Promise.all(asked.map((by) => get('deliverability', `${WEEK}&by=${by}`)));
    const live = await ask();
    expect(await buildDailyFigures(context)).to.deep.equal({ written: 6, left: 0 });
    expect(await ask()).to.deep.equal(live);
    expect(await buildDailyFigures(context)).to.deep.equal({ written: 0, left: 0 });
  });

  it('count a month from the deliveries while no night has summed it up', async () => {
    const month = { sender: '28555', state: 'delivered' as const, seconds: 10 };
    const rows = Array.from({ length: 25 }, (_, day) => rowsOf({ ...month, hours: 24 * (day + 1) })).flat();
    const ofOrders = rows.map((row) => ({ ...row, program: 'orders' }));
    await gateway.store.deliveries.insertMany(ofOrders);
    const { totals } = await get('deliverability', 'program=orders');
    expect(totals).to.include({ handed_over: 25, delivered: 25 });
    expect((await get('errors', 'program=orders')).handed_over).to.equal(25);
    await gateway.store.deliveries.deleteMany({ _id: { $in: ofOrders.map(({ _id }) => _id) } });
    expect((await client?.('get', '/quality'))?.body.measured_by).to.match(
      /^The job "quality" makes these figures; /,
    );
  });

  it('show the outcomes of handed-over messages, without replies', async () => {
    const found = await get('deliverability', WEEK);
    expect(found.totals).to.include({ handed_over: 28, waiting: 2, sample: 26, delivered: 18, unknown: 1 });
    expect(found.totals.delivered_share).to.be.closeTo(18 / 26, 1e-9);
    expect(found).to.include({ zone: 'America/New_York', by: 'program' });
  });

  it("group messages by campaign, sender and the program's hour", async () => {
    const campaign = spring(await get('deliverability', `${WEEK}&by=campaign`));
    expect(campaign).to.include({ handed_over: 10, delivered: 8, undelivered: 2, median_seconds: 10.4 });
    const { rows: senders } = await get('deliverability', `${WEEK}&by=sender`);
    expect(senders.map((sender: { key: string }) => sender.key)).to.deep.equal(['28555', '+18005550100']);
    const { rows: hours } = await get('deliverability', `${WEEK}&by=hour`);
    expect(
      hours.map((hour: { key: string; handed_over: number }) => [hour.key, hour.handed_over]),
    ).to.deep.equal([
      ['07', 2],
      ['10', 8],
      ['11', 2],
      ['12', 15],
      ['13', 1],
    ]);
  });

  it('are computed again for late receipts', async () => {
    const late = { state: 'delivered' as const, finalAt: NOW };
    await gateway.store.deliveries.updateOne({ state: 'failed', error: '21614' }, { $set: late });
    expect(await buildDailyFigures(context)).to.deep.equal({ written: 1, left: 0 });
    expect((await get('deliverability', WEEK)).totals).to.include({ delivered: 19, failed: 0 });
  });

  it('are computed again, all days of the month, when people classify failures anew', async () => {
    await countBouncesAnew(context);
    expect(await buildDailyFigures(context)).to.deep.equal({ written: 6, left: 0 });
    expect(await buildDailyFigures(context)).to.deep.equal({ written: 0, left: 0 });
  });

  it('compare errors with the time before, and say what to do', async () => {
    const found = await get('errors', 'since=2026-03-18&until=2026-03-20');
    expect(found.before).to.deep.equal({ since: '2026-03-15', until: '2026-03-17', handed_over: 6 });
    const [first] = found.rows;
    expect(first).to.include({ code: '30003', count: 4, share: 4 / 12 });
    expect(first.todo).to.be.a('string').and.not.equal('');
  });

  it('refuse impossible days and name the field', async () => {
    for (const [query, field] of [
      ['since=2026-03-21', 'since'],
      ['until=2026-03-21', 'until'],
      ['since=2020-01-01', 'since'],
      ['program=nothing', 'program'],
    ]) {
      const answer = await client?.('get', '/reports/deliverability', { query: query ?? '' });
      expect(answer?.status, query).to.equal(422);
      expect(answer?.body.errors[0].field).to.equal(field);
    }
  });

  it('name for every number that left the rule and the receipts that removed it', async () => {
    const receipts = [{ delivery: 'row9', code: '30005', at: hoursAgo(5) }];
    const ana = people.get(ANA) ?? '';
    const found = { contact: ana, job: 'bounce-sweep', rules: 'bounces-1', at: hoursAgo(1), receipts };
    const ending = { kind: 'end', reason: 'gone', programs: 'all', suppress: true } as const;
    await recordNumberFinding(context, { ...found, ...ending, rule: { name: 'said-gone' } });
    const { items } = await get('list-quality/removed');
    expect(items.map((item: { what: string; rule: string }) => [item.what, item.rule])).to.deep.equal([
      ['ended', GONE],
      ['suppressed', GONE],
    ]);
    expect(items[0]).to.include({ contact: ana, masked: '+1••••••0001', program: 'deals', reason: 'gone' });
    expect(items[0].receipts).to.deep.equal([{ ...receipts[0], at: hoursAgo(5).toISOString() }]);
    const page = await get('list-quality/removed', 'limit=1');
    const next = await get('list-quality/removed', `limit=1&cursor=${page.next_cursor}`);
    expect([...page.items, ...next.items]).to.deep.equal(items);
    const of = { _id: ana };
    const sealed = (await gateway.store.contacts.findOne(of))?.sealed ?? null;
    await gateway.store.contacts.updateOne(of, { $set: { sealed: Buffer.from('not what was sealed') } });
    const closed = (await get('list-quality/removed')).items[0];
    expect(closed, 'who cannot be opened').to.include({ contact: ana, masked: null, reason: 'gone' });
    await gateway.store.contacts.updateOne(of, { $set: { sealed } });
  });

  it('show the clean-up on its day, and that a text brings a number back', async () => {
    await gateway.text(ANA, 'HELP');
    const { days, totals } = await get('list-quality', WEEK);
    expect(days.at(-1)).to.include({ day: '2026-03-20', suppressed: 1, restored: 1 });
    expect(totals.consents_ended.gone).to.equal(1);
    expect(totals.suppressed_by).to.deep.equal([{ rule: GONE, count: 1 }]);
    expect(days).to.have.length(7);
  });

  it('count joins and departures the same from the ledger as from the counted days, each entry once', async () => {
    await gateway.text(BEN, 'STOP');
    await gateway.text(BEN, 'STOP');
    const ask = () => Promise.all(['growth', 'opt-outs'].map((path) => get(path, `${WEEK}&program=deals`)));
    const live = await ask();
    const asIfLater = -2000;
    const runs = await Promise.all([1, 2].map(() => countMoves(context, () => true, asIfLater)));
    const entries = await gateway.store.consentEvents.countDocuments();
    expect(runs.map((run) => run.entries).sort((a, b) => a - b)).to.deep.equal([0, entries]);
    expect(await countMoves(context, () => true, asIfLater)).to.deep.equal({ entries: 0 });
    expect(await ask()).to.deep.equal(live);
    const [growth, optOuts] = live;
    const { days, totals } = growth.programs[0];
    expect(totals).to.include({ asked: 2, confirmed: 2, opted_out: 1, ended: 1, net: 0, churn: null });
    expect(days.at(-1)).to.include({ day: '2026-03-20', confirmed: 2, subscribed: 0 });
    expect(optOuts).to.include({ attribution_hours: 72 });
    expect(optOuts.rows[0]).to.deep.include({
      campaign: 'news',
      delivered: 2,
      opted_out: 1,
      per_thousand: 500,
    });
    expect(optOuts.rows[0].by_source).to.include({ word: 1, ordinary: 0 });
  });

  it('are streamed as CSV with guarded cells on request', async () => {
    const asked = await text('list-quality/removed?format=csv');
    expect(asked.type).to.equal('text/csv; charset=utf-8');
    const [header, ...lines] = asked.body.trimEnd().split('\r\n');
    expect(header).to.match(/^at,contact,masked,/);
    expect(lines).to.have.length(2);
    expect(lines[0]).to.contain(`,'+1••••••0001,`).and.contain('row9 30005');
    const accepted = await text(`deliverability?${WEEK}`, { Accept: 'text/csv' });
    expect(accepted.body).to.match(/^key,handed_over,.*\r\ndeals,28,/);
    const json = await text(`deliverability?${WEEK}&format=json`, { Accept: 'text/csv' });
    expect(json.type).to.match(/^application\/json/);
    const refused = await text('deliverability?since=2020-01-01&format=csv');
    expect(refused.type).to.equal('application/problem+json');
  });
});
