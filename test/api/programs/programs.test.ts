import { expect } from 'chai';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type Client, fieldsOf, newClient } from '../client.ts';
import { OPT_INS } from '../good/requests.ts';

describe('programs through the API', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  const shown = async (id = 'deals') => {
    const { id: _, ...body } = (await client('get', `/programs/${id}`)).body;
    return body;
  };

  it('are listed page by page', async () => {
    const first = await client('get', '/programs', { query: 'limit=2' });
    const second = await client('get', '/programs', { query: `limit=2&cursor=${first.body.next_cursor}` });
    const ids = [...first.body.items, ...second.body.items].map(({ id }) => id);
    expect(ids).to.deep.equal(['deals', 'orders', 'stylist']);
  });

  it('stay the same when they are saved as they were read, twice', async () => {
    const before = await shown();
    for (const _ of [1, 2]) {
      const answer = await client('put', '/programs/deals', { body: before });
      expect(answer.status, answer.text).to.equal(200);
    }
    expect(await shown()).to.deep.equal(before);
  });

  it('are named in letters of one character each', async () => {
    const before = await shown();
    const brand = 'Fe\u0301rnway';
    const { body } = await client('put', '/programs/deals', {
      body: { ...before, brand, name: `${brand} a` },
    });
    expect([body.brand, body.name]).to.deep.equal(['Férnway', 'Férnway a']);
    await client('put', '/programs/deals', { body: before });
  });

  it('answer to a new keyword as soon as they are saved', async () => {
    const body = await shown();
    await client('put', '/programs/deals', {
      body: { ...body, keywords: { ...body.keywords, en: ['join', 'saver'] } },
    });
    const { replies } = await gateway.text('+15551250001', 'SAVER');
    expect(replies.at(-1)).to.contain('Fernway Deals');
  });

  it('prompt only in the languages that they are saved with', async () => {
    await client('put', '/programs/stylist', { body: { ...(await shown('stylist')), languages: ['en'] } });
    const body = {
      phone: '+15551250002',
      program: 'stylist',
      language: 'fr',
      channel: 'VERBAL',
      evidence: OPT_INS.VERBAL,
    };
    const answer = await client('post', '/opt-ins', { body });
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['language']]);
    expect((await client('post', '/opt-ins', { body: { ...body, language: 'en' } })).status).to.equal(202);
  });

  it('may have any minimum age while nobody is in them, and afterwards no higher one and not none', async () => {
    const body = await shown('orders');
    const save = (minimum_age: number | null) =>
      client('put', '/programs/orders', { body: { ...body, minimum_age } });
    for (const age of [21, null, 21]) expect((await save(age)).status).to.equal(200);
    for (const words of ['ORDERS', 'YES', '1990-05-23']) await gateway.text('+15551250009', words);
    for (const [age, why] of [
      [25, 'may never have stated'],
      [null, 'could not be set again'],
    ] as const) {
      const answer = await save(age);
      expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['minimum_age']]);
      expect(answer.body.errors[0].message).to.contain(why);
    }
    expect((await shown('orders')).minimum_age).to.equal(21);
    expect((await save(18)).status).to.equal(200);
  });

  it('may let consent grow to any age while nobody is in them, and afterwards to no lower one than the oldest', async () => {
    const body = await shown();
    const save = (consent_age?: Record<string, number>) =>
      client('put', '/programs/deals', { body: { ...body, consent_age } });
    for (const months of [6, 36]) expect((await save({ months, ask_days: 30 })).status).to.equal(200);
    for (const words of ['JOIN', 'YES']) await gateway.text('+15551250010', words);
    for (const less of [{ months: 35, ask_days: 30 }, undefined]) {
      const answer = await save(less);
      expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['consent_age.months']]);
      expect(answer.body.errors[0].message).to.contain('Keep 36 or more');
    }
    for (const months of [36, 48]) expect((await save({ months, ask_days: 60 })).status).to.equal(200);
  });

  it('are refused when consent would be asked for again as soon as it was given', async () => {
    const body = await shown('stylist');
    const save = (consent_age: Record<string, number>) =>
      client('put', '/programs/stylist', { body: { ...body, consent_age } });
    const answer = await save({ months: 1, ask_days: 28 });
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['consent_age.ask_days']]);
    expect((await save({ months: 1, ask_days: 27 })).status).to.equal(200);
  });

  it('can end, and then take nobody in', async () => {
    await client('put', '/programs/stylist', { body: { ...(await shown('stylist')), status: 'ended' } });
    const body = { phone: '+15551250003', program: 'stylist', channel: 'VERBAL', evidence: OPT_INS.VERBAL };
    const answer = await client('post', '/opt-ins', { body });
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['program']]);
  });

  it('can all end, and begin again while nobody else has their words', async () => {
    for (const id of ['stylist', 'orders']) {
      const ended = { ...(await shown(id)), status: 'ended' };
      for (const _ of [1, 2]) {
        const answer = await client('put', `/programs/${id}`, { body: ended });
        expect([answer.status, answer.body.status], answer.text).to.deep.equal([200, 'ended']);
      }
    }
    const again = await client('put', '/programs/orders', {
      body: { ...(await shown('orders')), status: 'active' },
    });
    expect([again.status, again.body.status], again.text).to.deep.equal([200, 'active']);
  });

  it('are refused with every clash named, and nothing is saved', async () => {
    const body = await shown('orders');
    const answer = await client('put', '/programs/orders', {
      body: { ...body, keywords: { en: ['JOIN', 'STOP'] } },
    });
    expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['keywords', 'keywords']]);
    expect(await shown('orders')).to.deep.equal(body);
  });

  it('are refused when their words break the rules of a text, which are cited', async () => {
    const body = await shown('orders');
    const long = 'news about every step of every order, '.repeat(3);
    const answer = await client('put', '/programs/orders', {
      body: { ...body, description: { en: long, es: long, fr: long } },
    });
    expect(answer.status, answer.text).to.equal(422);
    expect(answer.body.errors[0].field, 'any of many may be too long').to.equal('body');
    expect(answer.body.errors[0].message).to.match(/^en: The prompt .*\(.+\)$/);
    expect(await shown('orders')).to.deep.equal(body);
  });

  it('name the clashing code or word and its topic once, whichever program is read first', async () => {
    const [deals, orders] = [await shown('deals'), await shown('orders')];
    const [first, ...more] = deals.topics;
    const topics = [{ ...first, code: orders.topics[0].code, word: 'HELP' }, ...more];
    const answer = await client('put', '/programs/deals', { body: { ...deals, topics } });
    expect(answer.status, answer.text).to.equal(422);
    expect(fieldsOf(answer)).to.have.members(['topics.0.code', 'topics.0.word']);
  });

  it('name the field that does not fit', async () => {
    const body = await shown();
    for (const [change, field] of [
      [{ numbers: ['99999'] }, 'numbers.0'],
      [{ join_topics: ['nothing'] }, 'join_topics'],
      [{ topics: [body.topics[0], body.topics[0]], join_topics: ['deals'] }, 'topics'],
      [{ keywords: {} }, 'keywords'],
      [{ zone: 'Mars/Olympus' }, 'zone'],
    ] as const) {
      const answer = await client('put', '/programs/deals', { body: { ...body, ...change } });
      expect([answer.status, fieldsOf(answer)], answer.text).to.deep.equal([422, [field]]);
      expect(answer.text).not.to.contain('99999');
    }
  });

  it('give a toll-free phone in HELP on a Canadian short code, whichever of the two is saved last', async () => {
    const body = await shown();
    const sender = (country: 'US' | 'CA') =>
      client('put', '/senders/28555', { body: { kind: 'short-code', country, opt_out_handling: 'own' } });
    const mail = () =>
      client('put', '/programs/deals', { body: { ...body, support: 'help@fernway.example' } });
    expect((await mail()).status).to.equal(200);
    const refused = await sender('CA');
    expect(refused.status).to.equal(422);
    expect(fieldsOf(refused)).to.deep.equal(['country']);
    expect((await client('put', '/programs/deals', { body })).status).to.equal(200);
    expect((await sender('CA')).status).to.equal(200);
    const again = await mail();
    expect([again.status, fieldsOf(again)]).to.deep.equal([422, ['support']]);
    expect(again.text).to.contain('must give a toll-free phone');
    expect((await sender('US')).status).to.equal(200);
  });
});
