import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../../scripts/seed/programs.ts';
import { contactById, type OpenedContact } from '../../../src/contacts/find-contact.ts';
import { EMPTY_PROFILE } from '../../../src/domain/contacts/profile.ts';
import type { Program, Sender } from '../../../src/domain/program.ts';
import { sendStep } from '../../../src/journeys/steps.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import type { JourneyRunDoc } from '../../../src/store/journeys/runs.ts';
import { findMessageTemplate } from '../../../src/store/templates/templates.ts';
import { mergeValues, renderForDelivery } from '../../../src/templates/render.ts';
import { type Client, fieldsOf, newClient } from '../../api/client.ts';
import { contextOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { addSubscriber, plannedFor } from '../../support/people.ts';

const FIRST = SENDERS.stylist;
const SECOND: Sender = { ...FIRST, number: '+15550100198' };
const [deals] = PROGRAMS as [Program];
const program = { ...deals, numbers: [FIRST.number, SECOND.number] };

describe('rendered words with their own code and link', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: false, senders: [FIRST, SECOND], programs: [program] });
    client = await newClient(gateway);
    open = await contextOf(gateway);
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
  const subscriber = async (phone: string): Promise<OpenedContact> => {
    const { ring, indexOf, store } = open.context;
    const holder = await addSubscriber(store, { ring, indexOf, number: () => phone });
    const had = { sender: SECOND.number, state: 'delivered' as const, acceptedAt: new Date() };
    await store.deliveries.insertOne(plannedFor(holder, had));
    return readAnew(holder.id);
  };
  const readAnew = async (id: string): Promise<OpenedContact> => {
    const contact = await contactById(open.context, id);
    if (contact === null) throw new Error('nobody joined');
    return contact;
  };
  const blockedOnFirst = async (phone: string): Promise<OpenedContact> => {
    const { id, index } = await subscriber(phone);
    await gateway.store.suppressions.insertOne({
      ...{ index, scope: `sender:${FIRST.number}`, kind: 'carrier', generation: 1, since: new Date() },
      ...{ lifts: {}, until: null, source: 'a test' },
    });
    return readAnew(id);
  };
  const order = ({ id }: OpenedContact, key: string) =>
    client('post', '/messages', {
      headers: { 'Idempotency-Key': key },
      body: { contact: id, program: 'deals', topic: 'deals', template: 'spring' },
    });
  const step = ({ stored, person }: OpenedContact, run: string, subscriptions = person.subscriptions) =>
    sendStep(
      open.context,
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

  it('are judged for the sender they leave from when the carrier blocks another sender of the program', async () => {
    const contact = await blockedOnFirst('+15551350001');
    const { body } = await order(contact, 'blocked');
    expect([body.state, await linksOf(body.id)]).to.deep.equal(['planned', 1]);
    expect(await textOf(body.id)).to.match(/: REAL-\d at /);
    const sent = await step(contact, 'blocked');
    expect([sent.did, await linksOf(sent.delivery)]).to.deep.equal(['sent', 1]);
    expect(await textOf(sent.delivery)).to.match(/: REAL-\d at /);
  });

  it('never leave as samples: a person who might not get them when they were made gets none', async () => {
    const contact = await subscriber('+15551350002');
    const before = await claimed();
    const sent = await step(contact, 'stale', []);
    expect([sent.did, sent.reasons]).to.deep.equal(['refused', ['not-subscribed']]);
    const row = await gateway.store.deliveries.findOne({ _id: sent.delivery ?? '' });
    expect([row?.state, row?.decision?.reasons]).to.deep.equal(['skipped', ['not-subscribed']]);
    expect(await claimed()).to.equal(before);
  });

  it("have another link when the template's target changed, and the same otherwise", async () => {
    const { ring, indexOf, store } = open.context;
    const { id } = await addSubscriber(store, { ring, indexOf, number: () => '+15551350004' });
    const contact = await readAnew(id);
    const made = async (text: string) => {
      await client('put', '/templates/moved', { body: { program: 'deals', texts: { en: text } } });
      const [topic] = program.topics;
      const template = await findMessageTemplate(store, 'moved');
      if (template === null || topic === undefined) throw new Error('there is nothing to send');
      const of = { template, program, topic, contact, sender: FIRST, language: null, digest: 'd'.repeat(24) };
      return (await renderForDelivery(open.context, of)).text ?? '';
    };
    const leadsTo = async (text: string) =>
      (await store.links.findOne({ _id: /\/l\/(\w+)/.exec(text)?.[1] ?? '' }))?.target;
    const first = await made('{brand}: see {link:https://old.example/}');
    expect(await leadsTo(await made('{brand}: see {link:https://new.example/}'))).to.equal(
      'https://new.example/',
    );
    expect(await leadsTo(first)).to.equal('https://old.example/');
    expect(await made('{brand}: see {link:https://old.example/}')).to.equal(first);
  });

  it("have each letter of a person's name in one character, which may be in GSM-7", async () => {
    const contact = await subscriber('+15551350006');
    const place = { ...EMPTY_PROFILE.place, city: 'Logron\u0303o' };
    const stored = { ...contact.stored, profile: { ...EMPTY_PROFILE, place } };
    expect(mergeValues(open.context.ring, { ...contact, stored }, 'en').city).to.equal('Logroño');
  });

  it("name the next step when the person's key is missing", async () => {
    const { id } = await subscriber('+15551350005');
    await client('put', `/test-recipients/${id}`);
    await gateway.store.contacts.updateOne({ _id: id }, { $set: { 'keys.profile.by': 'k-lost' } });
    const test = { headers: { 'Idempotency-Key': 'sealed' }, body: { contact: id, topic: 'deals' } };
    for (const answer of [
      await client('post', '/templates/spring/preview', { body: { contact: id } }),
      await client('post', '/templates/spring/test-send', test),
    ]) {
      expect([answer.status, answer.body.type]).to.deep.equal([503, '/api/docs#unavailable']);
      expect(answer.body.next_step).to.contain('KEYRING');
    }
  });

  it('take no code when no sender may text the person', async () => {
    const contact = await subscriber('+14165550101');
    const before = await claimed();
    const answer = await order(contact, 'abroad');
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['program']]);
    expect(await step(contact, 'abroad')).to.deep.equal({ did: 'refused', reasons: ['no-sender'] });
    expect(await claimed()).to.equal(before);
  });
});
