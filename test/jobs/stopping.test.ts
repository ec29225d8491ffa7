import { expect } from 'chai';
import type { JobTurn } from '../../src/jobs/job.ts';
import { JOBS } from '../../src/jobs/table.ts';
import type { OpenDesk } from '../../src/open-desk.ts';
import { type Carrier, createCarrier } from '../../src/sending/carrier/carrier.ts';
import type { CampaignDoc } from '../../src/store/campaigns/campaigns.ts';
import { keepReceipts } from '../../src/store/deliveries/receipts.ts';
import { dataHeld } from '../api/client.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { bareRow, deskOf, newDelivery, newSid, plant } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

const DAY_MS = 86_400_000;
const ago = (days: number): Date => new Date(Date.now() - days * DAY_MS);

/** One is one write of the database; the other reads a part of each number's list at least, so that it comes further. */
const GO_ON = ['expire-flags', 'catch-up'];

/** Counts of what is left, which a run that stops may tell. */
const LEFT = ['left', 'not_asked'];

/** What each of these does here, in this order, once it may. */
const DO: [job: string, done: string][] = [
  ['expire-prompts', 'expired'],
  ['end-holds', 'ended'],
  ['expire-late', 'expired'],
  ['note-campaigns', 'noted'],
  ['look-up-unknowns', 'looked'],
  ['adopt-receipts', 'orphaned'],
  ['bounce-sweep', 'judged'],
  ['bounce-sweep-nightly', 'judged'],
  ['report', 'written'],
  ['quality', 'scores'],
];

describe('background jobs that are not to go on', () => {
  let gateway: Gateway;
  let open: OpenDesk;
  let carrier: Carrier;
  before(async () => {
    gateway = await startGateway({ worker: false });
    carrier = createCarrier({ ...gateway.config.twilio, publicUrl: gateway.config.publicUrl });
    open = await deskOf(gateway, () => new Date(Date.now() + 20 * DAY_MS));
    await makeWork();
  });
  after(async () => {
    await carrier.close();
    await open.close();
    await gateway.stop();
  });

  /** Something that is due for each of the jobs above. */
  async function makeWork(): Promise<void> {
    const { store } = gateway;
    const [asked, held, bounced] = [newPerson(), newPerson(), newPerson()];
    await gateway.text(asked, 'JOIN');
    for (const body of ['JOIN', 'YES', 'I get too many texts']) await gateway.text(held, body);
    for (const body of ['JOIN', 'YES']) await gateway.text(bounced, body);
    const underWay = { state: { $in: ['sending', 'accepted', 'sent'] as const } };
    await until('receipts', async () => (await store.deliveries.countDocuments(underWay)) === 0);
    const late = { _id: 'late', state: 'paused', deadline: ago(1) } as CampaignDoc;
    const over = { _id: 'over', state: 'finished', endedAt: ago(1) } as CampaignDoc;
    await store.campaigns.insertMany([late, over]);
    await store.deliveries.insertOne(bareRow({ state: 'planned', campaign: 'late' }));
    await plant(open, bounced, 'News!', { state: 'unknown', lookUpAt: ago(1) });
    const raw = { carrierSid: newSid(), status: 'delivered', error: null, doneDate: null, index: null };
    await keepReceipts(store, [{ ...raw, at: ago(1), delivery: newDelivery(), epoch: 1 }]);
    const at = new Date();
    const told = {
      decision: { allowed: true, reasons: [], at },
      acceptedAt: at,
      finalAt: at,
      leaseUntil: at,
    };
    await plant(open, bounced, 'News!', { ...told, state: 'undelivered', error: '30005' });
  }

  const run = (name: string, goOn: () => boolean) => {
    const found = JOBS.find((one) => one.name === name);
    if (found === undefined) throw new Error(`there is no job ${name}`);
    const turn: JobTurn = { payload: {}, most: Number.POSITIVE_INFINITY, goOn };
    return found.run(
      { desk: open.desk, carrier, planAgain: { transactional: false } },
      turn as JobTurn<never>,
    );
  };

  for (const { name } of JOBS) {
    if (GO_ON.includes(name)) continue;
    it(`${name} stops before it has written anything`, async () => {
      const before = await dataHeld(gateway);
      const counts = await run(name, () => false);
      expect(await dataHeld(gateway)).to.equal(before);
      for (const [what, count] of Object.entries(counts ?? {})) {
        if (!LEFT.includes(what)) expect(count, what).to.equal(0);
      }
    });
  }

  for (const [name, done] of DO) {
    it(`${name} does what it left, once it may`, async () => {
      const counts = await run(name, () => true);
      expect(counts?.[done], JSON.stringify(counts)).to.be.greaterThan(0);
    });
  }

  for (const name of ['find-incidents', 'quality']) {
    it(`${name} looks at everything or at nothing, so one that stops has done nothing, and it has ten minutes`, async () => {
      expect(await run(name, () => false)).to.equal(null);
      expect(JOBS.find((one) => one.name === name)?.budget.ms).to.equal(600_000);
    });
  }
});
