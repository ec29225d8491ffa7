import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../../scripts/seed/programs.ts';
import { sendStep } from '../../../src/campaigns/journeys/send-step.ts';
import { type Contact, contactById } from '../../../src/contacts/find-contact.ts';
import type { Program, Sender } from '../../../src/domain/program.ts';
import type { OpenDesk } from '../../../src/open-desk.ts';
import { findMessageTemplate } from '../../../src/store/campaigns/message-templates.ts';
import type { JourneyRunDoc } from '../../../src/store/journeys/runs.ts';
import { type Client, fieldsOf, newClient } from '../../api/client.ts';
import { deskOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { addSubscriber, plannedFor } from '../../support/people.ts';

const FIRST = SENDERS.stylist;
const SECOND: Sender = { ...FIRST, number: '+15550100198' };
const [deals] = PROGRAMS as [Program];
const program = { ...deals, numbers: [FIRST.number, SECOND.number] };

describe('words with a code and a link of their own', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenDesk;
  before(async () => {
    gateway = await startGateway({ worker: false, senders: [FIRST, SECOND], programs: [program] });
    client = await newClient(gateway);
    open = await deskOf(gateway);
    await client('put', '/coupon-pools/spring', { body: { name: 'Spring' } });
    await client('post', '/coupon-pools/spring/codes', { body: { codes: ['REAL-1', 'REAL-2', 'REAL-3'] } });
    const texts = { en: '{brand}: {coupon:spring} at {link:https://fernway.example/} STOP to end' };
    await client('put', '/templates/spring', { body: { program: 'deals', texts } });
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  /** A subscriber who knows the program by its second number. */
  const subscriber = async (phone: string): Promise<Contact> => {
    const { ring, indexOf, store } = open.desk;
    const holder = await addSubscriber(store, { ring, indexOf, number: () => phone });
    const had = { sender: SECOND.number, state: 'delivered' as const, acceptedAt: new Date() };
    await store.deliveries.insertOne(plannedFor(holder, had));
    return readAnew(holder.id);
  };
  const readAnew = async (id: string): Promise<Contact> => {
    const contact = await contactById(open.desk, id);
    if (contact === null) throw new Error('nobody joined');
    return contact;
  };
  const blockedOnFirst = async (phone: string): Promise<Contact> => {
    const { id, index } = await subscriber(phone);
    await gateway.store.suppressions.insertOne({
      ...{ index, scope: `sender:${FIRST.number}`, kind: 'carrier', generation: 1, since: new Date() },
      ...{ lifts: {}, until: null, source: 'a test' },
    });
    return readAnew(id);
  };
  const order = ({ id }: Contact, key: string) =>
    client('post', '/messages', {
      headers: { 'Idempotency-Key': key },
      body: { contact: id, program: 'deals', topic: 'deals', template: 'spring' },
    });
  const step = ({ stored, person }: Contact, run: string, subscriptions = person.subscriptions) =>
    sendStep(
      open.desk,
      {
        ...{ run: { _id: run, journey: 'welcome' } as JourneyRunDoc, stored, program },
        person: { ...person, subscriptions },
      },
      { id: 'a', message: { template: 'spring', topic: 'deals' } },
      (id) => findMessageTemplate(gateway.store, id),
    );
  const textOf = async (id = ''): Promise<string> => (await client('get', `/deliveries/${id}`)).body.text;
  const linksOf = (delivery = '') => gateway.store.links.countDocuments({ delivery });
  const claimed = async (): Promise<number> => (await client('get', '/coupon-pools/spring')).body.claimed;

  it('are judged for the number they leave from, where the carrier blocks another of the program', async () => {
    const contact = await blockedOnFirst('+15551350001');
    const { body } = await order(contact, 'blocked');
    expect([body.state, await linksOf(body.id)]).to.deep.equal(['planned', 1]);
    expect(await textOf(body.id)).to.match(/: REAL-\d at /);
    const sent = await step(contact, 'blocked');
    expect([sent.did, await linksOf(sent.delivery)]).to.deep.equal(['sent', 1]);
    expect(await textOf(sent.delivery)).to.match(/: REAL-\d at /);
  });

  it('never leave as samples: whoever might not get them when they were made gets none', async () => {
    const contact = await subscriber('+15551350002');
    const before = await claimed();
    const sent = await step(contact, 'stale', []);
    expect([sent.did, sent.reasons]).to.deep.equal(['refused', ['not-subscribed']]);
    const row = await gateway.store.deliveries.findOne({ _id: sent.delivery ?? '' });
    expect([row?.state, row?.decision?.reasons]).to.deep.equal(['skipped', ['not-subscribed']]);
    expect(await claimed()).to.equal(before);
  });

  it('take no code where no number may write to the person', async () => {
    const contact = await subscriber('+14165550101');
    const before = await claimed();
    const answer = await order(contact, 'abroad');
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['program']]);
    expect(await step(contact, 'abroad')).to.deep.equal({ did: 'refused', reasons: ['no-sender'] });
    expect(await claimed()).to.equal(before);
  });
});
