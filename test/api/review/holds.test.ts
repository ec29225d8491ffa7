import { expect } from 'chai';
import { endDueHolds } from '../../../src/consent/maintenance/expirations.ts';
import { type OpenedContext, openContext } from '../../../src/open-context.ts';
import { createLog } from '../../../src/running/log.ts';
import type { ContactDoc } from '../../../src/store/contacts/contacts.ts';
import { openHolder } from '../../../src/store/contacts/open-contact.ts';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { optOutOf } from '../../promises/inbound-posts.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { plannedFor } from '../../support/people.ts';
import { type ApiAnswer, type Client, newClient } from '../client.ts';

const DAY = 86_400_000;
const WORDS = 'I get too many texts';

describe('the review queue', () => {
  let gateway: Gateway;
  let late: OpenedContext;
  let client: Client;
  let numbers = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    const config = { ...gateway.config, database: gateway.store.db.databaseName };
    late = await openContext(config, createLog('silent', 'test'), () => new Date(Date.now() + 8 * DAY));
    client = await newClient(gateway);
  });
  after(async () => {
    await late.close();
    await gateway.stop();
  });

  /** A person who joined and then wrote words that may be an opt-out. */
  const held = async () => {
    const number = `+1555127${String(++numbers).padStart(4, '0')}`;
    for (const body of ['JOIN', 'YES', WORDS]) await gateway.text(number, body);
    const { body } = await client('post', '/contacts/lookup', { body: { phone: number, reason: 'a test' } });
    const { body: list } = await client('get', '/holds');
    const hold = list.items.find(({ contact }: { contact: { id: string } }) => contact.id === body.id);
    return { number, contact: body.id as string, hold };
  };
  const decide = (id: string, decision: string, by = client, more: object = {}): Promise<ApiAnswer> =>
    by('post', `/holds/${id}/decide`, { body: { decision, reason: 'Read with care.', ...more } });
  const ledger = async (contact: string): Promise<string[]> => {
    const { body } = await client('get', '/consent-records', { query: `contact=${contact}` });
    expect(body.verified).to.equal(true);
    return body.items.map(({ kind }: { kind: string }) => kind);
  };

  it('shows each hold with its rule, score and end, without the words, page by page', async () => {
    const [first, second] = [await held(), await held()];
    expect(second.hold.rule).to.equal('phrase:keeps-texting');
    expect(second.hold.score).to.be.within(5, 9);
    expect(Date.parse(second.hold.ends_at)).to.be.greaterThan(Date.parse(second.hold.held_at) + 4 * DAY);
    const pages = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = `limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body, text } = await client('get', '/holds', { query });
      expect(text).not.to.contain('too many');
      pages.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.next_cursor;
    }
    expect(pages).to.deep.equal([first.hold.id, second.hold.id]);
  });

  it('shows the words against a reason, which it logs, and needs the scope', async () => {
    const { hold, contact, number } = await held();
    await gateway.text(number, 'and my cat agrees');
    const ask = { body: { reason: 'To decide about it.' } };
    const { body } = await client('post', `/holds/${hold.id}/read`, ask);
    const words = body.texts.map((text: { words: string }) => text.words);
    expect(words).to.deep.equal([WORDS, 'and my cat agrees']);
    const traces = gateway.logs.filter((line) => line.includes('words of a hold were read'));
    expect(traces.filter((line) => line.includes(contact))).to.have.length(1);
    expect(gateway.logs.join('')).not.to.contain('my cat');
    const reader = await newClient(gateway, ['reviews:read', 'reviews:write']);
    expect((await reader('post', `/holds/${hold.id}/read`, ask)).status).to.equal(403);
  });

  it('is shown when one contact cannot be opened', async () => {
    const [broken, other] = [await held(), await held()];
    const sealed = Buffer.from('not what was sealed');
    const of = { _id: broken.contact };
    const before = await gateway.store.contacts.findOne(of);
    await gateway.store.contacts.updateOne(of, { $set: { sealed } });
    const answer = await client('get', '/holds');
    expect(answer.status).to.equal(200);
    const byId = (id: string) => answer.body.items.find((item: { id: string }) => item.id === id);
    expect([byId(broken.hold.id).contact, byId(other.hold.id).contact.id]).to.deep.equal([
      ...[null, other.contact],
    ]);
    await gateway.store.contacts.updateOne(of, { $set: { sealed: before?.sealed ?? null } });
  });

  it('releases a hold: messages may leave again, and the hold leaves the queue', async () => {
    const { hold, contact } = await held();
    const { status, body } = await decide(hold.id, 'release');
    expect(status).to.equal(200);
    expect(body).to.include({ contact, decision: 'release', repeated: false, confirmed: false });
    expect(await ledger(contact)).to.deep.equal(['requested', 'prompted', 'confirmed', 'held', 'released']);
    const check = { body: { contact, program: 'deals', topic: 'deals' } };
    expect((await client('post', '/checks', check)).body.allowed).to.equal(true);
    const { body: list } = await client('get', '/holds');
    expect(list.items.map(({ id }: { id: string }) => id)).not.to.include(hold.id);
  });

  it('opts the person out of everything and confirms by text while the words are fresh', async () => {
    const { hold, contact, number } = await held();
    const { body } = await decide(hold.id, 'opt-out');
    expect(body).to.include({ confirmed: true, repeated: false });
    await until('the confirmation of the opt-out is on the handset', async () =>
      /no more/i.test((await gateway.received(number)).at(-1) ?? ''),
    );
    expect((await ledger(contact)).slice(-2)).to.deep.equal(['held', 'withdrawn']);
    const { body: status } = await client('get', `/contacts/${contact}/status`);
    expect(status.subscriptions[0].state).to.equal('unsubscribed');
    const reply = await gateway.store.deliveries.findOne({ contact, class: 'opt-out-confirmation' });
    expect(reply?._id).to.be.a('string');
    expect((await optOutOf(gateway, number))?.confirmation).to.equal(reply?._id);
  });

  it('answers the same decision alike, and another decision with who came first and when', async () => {
    const { hold, contact } = await held();
    const { body: first } = await decide(hold.id, 'release');
    const { body: again } = await decide(hold.id, 'release');
    expect(again).to.deep.equal({ ...first, repeated: true });
    const other = await decide(hold.id, 'opt-out');
    expect([other.status, other.body.type]).to.deep.equal([409, '/api/docs#conflict']);
    expect(other.body.detail).to.contain(first.decided_by).and.to.contain(again.decided_at);
    expect((await ledger(contact)).at(-1)).to.equal('released');
  });

  it('answers a repeated opt-out that spared a program alike, and ends nothing of that program', async () => {
    const { hold, contact, number } = await held();
    for (const body of ['ORDERS', 'YES']) await gateway.text(number, body);
    const { body: first, status } = await decide(hold.id, 'opt-out');
    expect([status, first.repeated]).to.deep.equal([200, false]);
    const stored = (await gateway.store.contacts.findOne({ _id: contact })) as ContactDoc;
    const later = { program: 'orders', dueAt: new Date(Date.now() + DAY) };
    const row = plannedFor(openHolder(gateway.config.keyRing, stored, []), later);
    await gateway.store.deliveries.insertOne(row);
    const again = await decide(hold.id, 'opt-out');
    expect([again.status, again.body]).to.deep.equal([200, { ...first, repeated: true }]);
    expect((await gateway.store.deliveries.findOne({ _id: row._id }))?.state).to.equal('planned');
    expect((await ledger(contact)).slice(-2)).to.deep.equal(['withdrawn', 'released']);
    const marked = await decide(hold.id, 'opt-out', client, { wrong_number: true });
    expect(marked.status, 'a mark that was not made is not said to be').to.equal(409);
    const { status: late, body: problem } = await decide(hold.id, 'release');
    expect([late, problem.next_step], 'one of programs cannot be overturned').to.satisfy(
      ([code, step]: [number, string]) => code === 409 && /JOIN/.test(step) && !step.includes('overturn'),
    );
  });

  it('cancels leftovers when an opt-out is repeated, and no prompt that was issued since', async () => {
    const { hold, contact, number } = await held();
    const { body: first } = await decide(hold.id, 'opt-out');
    const plan = async (fields: Partial<DeliveryDoc>): Promise<() => Promise<string | undefined>> => {
      const stored = (await gateway.store.contacts.findOne({ _id: contact })) as ContactDoc;
      const holder = openHolder(gateway.config.keyRing, stored, []);
      const row = plannedFor(holder, { ...fields, rev: stored.rev, dueAt: new Date(Date.now() + DAY) });
      await gateway.store.deliveries.insertOne(row);
      return async () => (await gateway.store.deliveries.findOne({ _id: row._id }))?.state;
    };
    const leftBehind = await plan({});
    expect((await decide(hold.id, 'opt-out')).body).to.deep.equal({ ...first, repeated: true });
    expect(await leftBehind()).to.equal('canceled');
    await gateway.text(number, 'JOIN');
    const prompts = (await gateway.store.contacts.findOne({ _id: contact }))?.prompts ?? [];
    const question = await plan({ class: 'prompt', prompt: prompts.at(-1)?.id ?? null });
    expect((await decide(hold.id, 'opt-out')).body).to.deep.equal({ ...first, repeated: true });
    expect([prompts.at(-1)?.state, await question()]).to.deep.equal(['open', 'planned']);
  });

  it('says that an opt-out was confirmed, also when it is repeated', async () => {
    const { hold } = await held();
    const { body: first } = await decide(hold.id, 'opt-out');
    expect((await decide(hold.id, 'opt-out')).body).to.deep.equal({ ...first, repeated: true });
    expect(first.confirmed).to.equal(true);
  });

  it('opts nobody out of what they confirmed since by texts of their own', async () => {
    const { hold, contact, number } = await held();
    for (const body of ['ORDERS', 'YES', 'RESUME', 'YES']) await gateway.text(number, body);
    const { status, body } = await decide(hold.id, 'opt-out');
    expect([status, body.next_step]).to.deep.equal([409, 'What the person said themselves counts.']);
    expect((await client('get', `/contacts/${contact}/status`)).body.sentence).to.match(/^Subscribed to/);
    expect((await ledger(contact)).at(-1)).to.equal('released');
    const { items } = (await client('get', '/holds')).body;
    expect(items.map(({ id }: { id: string }) => id)).not.to.include(hold.id);
  });

  it('lets only one of two people win who decide at once', async () => {
    const { hold, contact } = await held();
    const second = await newClient(gateway);
    const answers = await Promise.all([decide(hold.id, 'release'), decide(hold.id, 'opt-out', second)]);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([200, 409]);
    const kinds = await ledger(contact);
    const won = answers[0]?.status === 200 ? 'released' : 'withdrawn';
    expect(kinds.slice(kinds.indexOf('held'))).to.deep.equal(['held', won]);
  });

  it('says that the timer has ended the hold, or that the person has', async () => {
    const [timed, own] = [await held(), await held()];
    await gateway.text(own.number, 'STOP');
    await endDueHolds(late.context);
    const first = await decide(timed.hold.id, 'release');
    expect([first.status, first.body.detail]).to.satisfy(
      ([status, detail]: [number, string]) => status === 409 && detail.includes('nobody had decided in time'),
    );
    const second = await decide(own.hold.id, 'release');
    expect([second.status, second.body.detail]).to.satisfy(
      ([status, detail]: [number, string]) => status === 409 && detail.includes('by a text of their own'),
    );
  });

  it('decides nothing about the next holder of the number', async () => {
    const { hold, number } = await held();
    for (const body of ['wrong number', 'JOIN', 'YES']) await gateway.text(number, body);
    for (const decision of ['opt-out', 'release'])
      expect((await decide(hold.id, decision)).status, decision).to.equal(409);
    const { body } = await client('post', '/contacts/lookup', { body: { phone: number, reason: 'a test' } });
    expect(await ledger(body.id)).to.deep.equal(['requested', 'prompted', 'confirmed']);
  });

  it('keeps a decided hold apart from a later one of the same person', async () => {
    const { hold, number, contact } = await held();
    await decide(hold.id, 'release');
    await gateway.text(number, WORDS);
    const other = await decide(hold.id, 'opt-out');
    expect(other.status).to.equal(409);
    expect((await ledger(contact)).at(-1)).to.equal('held');
    const next = hold.id.replace(/\d+$/, '2');
    expect((await decide(next, 'opt-out')).status).to.equal(200);
    expect((await decide(hold.id.replace(/\d+$/, '9'), 'release')).status).to.equal(404);
  });
});
