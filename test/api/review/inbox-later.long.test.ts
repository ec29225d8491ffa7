import { expect } from 'chai';
import { optOutReviewed } from '../../../src/consent/review/staff-opt-out.ts';
import { type OpenedContext, openContext } from '../../../src/open-context.ts';
import { createLog } from '../../../src/running/log.ts';
import { findInbound } from '../../../src/store/consent/inbound-texts.ts';
import type { ContactDoc } from '../../../src/store/contacts/contacts.ts';
import { openHolder } from '../../../src/store/contacts/open-contact.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { plannedFor } from '../../support/people.ts';
import { type ApiAnswer, type Client, fieldsOf, newClient } from '../client.ts';

const ASKED = 'is the blue one back in store?';
const reason = 'Read with care.';
const DAY = 86_400_000;

describe('an inbox item that is older than later texts of the person', () => {
  let gateway: Gateway;
  let client: Client;
  let numbers = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  const lookUp = async (phone: string): Promise<string> =>
    (await client('post', '/contacts/lookup', { body: { phone, reason } })).body.id;
  const items = async (state: string) =>
    (await client('get', '/inbox', { query: `state=${state}` })).body.items;
  const write = async (from: string, texts: readonly string[]): Promise<void> => {
    for (const body of texts) await gateway.text(from, body);
  };
  /** A person whose texts opened an inbox item, with the texts that they sent afterwards. */
  const wrote = async (before: string[], since: string[]) => {
    const from = `+1555135${String(++numbers).padStart(4, '0')}`;
    await write(from, before);
    const contact = await lookUp(from);
    const open = await items('open');
    const { id } = open.find((item: { contact: { id: string } }) => item.contact.id === contact);
    await write(from, since);
    return { from, contact, id: id as string };
  };
  const act = (id: string, how: string, body: object): Promise<ApiAnswer> =>
    client('post', `/inbox/${id}/${how}`, { body });
  /** An opt-out by the item whose request fails between the opt-out and the item. */
  const cutOff = async (id: string, body: object): Promise<ApiAnswer> => {
    const database = gateway.store.db;
    await database.command({ collMod: 'inbound', validator: { 'ended.how': { $ne: 'opt-out' } } });
    const cut = await act(id, 'opt-out', body);
    await database.command({ collMod: 'inbound', validator: {} });
    return cut;
  };
  const entries = async (contact: string): Promise<[kind: string, scope: string | null][]> => {
    const { body } = await client('get', '/consent-records', { query: `contact=${contact}` });
    expect(body.verified).to.equal(true);
    return body.items.map(({ kind, scope }: { kind: string; scope: string | null }) => [kind, scope]);
  };
  const statesOf = async (contact: string): Promise<string[]> => {
    const { body } = await client('get', `/contacts/${contact}/status`);
    return body.subscriptions.map(
      (subscription: { program: string; state: string }) => `${subscription.program} ${subscription.state}`,
    );
  };
  const isOpen = async (id: string): Promise<boolean> =>
    (await items('open')).some((item: { id: string }) => item.id === id);

  describe('an item whose number has another holder', () => {
    const taken = async () => {
      const item = await wrote(['JOIN', 'YES', ASKED], ['wrong number', 'JOIN', 'YES']);
      const holder = await lookUp(item.from);
      expect(holder).not.to.equal(item.contact);
      return { ...item, holder };
    };

    it('can be read and closed, but neither answered nor opted out', async () => {
      const { id, contact, holder } = await taken();
      const before = await entries(holder);
      for (const [how, body] of [
        ['opt-out', { reason }],
        ['opt-out', { reason, wrong_number: true }],
        ['answer', { text: 'Fernway: it is back on Friday.' }],
      ] as const) {
        const { status, body: problem } = await act(id, how, body);
        expect([status, problem.type, problem.next_step], how).to.deep.equal([
          ...[409, '/api/docs#not-possible', 'Close it: POST /inbox/{id}/close.'],
        ]);
        expect(problem.detail).to.contain('no longer has the number');
      }
      expect(await statesOf(holder)).to.deep.equal(['deals subscribed']);
      expect(await entries(holder)).to.deep.equal(before);
      const rows = gateway.store.deliveries.countDocuments({ contact, class: 'staff-answer' });
      expect([await rows, await isOpen(id)]).to.deep.equal([0, true]);
      expect((await act(id, 'read', { reason })).body.texts[0].words).to.equal(ASKED);
      expect((await act(id, 'close', { reason })).status).to.equal(200);
    });

    it('cannot be opted out when the number changed hands after the check', async () => {
      const { id, contact, holder, from } = await taken();
      const before = [await entries(contact), await entries(holder)];
      const config = { ...gateway.config, database: gateway.store.db.databaseName };
      const opened: OpenedContext = await openContext(config, createLog('silent', 'test'));
      const [text] = await findInbound(gateway.store, [id]);
      const done = await optOutReviewed(opened.context, {
        ...{ contact, number: from, text: text ?? null, since: new Date(), wrongNumber: true },
        ...{ actor: 'key:test', origin: {}, open: () => true },
      });
      await opened.close();
      expect(done).to.equal(null);
      expect([await entries(contact), await entries(holder)]).to.deep.equal(before);
    });
  });

  describe('an opt-out by the item', () => {
    it('covers what the person had not confirmed after the text that opened the item, and says what it spared', async () => {
      const { id, contact } = await wrote(['ORDERS', 'YES', ASKED], ['JOIN', 'YES', 'HELP']);
      const { body: first, status } = await act(id, 'opt-out', { reason });
      expect([status, first.how, first.spared]).to.deep.equal([200, 'opt-out', ['deals']]);
      expect(await statesOf(contact)).to.have.members(['orders unsubscribed', 'deals subscribed']);
      expect((await entries(contact)).at(-1)).to.deep.equal(['withdrawn', 'program:orders']);
      const again = await act(id, 'opt-out', { reason });
      expect(again.body).to.deep.equal({ ...first, repeated: true });
      const closed = (await items('closed')).find((item: { id: string }) => item.id === id);
      expect(closed.ended.spared).to.deep.equal(['deals']);
    });

    it('ends nothing and leaves the item open when the person confirmed everything since', async () => {
      const { id, contact } = await wrote([ASKED], ['JOIN', 'YES']);
      const before = await entries(contact);
      const { status, body } = await act(id, 'opt-out', { reason, wrong_number: true });
      expect([status, body.type]).to.deep.equal([409, '/api/docs#conflict']);
      expect(body.next_step).to.contain('read_until');
      expect([await isOpen(id), await entries(contact)]).to.deep.equal([true, before]);
      expect((await client('get', `/contacts/${contact}/status`)).body.wrong_number_at).to.equal(null);
    });

    it('can be finished after a cut only by the same person with the same decision, and says truly what it ended', async () => {
      const { id, contact } = await wrote(['ORDERS', 'YES', ASKED], ['JOIN', 'YES']);
      const cut = await cutOff(id, { reason });
      const ended = await entries(contact);
      expect([cut.status, ended.at(-1)]).to.deep.equal([503, ['withdrawn', 'program:orders']]);
      expect(await isOpen(id)).to.equal(true);
      const stored = (await gateway.store.contacts.findOne({ _id: contact })) as ContactDoc;
      const left = plannedFor(openHolder(gateway.config.keyRing, stored, []), {
        ...{ program: 'orders', dueAt: new Date(Date.now() + DAY) },
      });
      await gateway.store.deliveries.insertOne(left);
      const other = await newClient(gateway);
      const refused = [
        await other('post', `/inbox/${id}/opt-out`, { body: { reason } }),
        await act(id, 'opt-out', { reason, wrong_number: true }),
      ];
      expect(refused.map(({ status }) => status)).to.deep.equal([409, 409]);
      const { status, body } = await act(id, 'opt-out', { reason });
      expect([status, body.how, body.spared, body.repeated]).to.deep.equal([
        200,
        'opt-out',
        ['deals'],
        false,
      ]);
      expect((await gateway.store.deliveries.findOne({ _id: left._id }))?.state).to.equal('canceled');
      expect([await isOpen(id), await entries(contact)]).to.deep.equal([false, ended]);
      expect((await act(id, 'opt-out', { reason })).body).to.deep.equal({ ...body, repeated: true });
    });

    it('is not repeated after a cut, and a later JOIN stays open', async () => {
      const { id, contact, from } = await wrote(['JOIN', 'YES', ASKED], []);
      expect((await cutOff(id, { reason })).status).to.equal(503);
      expect((await entries(contact)).at(-1)).to.deep.equal(['withdrawn', 'all']);
      await write(from, ['JOIN']);
      const asked = await entries(contact);
      const { status, body } = await act(id, 'opt-out', { reason });
      expect([status, body.how, body.spared, body.repeated]).to.deep.equal([200, 'opt-out', [], false]);
      expect([await isOpen(id), await entries(contact)]).to.deep.equal([false, asked]);
      await write(from, ['YES']);
      expect(await statesOf(contact)).to.deep.equal(['deals subscribed']);
    });

    it('is written again after a cut when the first one was overturned since', async () => {
      const { id, contact } = await wrote(['JOIN', 'YES', ASKED], []);
      expect((await cutOff(id, { reason })).status).to.equal(503);
      const event = (await entries(contact)).length;
      const back = await client('post', `/contacts/${contact}/overturn`, { body: { event, reason } });
      expect([back.status, await statesOf(contact)]).to.deep.equal([200, ['deals subscribed']]);
      expect((await act(id, 'opt-out', { reason })).body.how).to.equal('opt-out');
      expect((await entries(contact)).at(-1)).to.deep.equal(['withdrawn', 'all']);
      expect(await statesOf(contact)).to.deep.equal(['deals unsubscribed']);
    });

    it('ends later confirmations too when more texts were read after the cut', async () => {
      const { id, contact } = await wrote(['JOIN', 'YES', ASKED], ['ORDERS', 'YES', 'hello??']);
      expect((await cutOff(id, { reason })).status, 'there is more to read').to.equal(409);
      expect(await statesOf(contact)).to.have.members(['deals unsubscribed', 'orders subscribed']);
      const read_until = (await act(id, 'read', { reason })).body.texts.at(-1).id;
      expect((await act(id, 'opt-out', { reason, read_until })).body.spared).to.deep.equal([]);
      expect(await statesOf(contact)).to.have.members(['deals unsubscribed', 'orders unsubscribed']);
    });

    it('covers everything when the last text that was read is newer than the confirmation', async () => {
      const { id, contact } = await wrote([ASKED], ['JOIN', 'YES', 'and the red one?']);
      const { texts } = (await act(id, 'read', { reason })).body;
      const read_until = texts.at(-1).id;
      const { body } = await act(id, 'opt-out', { reason, read_until });
      expect([body.how, body.spared]).to.deep.equal(['opt-out', []]);
      expect((await entries(contact)).at(-1)).to.deep.equal(['withdrawn', 'all']);
      expect(await statesOf(contact)).to.deep.equal(['deals unsubscribed']);
    });

    it('covers everything up to the last of many texts, which are shown page by page', async () => {
      const many = Array.from({ length: 20 }, (_, at) => `hello ${at}?`);
      const { id, contact } = await wrote([ASKED], ['JOIN', 'YES', ...many, 'and the red one?']);
      const { inbound } = gateway.store;
      const [fifth, ...others] = (await inbound.find({ contact }).sort({ receivedAt: 1 }).toArray()).slice(
        4,
        9,
      );
      const together = { _id: { $in: others.map(({ _id }) => _id) } };
      await inbound.updateMany(together, { $set: { receivedAt: fifth?.receivedAt ?? new Date() } });
      const whole = (await act(id, 'read', { reason })).body;
      const pages: { words: string; id: string }[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const query: string = `limit=6${cursor === '' ? '' : `&cursor=${cursor}`}`;
        const { body } = await client('post', `/inbox/${id}/read`, { query, body: { reason } });
        pages.push(...body.texts);
        cursor = body.next_cursor;
      }
      expect([whole.next_cursor, pages.length]).to.deep.equal([null, 24]);
      expect(pages).to.deep.equal(whole.texts);
      const last = pages.at(-1);
      expect([pages[0]?.words, last?.words]).to.deep.equal([ASKED, 'and the red one?']);
      const { body } = await act(id, 'opt-out', { reason, read_until: last?.id });
      expect([body.how, body.spared]).to.deep.equal(['opt-out', []]);
      expect(await statesOf(contact)).to.deep.equal(['deals unsubscribed']);
    });

    it('is refused when read_until names no text of the item', async () => {
      const [first, other] = [await wrote(['JOIN', 'YES', ASKED], []), await wrote([ASKED], [])];
      const [earlier] = await gateway.store.inbound
        .find({ contact: first.contact })
        .sort({ receivedAt: 1 })
        .toArray();
      for (const read_until of [other.id, earlier?._id, `SM${'0'.repeat(32)}`]) {
        const answer = await act(first.id, 'opt-out', { reason, read_until });
        expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['read_until']]);
      }
      expect((await act(first.id, 'opt-out', { reason, read_until: 'the last' })).status).to.equal(400);
      expect(await statesOf(first.contact)).to.deep.equal(['deals subscribed']);
    });
  });
});
