import { expect } from 'chai';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type ApiAnswer, type Client, fieldsOf, newClient } from '../client.ts';

const WORDS = 'I get too many texts';
const reason = 'Read with care.';

describe('a hold whose person wrote again', () => {
  let gateway: Gateway;
  let client: Client;
  let numbers = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  const write = async (from: string, texts: readonly string[]): Promise<void> => {
    for (const body of texts) await gateway.text(from, body);
  };
  /** A person whose words are on hold, with the texts that they sent afterwards. */
  const held = async (...since: string[]) => {
    const from = `+1555137${String(++numbers).padStart(4, '0')}`;
    await write(from, ['JOIN', 'YES', WORDS, ...since]);
    const { body } = await client('post', '/contacts/lookup', { body: { phone: from, reason } });
    const { body: list } = await client('get', '/holds');
    const hold = list.items.find(({ contact }: { contact: { id: string } }) => contact.id === body.id);
    return { from, contact: body.id as string, id: hold.id as string };
  };
  const read = async (id: string, query = ''): Promise<ApiAnswer['body']> =>
    (await client('post', `/holds/${id}/read`, { query, body: { reason } })).body;
  const lastOf = async (id: string): Promise<string> => (await read(id)).texts.at(-1).id;
  const decide = (id: string, decision: string, more: object = {}): Promise<ApiAnswer> =>
    client('post', `/holds/${id}/decide`, { body: { decision, reason, ...more } });
  const release = (id: string, read_until?: string): Promise<ApiAnswer> =>
    decide(id, 'release', read_until === undefined ? {} : { read_until });
  const lastEntry = async (contact: string): Promise<string> => {
    const { body } = await client('get', '/consent-records', { query: `contact=${contact}` });
    expect(body.verified).to.equal(true);
    return body.items.at(-1).kind;
  };

  it('is not released over unread words that may be an opt-out', async () => {
    const { id, contact, from } = await held();
    const read_until = await lastOf(id);
    await write(from, [WORDS]);
    for (const until of [undefined, read_until]) {
      const { status, body } = await release(id, until);
      expect([status, body.type]).to.deep.equal([409, '/api/docs#conflict']);
      expect(body.next_step).to.contain(`POST /holds/${id}/read`).and.to.contain('read_until');
    }
    expect(await lastEntry(contact)).to.equal('held');
    const { status, body } = await release(id, await lastOf(id));
    expect([status, body.repeated]).to.deep.equal([200, false]);
    expect(await lastEntry(contact)).to.equal('released');
    expect((await release(id, read_until)).body, 'what was decided').to.deep.equal({
      ...body,
      repeated: true,
    });
  });

  it('is released when all later texts say nothing of the kind', async () => {
    const { id } = await held('and my cat agrees');
    expect((await release(id)).status).to.equal(200);
  });

  it('shows all later texts page by page, with late arrivals behind what was read', async () => {
    const many = Array.from({ length: 21 }, (_, at) => `hello ${at}?`);
    const { id, contact } = await held(...many, WORDS);
    const texts = { contact, 'reading.kind': 'unsure' };
    const late = (await gateway.store.inbound.find(texts).sort({ receivedAt: -1 }).toArray())[0]?._id ?? '';
    const receivedAt = new Date(Date.now() - 3_600_000);
    await gateway.store.inbound.updateOne({ _id: late }, { $set: { receivedAt } });
    const whole = await read(id);
    const pages: { id: string; words: string }[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await read(id, `limit=6${cursor === '' ? '' : `&cursor=${cursor}`}`);
      pages.push(...page.texts);
      cursor = page.next_cursor;
    }
    expect(whole.next_cursor).to.equal(null);
    expect(pages).to.deep.equal(whole.texts);
    expect(pages.map(({ words }) => words)).to.deep.equal([WORDS, ...many, WORDS]);
    expect((await release(id, pages.at(-2)?.id)).status).to.equal(409);
    expect((await release(id, late)).status).to.equal(200);
  });

  /** A person who wrote twice. `distance` is the time in ms between the texts by their sender's clock. */
  const heldTwice = async (second: string, distance: number) => {
    const { id, contact } = await held(second);
    const [late, first] = await gateway.store.inbound.find({ contact }).sort({ rev: -1 }).limit(2).toArray();
    const since = first?.receivedAt ?? new Date(0);
    const receivedAt = new Date(since.getTime() + distance);
    await gateway.store.inbound.updateOne({ _id: late?._id ?? '' }, { $set: { receivedAt } });
    return { id, contact, since, first: first?._id ?? '', late: late?._id ?? '' };
  };

  it('begins with the text that raised it, also when another possible opt-out is of the same second', async () => {
    const { id, first, late } = await heldTwice(WORDS, 0);
    const shown = (await read(id)).texts.map((text: { id: string }) => text.id);
    expect(shown).to.deep.equal([first, late]);
    for (const until of [undefined, first]) expect((await release(id, until)).status).to.equal(409);
    expect((await release(id, late)).status).to.equal(200);
  });

  it('ends in an opt-out that is never older than the held words', async () => {
    const { id, contact, since, first, late } = await heldTwice('hello??', -300_000);
    const { status, body } = await decide(id, 'opt-out', { read_until: late });
    expect([status, body.confirmed]).to.deep.equal([200, true]);
    const stored = await gateway.store.contacts.findOne({ _id: contact });
    expect(stored?.lastOptOutAt).to.deep.equal(since);
    const sent = await gateway.store.deliveries.find({ 'answers.sid': { $in: [first, late] } }).toArray();
    expect(sent.at(-1)?.answers).to.deep.equal({ sid: first, receivedAt: since });
  });

  it('refuses a read_until that names no text of the hold', async () => {
    const [first, other] = [await held(), await held()];
    const [earlier] = await gateway.store.inbound
      .find({ contact: first.contact })
      .sort({ receivedAt: 1 })
      .toArray();
    for (const read_until of [await lastOf(other.id), earlier?._id, `SM${'0'.repeat(32)}`]) {
      for (const decision of ['release', 'opt-out']) {
        const answer = await decide(first.id, decision, { read_until });
        expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['read_until']]);
      }
    }
    expect((await release(first.id, 'the last')).status).to.equal(400);
    expect(await lastEntry(first.contact)).to.equal('held');
  });

  it('is not released with the mark of a wrong number', async () => {
    const { id, contact } = await held();
    const answer = await decide(id, 'release', { wrong_number: true });
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['wrong_number']]);
    expect(await lastEntry(contact)).to.equal('held');
  });

  it('ends in an opt-out that covers what was confirmed before the last text that was read', async () => {
    const { id, contact } = await held('ORDERS', 'YES', 'hello??');
    expect((await decide(id, 'opt-out', { read_until: await lastOf(id) })).status).to.equal(200);
    const { body } = await client('get', `/contacts/${contact}/status`);
    const states = body.subscriptions.map(({ state }: { state: string }) => state);
    expect(states).to.deep.equal(['unsubscribed', 'unsubscribed']);
  });

  it('never loses a possible opt-out to a release at the same moment', async () => {
    for (let run = 0; run < 6; run += 1) {
      const { id, contact, from } = await held();
      const read_until = await lastOf(id);
      const [, { status }] = await Promise.all([write(from, [WORDS]), release(id, read_until)]);
      expect(status).to.be.oneOf([200, 409]);
      expect(await lastEntry(contact), 'held by the first words, or by the second').to.equal('held');
    }
  });
});
