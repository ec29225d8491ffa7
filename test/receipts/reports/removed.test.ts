import { expect } from 'chai';
import { SENDERS } from '../../../scripts/seed/programs.ts';
import { carrierOptOut } from '../../../src/consent/carrier-opt-out.ts';
import { readDeactivations } from '../../../src/consent/maintenance/deactivations.ts';
import { recordNumberFinding } from '../../../src/consent/maintenance/number-findings.ts';
import { ageConsents } from '../../../src/consent/maintenance/renewals.ts';
import { runVerifications } from '../../../src/contacts/verification.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { createTwilioClient, type TwilioClient } from '../../../src/sending/twilio/client.ts';
import { type Client, newClient } from '../../api/client.ts';
import { newPerson } from '../../promises/inbound-posts.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { contextOf, newSid, plant } from '../rows.ts';

const DAY_MS = 86_400_000;
const STYLIST = SENDERS.stylist.number;
const FREE = { most: 100, goOn: () => true };

type Removed = {
  contact: string;
  what: string;
  program: string | null;
  reason: string;
  rule: string | null;
  sentence: string;
  receipts: object[];
};

describe('the report of numbers that left the active list', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  let carrier: TwilioClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', lookup: true });
    client = await newClient(gateway);
    open = await contextOf(gateway);
    carrier = createTwilioClient({ ...gateway.config.twilio, publicUrl: gateway.config.publicUrl });
  });
  after(async () => {
    await carrier.close();
    await open.close();
    await gateway.stop();
  });

  const subscriber = async (): Promise<{ number: string; contact: string }> => {
    const number = newPerson();
    for (const word of ['JOIN', 'YES']) await gateway.text(number, word);
    const found = await gateway.store.contacts.findOne({ index: open.context.indexOf(number) });
    return { number, contact: found?._id ?? '' };
  };
  const removed = async (contact: string, query = ''): Promise<Removed[]> => {
    const { body } = await client('get', '/reports/list-quality/removed', { query });
    return body.items.filter((item: Removed) => item.contact === contact);
  };
  const totals = async () => (await client('get', '/reports/list-quality')).body.totals;
  const refuse = async (number: string, code: string) => {
    const carrierSid = newSid();
    const at = new Date();
    const row = await plant(open, number, 'Deals!', { state: 'failed', error: code, carrierSid });
    await carrierOptOut(open.context, { delivery: row._id, code, at });
    return [{ delivery: row._id, code, at: at.toISOString() }];
  };

  it('lists opt-outs that only the carrier knew with the receipt and its code', async () => {
    const { number, contact } = await subscriber();
    const receipts = await refuse(number, '21610');
    const of = { contact, program: null, reason: 'carrier error 21610', rule: 'carrier error 21610' };
    const [blocked, left, ...more] = await removed(contact);
    expect(more).to.deep.equal([]);
    expect(blocked).to.deep.include({ ...of, what: 'blocked', receipts });
    expect(blocked?.sentence).to.contain('one of our senders or Messaging Services');
    expect(left).to.deep.include({ ...of, what: 'opted-out', receipts });
    expect(await totals()).to.deep.include({
      carrier_blocked: 1,
      carrier_blocked_by: [{ rule: 'carrier error 21610', count: 1 }],
      carrier_opted_out: 1,
      carrier_opted_out_by: [{ rule: 'carrier error 21610', count: 1 }],
    });
  });

  it("lists a network's block as blocked only, and no STOP as the carrier's", async () => {
    const { number, contact } = await subscriber();
    const receipts = await refuse(number, '30004');
    const found = await removed(contact);
    expect(found.map(({ what }) => what)).to.deep.equal(['blocked']);
    expect(found[0]).to.deep.include({ rule: 'carrier error 30004', receipts });
    const stops = await subscriber();
    await gateway.text(stops.number, 'STOP', SENDERS.shop.number);
    expect(await removed(stops.contact)).to.deep.equal([]);
    expect(await totals()).to.include({ carrier_blocked: 2, carrier_opted_out: 1 });
  });

  it('lists numbers that one sender cannot reach as that', async () => {
    const { contact } = await subscriber();
    const before = (await totals()).suppressed;
    const rule = { name: 'failures-of-sender', sender: '28555', times: 3, withinDays: 30 } as const;
    const found = { contact, job: 'bounce-sweep', rules: 'bounces-2', at: new Date(), receipts: [], rule };
    await recordNumberFinding(open.context, { ...found, kind: 'suppress', scope: 'sender:28555' });
    const [closed] = await removed(contact);
    expect(closed).to.include({
      what: 'suppressed-for-sender',
      reason: 'messages from 28555 failed on 3 days of 30',
    });
    expect(closed?.sentence).to.contain('One of our senders');
    expect(await totals()).to.include({ suppressed: before, suppressed_for_sender: 1 });
  });

  it('lists each number once, in order, however small the pages are', async () => {
    const { items } = (await client('get', '/reports/list-quality/removed')).body;
    const paged: Removed[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = `limit=1${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      const { body } = await client('get', '/reports/list-quality/removed', { query });
      paged.push(...body.items);
      cursor = body.next_cursor;
    }
    expect(items).to.have.length(4);
    expect(paged).to.deep.equal(items);
  });

  it('counts one person for an opt-out that spared later consent, by the programs they left', async () => {
    const number = newPerson();
    for (const word of ['STYLE', 'YES']) await gateway.text(number, word, STYLIST);
    for (const word of ['ORDERS', 'YES']) await gateway.text(number, word);
    const at = new Date();
    const more = { state: 'failed', error: '21610', carrierSid: newSid(), sender: STYLIST } as const;
    const row = await plant(open, number, 'Curls!', more);
    for (const word of ['JOIN', 'YES']) await gateway.text(number, word);
    const before = (await totals()).carrier_opted_out;
    await carrierOptOut(open.context, { delivery: row._id, code: '21610', at });
    const left = (await removed(row.contact)).filter(({ what }) => what === 'opted-out');
    expect(left.map(({ program }) => program)).to.have.members(['stylist', 'orders']);
    for (const { sentence } of left) {
      expect(sentence).to.contain('one program').and.not.to.contain('everything');
    }
    expect((await totals()).carrier_opted_out).to.equal(before + 1);
  });

  it('names the rule and the age for consent that grew old', async () => {
    const { contact } = await subscriber();
    const at = new Date(Date.now() - 700 * DAY_MS);
    await gateway.store.contacts.updateOne(
      { _id: contact, 'subscriptions.program': 'deals' },
      { $set: { 'subscriptions.$.basis.at': at, 'subscriptions.$.since': at } },
    );
    expect((await ageConsents(open.context, FREE)).lapsed).to.equal(1);
    const [lapsed] = await removed(contact);
    expect(lapsed).to.deep.include({ what: 'ended', reason: 'lapsed', rule: 'consent-age', receipts: [] });
    const { body } = await client('get', '/consent-records', { query: `contact=${contact}` });
    const origin = body.items.at(-1).personal?.origin ?? '{}';
    expect(JSON.parse(origin)).to.deep.equal({ rule: 'consent-age', months: 18 });
  });

  it('names the rule for numbers that the carrier disconnected or whose line takes no texts', async () => {
    const [listed, landline] = [await subscriber(), await subscriber()];
    const date = new Date(Date.now() + DAY_MS).toISOString().slice(0, 10);
    await gateway.sim('PUT', '/sim/deactivations', { date, numbers: [listed.number] });
    const read = { only: date, goOn: () => true };
    expect((await readDeactivations(open.context, carrier.deactivatedOn, read)).ended).to.equal(1);
    const line = { kind: 'line', type: 'landline' };
    const behaviour = { match: { number: landline.number }, on: 'lookup', effect: line };
    await gateway.sim('PUT', '/sim/behaviours', [behaviour]);
    await client('post', '/verifications', { body: {} });
    await runVerifications(open.context, () => true);
    const rules = async (contact: string) =>
      (await removed(contact)).map(({ what, reason, rule }) => [what, reason, rule]);
    expect(await rules(listed.contact)).to.deep.equal([['ended', 'deactivated', 'deactivation-file']]);
    const rule = 'verification:landline';
    expect(await rules(landline.contact)).to.deep.equal([
      ['ended', 'not-mobile', rule],
      ['suppressed', rule, rule],
    ]);
  });
});
