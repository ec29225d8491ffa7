import { ObjectId } from 'mongodb';
import type { OpenedContext } from '../../src/open-context.ts';
import type { CampaignDoc } from '../../src/store/campaigns/campaign-document.ts';
import { keepWaitingReceipts } from '../../src/store/deliveries/waiting-receipts.ts';
import { countClick } from '../../src/store/templates/links.ts';
import { type Client, newClient } from '../api/client.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { bareRow, newDelivery, newSid, plant } from '../receipts/rows.ts';
import { type Gateway, until } from '../support/gateway.ts';

const DAY_MS = 86_400_000;
const ago = (days: number): Date => new Date(Date.now() - days * DAY_MS);

/** Creates work for every background job of a context whose clock is twenty days ahead, or right for `reconcile`. */
export async function makeWork(gateway: Gateway, open: OpenedContext): Promise<void> {
  const [asked, held, bounced] = [newPerson(), newPerson(), newPerson()];
  await gateway.text(asked, 'JOIN');
  for (const body of ['JOIN', 'YES', 'I get too many texts']) await gateway.text(held, body);
  for (const body of ['JOIN', 'YES']) await gateway.text(bounced, body);
  await agedConsent(gateway, open, newPerson());
  const underWay = { state: { $in: ['sending', 'accepted', 'sent'] as const } };
  await until(
    'the delivery reports of all messages are recorded',
    async () => (await gateway.store.deliveries.countDocuments(underWay)) === 0,
  );
  await workOnMessages(gateway, open, bounced);
  await workOnPeople(await newClient(gateway));
  await oldEntry(gateway);
  await gateway.web.stop();
  // This is the first text that the job takes from the carrier's list.
  await gateway.textWithoutWaiting(newPerson(), 'STOP');
  await gateway.web.start();
}

/** A consent that was confirmed long ago, from a person who has been silent since. */
async function agedConsent(gateway: Gateway, open: OpenedContext, number: string): Promise<void> {
  for (const body of ['JOIN', 'YES']) await gateway.text(number, body);
  const at = ago(700);
  await gateway.store.contacts.updateOne(
    { index: open.context.indexOf(number) },
    {
      $set: { 'subscriptions.0.basis.at': at, 'subscriptions.0.since': at, promptsSent: [] },
      $unset: { repliedAt: true },
    },
  );
}

async function workOnMessages({ store }: Gateway, open: OpenedContext, bounced: string): Promise<void> {
  const late = { _id: 'late', state: 'paused', deadline: ago(1) } as CampaignDoc;
  const over = { _id: 'over', state: 'finished', endedAt: ago(1) } as CampaignDoc;
  await store.campaigns.insertMany([late, over]);
  await store.deliveries.insertOne(bareRow({ state: 'planned', campaign: 'late', validUntil: ago(1) }));
  const link = { _id: 'opened', delivery: 'd', contact: 'c_nobody', target: '', createdAt: ago(1) };
  await countClick(store, link, 'person', null, ago(1));
  const { open: _, ...stuck } = bareRow({ state: 'sent', carrierSid: newSid(), acceptedAt: ago(4) });
  await store.deliveries.insertOne(stuck);
  await plant(open, bounced, 'News!', { state: 'unknown', lookUpAt: ago(1) });
  const raw = { carrierSid: newSid(), status: 'delivered', error: null, doneDate: null, index: null };
  await keepWaitingReceipts(store, [{ ...raw, at: ago(1), delivery: newDelivery(), epoch: 1 }]);
  const at = new Date();
  const told = { decision: { allowed: true, reasons: [], at }, acceptedAt: at, finalAt: at, leaseUntil: at };
  await plant(open, bounced, 'News!', { ...told, state: 'undelivered', error: '30005' });
}

async function workOnPeople(client: Client): Promise<void> {
  const rule = { kind: 'did-not', event: 'purchase', days: 10, from: ['customer'], to: 'churned' };
  await client('put', '/stages', { body: { own: [], rules: [rule] } });
  await client('post', '/contacts', { body: { phone: newPerson(), stage: 'customer' } });
  await client('post', '/verifications', { body: {} });
  const changes = [{ list: 'opt-out', add: ['adios'] }];
  await client('post', '/back-tests', { body: { rules: { changes }, days: 30 } });
}

/** A ledger entry that is an hour old, since the last minute is not counted yet. */
async function oldEntry({ store }: Gateway): Promise<void> {
  const entry = await store.consentEvents.findOne({});
  if (entry === null) throw new Error('the ledger is empty');
  const then = ObjectId.createFromTime(Date.now() / 1000 - 3600);
  await store.consentEvents.insertOne({ ...entry, _id: then, contact: 'c_earlier' });
}
