import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../../scripts/seed/programs.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type ApiAnswer, type Client, fieldsOf, newClient } from '../client.ts';

const ASKED = 'is the blue one back in store?';
/** An opt-out that no rule knows. */
const ENOUGH = 'time to part ways';
const SCAM = 'is this a scam?';
const reason = 'Read with care.';
const HOUR = 3_600_000;

describe('an inbox item whose person wrote again', () => {
  let gateway: Gateway;
  let client: Client;
  let numbers = 0;
  before(async () => {
    const programs = PROGRAMS.map((program) => ({
      ...program,
      minimumAge: program.id === 'stylist' ? 21 : null,
    }));
    gateway = await startGateway({ worker: 'replies', programs });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  const write = async (from: string, texts: readonly string[]): Promise<void> => {
    for (const body of texts) await gateway.text(from, body);
  };
  const openOf = async (contact: string) =>
    (await client('get', '/inbox')).body.items.filter(
      (item: { contact: { id: string } | null }) => item.contact?.id === contact,
    );
  /** A subscriber whose texts opened an inbox item, with the item and the texts in order. */
  const wrote = async (...texts: string[]) => {
    const from = `+1555138${String(++numbers).padStart(4, '0')}`;
    await write(from, ['JOIN', 'YES', ...texts]);
    const { body } = await client('post', '/contacts/lookup', { body: { phone: from, reason } });
    const [item] = await openOf(body.id);
    const rows = await gateway.store.inbound.find({ contact: body.id }).sort({ rev: 1 }).toArray();
    return { from, contact: body.id as string, item, sids: rows.slice(2).map(({ _id }) => _id) };
  };
  const act = (id: string, how: string, body: object = { reason }): Promise<ApiAnswer> =>
    client('post', `/inbox/${id}/${how}`, { body });
  const read = async (id: string): Promise<{ id: string; words: string }[]> =>
    (await act(id, 'read')).body.texts;
  const wordsOf = async (id: string): Promise<string[]> => (await read(id)).map(({ words }) => words);
  const cameEarlier = (sid = ''): Promise<unknown> =>
    gateway.store.inbound.updateOne({ _id: sid }, { $set: { receivedAt: new Date(Date.now() - HOUR) } });
  const statesOf = async (contact: string): Promise<string[]> => {
    const { body } = await client('get', `/contacts/${contact}/status`);
    return body.subscriptions.map(
      (subscription: { program: string; state: string }) => `${subscription.program} ${subscription.state}`,
    );
  };
  const isUnread = ({ status, body }: ApiAnswer, id: string): void => {
    expect([status, body.type]).to.deep.equal([409, '/api/docs#conflict']);
    expect(body.next_step).to.contain(`POST /inbox/${id}/read`).and.to.contain('read_until');
  };

  describe('an alarm that takes the place of an open item', () => {
    it('begins with the words before it, which read_until can name', async () => {
      const { item, sids } = await wrote(ENOUGH, SCAM, 'I will kill myself');
      expect([item.id, item.texts]).to.deep.equal([sids[2], 3]);
      expect(await wordsOf(item.id)).to.deep.equal([ENOUGH, SCAM, 'I will kill myself']);
      isUnread(await act(item.id, 'close', { reason, read_until: sids[0] }), item.id);
      expect((await act(item.id, 'opt-out', { reason, read_until: sids[0] })).body.how).to.equal('opt-out');
      expect(await wordsOf(item.id), 'once it has ended, too').to.have.length(3);
    });

    it('waits for an answer since those earlier words came', async () => {
      const { item, sids } = await wrote(ENOUGH, SCAM);
      await cameEarlier(sids[0]);
      const before = await client('get', '/reports/inbox');
      expect(Date.now() - Date.parse(before.body.oldest)).to.be.at.least(HOUR);
      expect((await act(item.id, 'answer', { text: 'Fernway: it is none.' })).status).to.equal(202);
      const { weeks } = (await client('get', '/reports/inbox')).body;
      expect(Math.max(...weeks.map((week: { p90_seconds: number }) => week.p90_seconds))).to.be.at.least(
        3600,
      );
    });

    it('begins anew when the open item has ended', async () => {
      const { item, from, contact } = await wrote(ENOUGH);
      expect((await act(item.id, 'close')).status).to.equal(200);
      await write(from, [SCAM]);
      const [next] = await openOf(contact);
      expect([next.texts, await wordsOf(next.id)]).to.deep.equal([1, [SCAM]]);
    });
  });

  for (const [how, body, done] of [
    ['close', { reason }, 200],
    ['answer', { text: 'Fernway: it is back on Friday.' }, 202],
  ] as const) {
    describe(`an item that ends by ${how}`, () => {
      // A key looks up words at most 60 times a minute.
      before(async () => {
        client = await newClient(gateway);
      });

      it('stays open over words that no rule answered and that nobody read', async () => {
        const { item, from, contact } = await wrote(ASKED);
        const read_until = (await read(item.id)).at(-1)?.id;
        const { id } = item;
        await write(from, [ENOUGH, '']);
        expect(await openOf(contact)).to.have.length(1);
        for (const until of [{}, { read_until: item.id }])
          isUnread(await act(id, how, { ...body, ...until }), id);
        expect(read_until).to.equal(item.id);
        const whole = (await read(id)).at(-1)?.id;
        const answer = await act(id, how, { ...body, read_until: whole });
        expect([answer.status, answer.body.repeated]).to.deep.equal([done, false]);
        const again = await act(id, how, { ...body, read_until });
        expect(again.body, 'what was done').to.deep.equal({ ...answer.body, repeated: true });
      });

      it('stays open over another alarm of the same urgency', async () => {
        const { item, sids } = await wrote(SCAM, 'HELP, you scammers');
        expect(item.id).to.equal(sids[0]);
        isUnread(await act(item.id, how, body), item.id);
        expect((await act(item.id, how, { ...body, read_until: sids[1] })).status).to.equal(done);
      });

      it('ends over texts that a rule answered, and over a tapped reaction', async () => {
        const { item } = await wrote(ASKED, 'HELP', 'WHY', 'Liked “Fernway: reply STOP to end”');
        expect((await act(item.id, how, body)).status).to.equal(done);
      });

      it('ends over a possible birth date, whose words are stored nowhere', async () => {
        const { item, from } = await wrote(ASKED);
        const { stylist } = SENDERS;
        for (const text of ['STYLE', 'YES', 'the fifth of may'])
          await gateway.text(from, text, stylist.number);
        expect((await wordsOf(item.id)).at(-1)).to.equal('');
        expect((await act(item.id, how, body)).status).to.equal(done);
      });

      it('stays open over words that cannot be the birth date that was asked for', async () => {
        const { item, from } = await wrote(ASKED);
        const { stylist } = SENDERS;
        for (const text of ['STYLE', 'YES', ENOUGH]) await gateway.text(from, text, stylist.number);
        expect((await wordsOf(item.id)).at(-1)).to.equal(ENOUGH);
        isUnread(await act(item.id, how, body), item.id);
      });

      it('stays open over words that reached us late', async () => {
        const { item, sids } = await wrote(ASKED, ENOUGH);
        await cameEarlier(sids[1]);
        isUnread(await act(item.id, how, body), item.id);
        expect(await wordsOf(item.id)).to.deep.equal([ASKED, ENOUGH]);
        expect((await openOf(item.contact.id))[0].texts).to.equal(2);
        expect((await act(item.id, how, { ...body, read_until: sids[1] })).status).to.equal(done);
      });

      it('refuses a read_until that names no text of the item', async () => {
        const [first, other] = [await wrote('HELP', ASKED), await wrote(ASKED)];
        for (const read_until of [other.item.id, first.sids[0], `SM${'0'.repeat(32)}`]) {
          const answer = await act(first.item.id, how, { ...body, read_until });
          expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['read_until']]);
        }
        expect((await act(first.item.id, how, { ...body, read_until: 'the last' })).status).to.equal(400);
        expect(await openOf(first.contact)).to.have.length(1);
      });

      it('stays open over words of the same moment', async () => {
        for (let run = 0; run < 6; run += 1) {
          const { item, from, contact } = await wrote(ASKED);
          const [, { status }] = await Promise.all([write(from, [ENOUGH]), act(item.id, how, body)]);
          expect(status).to.be.oneOf([done, 409]);
          const [open] = await openOf(contact);
          expect(await wordsOf(open?.id), 'of an open item').to.contain(ENOUGH);
        }
      });
    });
  }

  it('opts out of what was read, and stays open over later words when that spared something', async () => {
    const { item, contact } = await wrote(ASKED, 'ORDERS', 'YES', ENOUGH);
    const refused = [await act(item.id, 'opt-out'), await act(item.id, 'opt-out')];
    for (const answer of refused) {
      isUnread(answer, item.id);
      expect(answer.body.detail).to.contain('(orders)').and.to.contain('stays open');
    }
    expect(await statesOf(contact)).to.have.members(['deals unsubscribed', 'orders subscribed']);
    const { body: records } = await client('get', '/consent-records', { query: `contact=${contact}` });
    const kinds = records.items.map(({ kind }: { kind: string }) => kind);
    expect(
      kinds.filter((kind: string) => kind === 'withdrawn'),
      'once',
    ).to.have.length(1);
    const read_until = (await read(item.id)).at(-1)?.id;
    const { body } = await act(item.id, 'opt-out', { reason, read_until });
    expect([body.how, body.spared]).to.deep.equal(['opt-out', []]);
    expect(await statesOf(contact)).to.have.members(['deals unsubscribed', 'orders unsubscribed']);
  });

  it('opts out of what the person confirmed before the newest words that were read, also when older ones came last', async () => {
    const { item, contact, sids } = await wrote(ASKED, 'ORDERS', 'YES', ENOUGH, 'hello??');
    await cameEarlier(sids[4]);
    const { body } = await act(item.id, 'opt-out', { reason, read_until: sids[4] });
    expect([body.how, body.spared]).to.deep.equal(['opt-out', []]);
    const stored = await gateway.store.contacts.findOne({ _id: contact });
    const newest = await gateway.store.inbound.findOne({ _id: sids[3] ?? '' });
    expect(stored?.lastOptOutAt).to.deep.equal(newest?.receivedAt);
  });

  it('can be closed by whoever read on, after an opt-out that spared something', async () => {
    const { item, contact } = await wrote(ASKED, 'ORDERS', 'YES', 'and the red one?');
    isUnread(await act(item.id, 'opt-out'), item.id);
    const read_until = (await read(item.id)).at(-1)?.id;
    expect((await act(item.id, 'close', { reason, read_until })).body.how).to.equal('close');
    expect(await statesOf(contact)).to.have.members(['deals unsubscribed', 'orders subscribed']);
    expect(await openOf(contact)).to.deep.equal([]);
  });
});
