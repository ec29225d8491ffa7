import { expect } from 'chai';
import { runVerifications } from '../../../src/contacts/verification.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { type Client, newClient } from '../../api/client.ts';
import { contextOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';

const PEOPLE = Array.from({ length: 24 }, (_, at) => `+1555188${String(at).padStart(4, '0')}`);
const [FIRST = '', LANDLINE = '', DEAD = '', VOIP = ''] = PEOPLE;
const DAY_MS = 24 * 3600 * 1000;
const always = (): boolean => true;

describe('a verification run over many numbers', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  let ahead = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', lookup: true });
    client = await newClient(gateway);
    open = await contextOf(gateway, () => new Date(Date.now() + ahead));
    const raw = PEOPLE.map((phone) => JSON.stringify({ phone })).join('\n');
    await client('post', '/contacts/bulk', { raw, type: 'application/x-ndjson' });
    for (const phone of [LANDLINE, FIRST])
      for (const body of ['JOIN', 'YES']) await gateway.text(phone, body);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });
  beforeEach(async () => {
    ahead = 0;
    await budget(1000);
    await gateway.store.marks.deleteOne({ _id: 'lookup budget' });
    await gateway.store.verifications.deleteMany({});
    await gateway.store.numberFacts.deleteMany({});
    await gateway.store.senderStates.deleteMany({});
    await gateway.store.contacts.updateMany({}, { $unset: { verified: true } });
    await behave([FIRST, {}]);
  });

  const behave = (...rules: [number: string, effect: object][]) =>
    gateway.sim(
      'PUT',
      '/sim/behaviours',
      rules.map(([number, effect]) => ({
        match: { number },
        on: 'lookup',
        effect: { kind: 'line', ...effect },
      })),
    );
  const budget = async (daily_budget: number) => {
    const { lookup: _, asked_today: __, ...rules } = (await client('get', '/verification-rules')).body;
    await client('put', '/verification-rules', { body: { ...rules, daily_budget } });
  };
  const begin = async (body: object = {}) => (await client('post', '/verifications', { body })).body;
  const shown = async (id: string) => (await client('get', `/verifications/${id}`)).body;
  const run = (goOn = always) => runVerifications(open.context, goOn);
  const looks = async (): Promise<string[]> => {
    const text = await (await gateway.sim('GET', '/sim/ledger')).text();
    const lines = text.split('\n').filter((line) => line.includes('"lookup"'));
    return lines.map((line) => JSON.parse(line).to);
  };
  const looksSince = async (before: readonly string[]) => (await looks()).slice(before.length);
  const contactOf = (phone: string) => gateway.store.contacts.findOne({ index: open.context.indexOf(phone) });

  it('looks each up once, stores the answers, and ends consent for lines that take no texts', async () => {
    await behave(
      [LANDLINE, { type: 'landline' }],
      [DEAD, { valid: false }],
      [VOIP, { type: 'nonFixedVoip' }],
    );
    const before = await looks();
    const { id, people } = await begin();
    expect(people).to.equal(PEOPLE.length);
    await run();
    const { state, looked_at, asked, refused, outcomes } = await shown(id);
    expect({ state, looked_at, asked, refused }).to.deep.equal({
      ...{ state: 'done', looked_at: PEOPLE.length, asked: PEOPLE.length, refused: 2 },
    });
    expect(outcomes).to.deep.equal({ mobile: 21, landline: 1, invalid: 1, 'non-fixed-voip': 1 });
    expect((await looksSince(before)).sort()).to.deep.equal(PEOPLE);

    const ended = await contactOf(LANDLINE);
    expect(ended?.subscriptions[0]).to.include({ state: 'expired', endedBy: 'not-mobile' });
    const suppressed = { index: ended?.index ?? '', kind: 'hygiene' as const };
    expect(await gateway.store.suppressions.countDocuments(suppressed)).to.equal(1);
    expect((await contactOf(FIRST))?.subscriptions[0]).to.include({ state: 'subscribed' });
    const { body: status } = await client('get', `/contacts/${ended?._id}/status`);
    expect(status.verified).to.include({ line: 'landline', valid: true });

    const again = await begin();
    await run();
    expect(await shown(again.id)).to.include({ state: 'done', people: 0, looked_at: 0, asked: 0 });
    expect(await looksSince(before)).to.have.length(PEOPLE.length);
  });

  it('can be cut off anywhere and taken over, and still looks nobody up twice and counts everybody once', async () => {
    const before = await looks();
    const { id } = await begin();
    for (let cut = 0; (await shown(id)).state !== 'done'; cut += 1) {
      // Every other slice loses what it wrote last, as a kill before that write does.
      const was = await gateway.store.verifications.findOne({ _id: id });
      let turns = 0;
      await run(() => turns++ === 0);
      if (cut % 2 === 0 && was !== null) await gateway.store.verifications.replaceOne({ _id: id }, was);
    }
    expect(await shown(id)).to.include({ looked_at: PEOPLE.length, asked: PEOPLE.length, refused: 0 });
    expect((await looksSince(before)).sort()).to.deep.equal(PEOPLE);
  });

  it('ends no consent by an answer that is older than a text from the number', async () => {
    const at = new Date(Date.now() - DAY_MS);
    const fact = {
      source: 'twilio-lookup',
      valid: true,
      line: 'landline',
      untold: null,
      carrier: null,
    } as const;
    const _id = `${open.context.indexOf(FIRST)} line`;
    const answer = { at, ...fact };
    await gateway.store.numberFacts.insertOne({ _id, askedAt: at, by: 'door', run: null, answer });
    const { id } = await begin();
    await run();
    const { outcomes, refused } = await shown(id);
    expect({ outcomes, refused }).to.deep.equal({ outcomes: { mobile: 23, landline: 1 }, refused: 0 });
    expect((await contactOf(FIRST))?.subscriptions[0]).to.include({ state: 'subscribed' });
  });

  it('does not look up again when a process died over the question', async () => {
    const before = await looks();
    const { id } = await begin();
    const _id = `${open.context.indexOf(FIRST)} line`;
    await gateway.store.numberFacts.insertOne({
      _id,
      askedAt: new Date(),
      by: 'dead',
      run: id,
      answer: null,
    });
    await run();
    expect((await shown(id)).outcomes).to.deep.equal({ mobile: PEOPLE.length - 1, unknown: 1 });
    expect(await looksSince(before)).not.to.include(FIRST);
  });

  it('stands still when the budget is spent, says so, and goes on when there is one', async () => {
    await budget(10);
    const before = await looks();
    const { id } = await begin();
    await run();
    await run();
    const waiting = await shown(id);
    expect(waiting).to.include({ state: 'waiting' });
    expect(waiting.looked_at).to.be.within(8, 10);
    expect(waiting.waits_for.code).to.equal('budget-spent');
    expect(await looksSince(before)).to.have.length(10);
    await budget(100);
    await run();
    expect(await shown(id)).to.include({ state: 'done', asked: PEOPLE.length, waits_for: null });
    expect((await looksSince(before)).sort()).to.deep.equal(PEOPLE);
  });

  it('waits for a failing Lookup, and gives up on a single number that gets no answer', async () => {
    await gateway.sim('PUT', '/sim/behaviours', [
      { match: { number: FIRST }, on: 'lookup', effect: { kind: 'http5xx' } },
    ]);
    const { id } = await begin();
    await until('the verification is done', async () => {
      await run();
      return (await shown(id)).state === 'done';
    });
    expect((await shown(id)).outcomes).to.deep.equal({ mobile: PEOPLE.length - 1, unknown: 1 });
  });

  it('uses valid answers without a look-up, and looks up again when they are old', async () => {
    const whole = await begin();
    await run();
    await gateway.store.contacts.updateMany({}, { $unset: { verified: true } });
    const before = await looks();
    const { id } = await begin();
    await run();
    expect(await shown(id)).to.include({ looked_at: PEOPLE.length, asked: 0 });
    ahead = 31 * DAY_MS;
    const { context } = open;
    const since = new Date(context.now().getTime() - 30 * DAY_MS);
    await gateway.store.verifications.updateOne(
      { _id: whole.id },
      { $set: { open: true, state: 'running', since, cursor: null, counts: {} } },
    );
    await run();
    expect(await looksSince(before)).to.have.length(PEOPLE.length);
  });

  it('waits for an account that may not use Lookup, and stores none of its answers', async () => {
    await behave([FIRST, { errorCode: 60601 }], [LANDLINE, { errorCode: 60606 }]);
    const { id, people } = await begin();
    expect(people).to.equal(PEOPLE.length);
    await run();
    const waiting = await shown(id);
    expect(waiting).to.include({ state: 'waiting' });
    expect(waiting.waits_for.code).to.equal('not-enabled');
    expect((await contactOf(LANDLINE))?.verified).to.equal(undefined);
    await behave([FIRST, { errorCode: 60601 }]);
    await run();
    const { state, asked, outcomes } = await shown(id);
    expect({ state, asked }).to.deep.equal({ state: 'done', asked: PEOPLE.length - 1 });
    expect(outcomes).to.deep.equal({ mobile: PEOPLE.length - 1, unknown: 1 });
    expect((await begin()).people).to.equal(1);
    // Numbers that may not be looked up cost nothing. Canada was tried twice.
    const { asked_today } = (await client('get', '/verification-rules')).body;
    expect(asked_today).to.be.within(PEOPLE.length, PEOPLE.length + 1);
  });

  it('keeps to its segment, and ends when it is canceled', async () => {
    await client('post', '/contacts', { body: { phone: VOIP, lists: ['few'] } });
    const few = await begin({ segment: { kind: 'list', oneOf: ['few'] } });
    expect(few.people).to.equal(1);
    await run();
    expect(await shown(few.id)).to.include({ state: 'done', looked_at: 1 });

    const all = await begin();
    let turns = 0;
    await run(() => turns++ === 0);
    expect(await shown(all.id)).to.include({ state: 'running', looked_at: 8 });
    const { body } = await client('post', `/verifications/${all.id}/cancel`, { body: {} });
    expect(body).to.include({ state: 'canceled', looked_at: 8 });
    const before = await looks();
    await run();
    expect(await looksSince(before)).to.deep.equal([]);
    expect(
      (await client('get', '/verifications')).body.items.map(({ id }: { id: string }) => id),
    ).to.deep.equal([all.id, few.id]);
  });

  it('names a segment that cannot be used', async () => {
    const answer = await client('post', '/verifications', {
      body: { segment: { kind: 'in-segment', segment: 'none' } },
    });
    expect(answer.status).to.be.oneOf([400, 422]);
    expect(answer.body.errors[0].field).to.match(/^segment/);
  });
});
