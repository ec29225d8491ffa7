import { expect } from 'chai';
import { settleByList } from '../../../src/consent/inbound/uncertain.ts';
import { answeredSince } from '../../../src/store/consent/inbox.ts';
import { contextOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { signedPost } from '../../support/signed-post.ts';
import { type ApiAnswer, type Client, newClient } from '../client.ts';

const ASKED = 'is the blue one back in store?';

describe('the inbox', () => {
  let gateway: Gateway;
  let client: Client;
  let numbers = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  const number = (): string => `+1555128${String(++numbers).padStart(4, '0')}`;
  const items = async (state = 'open') =>
    (await client('get', '/inbox', { query: `state=${state}` })).body.items;
  const wrote = async (...texts: string[]) => {
    const from = number();
    for (const body of texts) await gateway.text(from, body);
    const { body } = await client('post', '/contacts/lookup', { body: { phone: from, reason: 'a test' } });
    const item = (await items()).find(
      (item: { contact: { id: string } | null }) => item.contact?.id === body.id,
    );
    return { from, contact: body.id as string, item };
  };
  const act = (id: string, how: string, body: object, by = client): Promise<ApiAnswer> =>
    by('post', `/inbox/${id}/${how}`, { body });
  const reason = 'Read with care.';

  it('holds texts that no rule answered, one item a person, without the words', async () => {
    const { item } = await wrote('JOIN', 'YES', 'HELP', 'MENU', '1', ASKED, 'hello??', 'HELP');
    expect(item).to.include({ state: 'open', rule: 'unknown', texts: 3, alarm: null, ended: null });
    expect((await wrote('JOIN', 'YES', 'WHY', 'STOP')).item).to.equal(undefined);
    expect((await client('get', '/inbox')).text).not.to.contain('blue one');
  });

  it('is shown when one contact cannot be opened', async () => {
    const { item, contact } = await wrote('JOIN', 'YES', ASKED);
    const sealed = Buffer.from('not what was sealed');
    await gateway.store.contacts.updateOne({ _id: contact }, { $set: { sealed } });
    const answer = await client('get', '/inbox');
    expect(answer.status).to.equal(200);
    const shown = answer.body.items.find(({ id }: { id: string }) => id === item.id);
    expect(shown).to.include({ contact: null, sentence: null, state: 'open' });
    await gateway.store.inbound.deleteOne({ _id: item.id });
  });

  it('lists alarms first, logs and counts them without the words, and changes no consent by them', async () => {
    const { item: first } = await wrote('JOIN', 'YES', ASKED);
    const { item, contact, from } = await wrote('JOIN', 'YES', ASKED, 'a film about suicide that wears blue');
    const ids = (await items()).map(({ id }: { id: string }) => id);
    expect(ids.indexOf(item.id)).to.equal(0);
    expect(ids).to.include(first.id);
    expect(item.alarm).to.deep.equal({ kind: 'harm', rule: 'harm:suicide' });
    expect(
      (await items()).filter((item: { contact: { id: string } }) => item.contact?.id === contact),
    ).to.have.length(1);
    const report = await client('get', '/reports/inbox');
    expect(report.body.open, 'what the alarm stands for counts once').to.equal((await items()).length);
    const lines = gateway.logs.filter((line) => line.includes('staff must read') && line.includes(contact));
    expect(lines).to.have.length(1);
    expect(gateway.logs.join('')).not.to.contain('wears blue').and.not.to.contain(from.slice(1));
    expect(await (await fetch(`${gateway.url}/metrics`)).text()).to.match(/alarms_total\{[^}]*harm[^}]*\} 1/);
    const check = { body: { contact, program: 'deals', topic: 'deals' } };
    expect((await client('post', '/checks', check)).body.allowed).to.equal(true);
    expect((await act(item.id, 'close', { reason })).status).to.equal(200);
    const left = (await items()).filter((item: { contact: { id: string } }) => item.contact?.id === contact);
    expect(left, 'what the alarm overtook is seen to with it').to.deep.equal([]);
  });

  it('shows the words against a reason, which it logs', async () => {
    const { item, contact } = await wrote(ASKED, 'hello??');
    const { body } = await act(item.id, 'read', { reason });
    expect(body.texts.map(({ words }: { words: string }) => words)).to.deep.equal([ASKED, 'hello??']);
    const traces = gateway.logs.filter((line) => line.includes('words of the inbox were read'));
    expect(traces.filter((line) => line.includes(contact))).to.have.length(1);
  });

  it('answers through the gate, once, and says who answered first', async () => {
    const { item, from } = await wrote(ASKED);
    const said = { text: 'Fernway: it is back on Friday.' };
    const first = await act(item.id, 'answer', said);
    expect([first.status, first.body.how, first.body.repeated]).to.deep.equal([202, 'answer', false]);
    const again = await act(item.id, 'answer', said);
    expect(again.body).to.deep.equal({ ...first.body, repeated: true });
    const other = await act(item.id, 'answer', said, await newClient(gateway));
    expect([other.status, other.body.type]).to.deep.equal([409, '/api/docs#conflict']);
    expect(other.body.detail).to.contain(first.body.by);
    await until(
      'the answer of staff is on the handset',
      async () => (await gateway.received(from)).at(-1) === said.text,
    );
    expect((await gateway.received(from)).filter((text) => text === said.text)).to.have.length(1);
    const kept = (await gateway.store.inbound.findOne({ _id: item.id }))?.ended;
    expect(kept, 'not what was said').to.have.all.keys('how', 'by', 'at', 'program', 'delivery');
    const done = (await items('answered')).find(({ id }: { id: string }) => id === item.id);
    expect(done).to.include({ state: 'answered' });
    const report = await client('get', '/reports/inbox');
    expect(report.body.weeks[0]).to.include({ program: 'deals', answered: 1 });
    expect(report.body.open).to.be.greaterThan(0);
    const [read] = await answeredSince(gateway.store, new Date(0), 1);
    expect(read, 'it reads no words').to.have.all.keys('receivedAt', 'ended');
  });

  it('lets only one of two people answer who answer at once', async () => {
    const { item, from } = await wrote(ASKED);
    const clients = [client, await newClient(gateway)];
    const answers = await Promise.all(
      clients.map((by, at) => act(item.id, 'answer', { text: `Fernway: answer ${at}.` }, by)),
    );
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([202, 409]);
    await until('one answer of staff is on the handset', async () =>
      /answer \d/.test((await gateway.received(from)).at(-1) ?? ''),
    );
  });

  it('can close an item of an unknown person, and neither answer it nor opt the person out', async () => {
    const { item } = await wrote(ASKED);
    await gateway.store.inbound.updateOne({ _id: item.id }, { $set: { contact: null } });
    for (const [how, body] of [
      ['answer', { text: 'Fernway: yes.' }],
      ['opt-out', { reason }],
    ] as const) {
      const { status, body: problem } = await act(item.id, how, body);
      expect([status, problem.type, problem.title]).to.deep.equal([
        409,
        '/api/docs#not-possible',
        'This is not possible as things stand.',
      ]);
    }
    expect((await act(item.id, 'close', { reason })).status).to.equal(200);
  });

  it('refuses an answer to a person who has said STOP since, with the reason, and keeps the item open', async () => {
    const { item, contact } = await wrote('JOIN', 'YES', ASKED, 'STOP');
    const { status, body } = await act(item.id, 'answer', { text: 'Fernway: please come back.' });
    expect([status, body.type]).to.deep.equal([409, '/api/docs#refused']);
    expect(body.reasons.map(({ code }: { code: string }) => code)).to.deep.equal(['opted-out']);
    expect((await items()).map(({ id }: { id: string }) => id)).to.include(item.id);
    const rows = await gateway.store.deliveries.find({ contact, class: 'staff-answer' }).toArray();
    expect(rows).to.deep.equal([]);
  });

  it('refuses an answer to a text that is older than a day', async () => {
    const { item, contact } = await wrote(ASKED);
    const receivedAt = new Date(Date.now() - 25 * 3_600_000);
    await gateway.store.inbound.updateMany({ contact }, { $set: { receivedAt } });
    const { body } = await act(item.id, 'answer', { text: 'Fernway: too late.' });
    expect(body.reasons.map(({ code }: { code: string }) => code)).to.deep.equal(['too-old']);
  });

  it('opts a person out by their words, at once and in the ledger, and closes the item', async () => {
    const { item, contact } = await wrote('JOIN', 'YES', ASKED);
    const { body } = await act(item.id, 'opt-out', { reason });
    expect(body.how).to.equal('opt-out');
    const { body: records } = await client('get', '/consent-records', { query: `contact=${contact}` });
    expect(records.items.at(-1)).to.include({ kind: 'withdrawn', scope: 'all', reason: 'review:opt-out' });
    expect(records.verified).to.equal(true);
    const closed = (await items('closed')).map(({ id }: { id: string }) => id);
    expect(closed).to.include(item.id);
  });

  it('marks a wrong number when the reader of the words says so', async () => {
    const { item, contact } = await wrote('JOIN', 'YES', ASKED);
    expect((await act(item.id, 'opt-out', { reason, wrong_number: true })).status).to.equal(200);
    const { body: status } = await client('get', `/contacts/${contact}/status`);
    expect(status.wrong_number_at).to.be.a('string');
    const { body: records } = await client('get', '/consent-records', { query: `contact=${contact}` });
    expect(records.items.at(-1)?.reason).to.equal('review:opt-out (wrong number)');
    expect((await act(item.id, 'opt-out', { reason, wrong_number: false })).status).to.equal(400);
  });

  it('answers a repeated opt-out or close alike to the same key, and to no other', async () => {
    const other = await newClient(gateway);
    for (const how of ['opt-out', 'close']) {
      const { item } = await wrote('JOIN', 'YES', ASKED);
      const twice = await Promise.all([act(item.id, how, { reason }), act(item.id, how, { reason })]);
      const again = await act(item.id, how, { reason });
      expect([...twice, again].map(({ status }) => status)).to.deep.equal([200, 200, 200]);
      const first = twice.find(({ body }) => !body.repeated);
      expect(again.body).to.deep.equal({ ...first?.body, repeated: true });
      expect((await act(item.id, how, { reason }, other)).status).to.equal(409);
      if (how === 'close') continue;
      const marking = await act(item.id, how, { reason, wrong_number: true });
      expect(marking.status, 'a mark that was not made is not said to be').to.equal(409);
    }
  });

  it('keeps the reason of a close sealed and shows it only with the words', async () => {
    const { item } = await wrote(ASKED);
    expect((await act(item.id, 'read', { reason })).body.end_reason).to.equal(null);
    const why = 'I called them back about it.';
    const closed = await act(item.id, 'close', { reason: why });
    expect((await act(item.id, 'close', { reason: 'Another.' })).body.repeated).to.equal(true);
    expect((await act(item.id, 'read', { reason })).body.end_reason).to.equal(why);
    const row = await gateway.store.inbound.findOne({ _id: item.id });
    const kept = row?.ended?.reason?.toString() ?? why;
    const list = (await client('get', '/inbox', { query: 'state=closed' })).text;
    for (const shown of [closed.text, list, kept, gateway.logs.join('')]) expect(shown).not.to.contain(why);
  });

  it('opens a new item for a text that comes after the close', async () => {
    const { item, from, contact } = await wrote(ASKED);
    await act(item.id, 'close', { reason });
    await gateway.text(from, 'and the red one?');
    const now = (await items()).filter((item: { contact: { id: string } }) => item.contact?.id === contact);
    expect(now.map(({ id }: { id: string }) => id))
      .to.have.length(1)
      .and.not.to.include(item.id);
    expect((await act(item.id, 'opt-out', { reason })).status).to.equal(409);
  });

  it('keeps a form without a sender that the carrier does not know after an hour, as an item that can only be read and closed', async () => {
    const [token = ''] = gateway.config.twilio.signingTokens;
    await signedPost(token, `${gateway.url}/webhooks/twilio/inbound`, [
      ['MessageSid', `SM${'9'.repeat(32)}`],
      ['To', '28555'],
      ['Body', 'who am I?'],
    ]);
    const hourAgo = new Date(Date.now() - 3_600_001);
    await gateway.store.uncertainTexts.updateOne({ to: '28555' }, { $set: { receivedAt: hourAgo } });
    const { context, close } = await contextOf(gateway);
    await settleByList(context, async () => {
      throw new Error('the list cannot be read');
    });
    await close();
    const item = (await items()).find(({ rule }: { rule: string }) => rule === 'unsettled');
    expect(item).to.include({ contact: null, in_doubt: 'unsettled' });
    const { body } = await act(item.id, 'read', { reason });
    expect(body.texts[0].words).to.equal('who am I?');
    expect((await act(item.id, 'answer', { text: 'Fernway: hello.' })).status).to.equal(409);
    expect((await act(item.id, 'close', { reason })).status).to.equal(200);
    expect((await act(item.id, 'read', { reason: 'To look again.' })).body.end_reason).to.equal(reason);
  });

  it('pages in its own order', async () => {
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = `limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body } = await client('get', '/inbox', { query });
      ids.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.next_cursor;
    }
    expect(ids).to.deep.equal((await items()).map(({ id }: { id: string }) => id));
    expect(ids.length).to.be.greaterThan(2);
  });
});
