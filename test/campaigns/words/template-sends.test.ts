import { expect } from 'chai';
import { EMPTY_PROFILE } from '../../../src/domain/contacts/profile.ts';
import type { ContactDoc } from '../../../src/store/contacts/contacts.ts';
import { openHolder } from '../../../src/store/contacts/open-contact.ts';
import { sealNames } from '../../../src/store/contacts/profiles.ts';
import { type Client, fieldsOf, newClient } from '../../api/client.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import type { HandsetMessage } from '../../support/replies.ts';

const STAFF = '+15551310001';
const PICTURE = { url: 'https://media.fernway.example/a.jpg?x=1&y=2', type: 'image/jpeg', bytes: 90_000 };

describe('a template before it is sent to many', () => {
  let gateway: Gateway;
  let client: Client;
  const ids: string[] = [];
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
    for (let at = 1; at <= 4; at += 1) {
      const phone = `+1555131${String(at).padStart(4, '0')}`;
      await gateway.text(phone, 'JOIN');
      if (at < 4) await gateway.text(phone, 'YES');
      const { body } = await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } });
      ids.push(body.id);
    }
  });
  after(() => gateway.stop());

  const [staff, , third, unconfirmed] = [0, 1, 2, 3].map((at) => () => ids[at] ?? '');
  const save = (id: string, en: string, more: object = {}) =>
    client('put', `/templates/${id}`, { body: { program: 'deals', texts: { en }, ...more } });
  const test = (contact: string, key: string, template = 'sale') =>
    client('post', `/templates/${template}/test-send`, {
      body: { contact, topic: 'deals' },
      headers: { 'Idempotency-Key': key },
    });
  const mark = (contact: string) => client('put', `/test-recipients/${contact}`, { body: { name: 'Desk' } });
  const handset = async (): Promise<(HandsetMessage & { media: string[] })[]> => {
    const answer = await gateway.sim('GET', `/sim/handsets/${encodeURIComponent(STAFF)}`);
    return ((await answer.json()) as { messages: (HandsetMessage & { media: string[] })[] }).messages;
  };

  it('is tested only on marked phones whose holder agreed, and the test leaves a row that says so', async () => {
    await client('put', '/coupon-pools/tests', { body: { name: 'Tests' } });
    await client('post', '/coupon-pools/tests/codes', { body: { codes: ['REAL-1'] } });
    await save('sale', '{brand}: {link:https://fernway.example/} code {coupon:tests} STOP to end');
    const unmarked = await test(staff?.() ?? '', 'a');
    expect([unmarked.status, unmarked.body.type, unmarked.body.next_step]).to.deep.equal([
      409,
      '/api/docs#not-possible',
      'Mark it: PUT /test-recipients/{id}.',
    ]);
    for (const contact of ids) expect((await mark(contact)).status).to.equal(200);
    const refused = await test(unconfirmed?.() ?? '', 'b');
    expect([refused.status, refused.body.reasons[0].code]).to.deep.equal([409, 'not-subscribed']);
    const sent = await test(staff?.() ?? '', 'c');
    expect([sent.status, sent.body.class, sent.body.state]).to.deep.equal([202, 'marketing', 'planned']);
    await until('the test message is on the handset', async () =>
      (await handset()).some(({ body }) => body.includes('code XXXXXX ')),
    );
    expect((await client('get', `/deliveries/${sent.body.id}`)).body).to.include({ test: true, media: 0 });
    const { items } = (await client('get', `/contacts/${staff?.()}/timeline`)).body;
    const [listed] = items.filter(({ id }: { id: string }) => id === sent.body.id);
    expect(listed.sentence).to.equal('A test, to a phone of staff.');
    expect((await client('get', '/coupon-pools/tests')).body).to.include({ free: 1, claimed: 0 });
    const [link] = await gateway.store.links.find({ delivery: sent.body.id }).toArray();
    const agent = {
      'user-agent': 'Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1',
    };
    await gateway.store.deliveries.updateOne({ _id: sent.body.id }, { $set: { acceptedAt: new Date(0) } });
    await fetch(`${gateway.url}/l/${link?._id}`, { redirect: 'manual', headers: agent });
    const { clicks } = (await client('get', `/deliveries/${sent.body.id}`)).body;
    expect(clicks).to.include({ people: 0, tests: 1 });
  });

  it('is not sent to a test phone that opted out or was unmarked', async () => {
    await gateway.text('+15551310002', 'STOP');
    expect((await test(ids[1] ?? '', 'd')).body.reasons[0].code).to.equal('opted-out');
    await client('post', `/test-recipients/${third?.()}/unmark`, { body: {} });
    expect((await test(third?.() ?? '', 'e')).status).to.equal(409);
    const { body } = await client('get', '/test-recipients');
    expect(body.items.map((item: { contact: string }) => item.contact)).to.have.members(
      ids.filter((id) => id !== third?.()),
    );
    expect(await gateway.store.deliveries.countDocuments({ test: true })).to.equal(1);
  });

  it('lists its test phones, one without its number when no key opens it', async () => {
    const [_id = '', ...others] = ids.filter((id) => id !== third?.());
    const keys = (await gateway.store.contacts.findOne({ _id }))?.keys;
    await gateway.store.contacts.updateOne({ _id }, { $set: { 'keys.profile.by': 'lost' } });
    const { items } = (await client('get', '/test-recipients')).body;
    await gateway.store.contacts.updateOne({ _id }, { $set: { keys } } as object);
    const shown = items.map((item: { contact: string; masked: string | null }) => [
      item.contact,
      item.masked,
    ]);
    expect(new Map(shown).get(_id)).to.equal(null);
    for (const id of others) expect(new Map(shown).get(id)).to.match(/\d{4}$/);
  });

  it('arrives as one MMS without parts when it has a picture', async () => {
    const saved = await save('picture', `{brand}: look ${'a'.repeat(400)}`, { media: [PICTURE] });
    expect(saved.body.media).to.deep.equal([PICTURE]);
    expect(saved.body.report[0].parts).to.equal(1);
    const sent = await test(staff?.() ?? '', 'f', 'picture');
    expect(sent.body.parts).to.equal(1);
    await until('the picture is on the handset', async () =>
      (await handset()).some(({ media }) => media[0] === PICTURE.url),
    );
    const shown = (await handset()).find(({ media }) => media.length > 0);
    expect(shown?.sid).to.match(/^MM/);
    expect((await client('get', `/deliveries/${sent.body.id}`)).body.media).to.equal(1);
    const again = await save('picture', `{brand}: look ${'a'.repeat(400)}`);
    expect([again.body.version, again.body.media]).to.deep.equal([2, []]);
  });

  it('is refused with pictures that the carrier would not accept, each named', async () => {
    const bad: [media: object[], field: string][] = [
      [[{ ...PICTURE, url: 'http://media.fernway.example/a.jpg' }], 'media.0.url'],
      [[PICTURE, { ...PICTURE, url: 'https://10.0.0.1/a.jpg' }], 'media.1.url'],
      [[{ ...PICTURE, type: 'video/mp4', bytes: 500_001 }], 'media.0'],
      [[{ ...PICTURE, type: 'image/tiff' }], 'media.0.type'],
      [Array.from({ length: 11 }, () => PICTURE), 'media'],
    ];
    for (const [media, field] of bad)
      expect(fieldsOf(await save('bad', '{brand}', { media })), field).to.deep.equal([field]);
  });

  it('gets the words that marketing needs from its program, in previews and when it is sent', async () => {
    const { body: program } = await client('get', '/programs/deals');
    const { id: _, ...rest } = program;
    const rule = { brand: 'add', opt_out: 'add' };
    await client('put', '/programs/deals', { body: { ...rest, marketing_texts: rule } });
    expect((await client('get', '/programs/deals')).body.marketing_texts).to.deep.equal(rule);
    const saved = await save('bare', '20% off today');
    expect(saved.body.report[0]).to.deep.include({ added: ['brand', 'opt-out'], notes: [] });
    const whole = 'Fernway: 20% off today\nReply STOP to end.';
    const { body } = await client('post', '/templates/bare/preview', { body: { contact: staff?.() } });
    expect([body.text, body.added]).to.deep.equal([whole, ['brand', 'opt-out']]);
    await test(staff?.() ?? '', 'g', 'bare');
    await until('the text is on the handset', async () =>
      (await handset()).some((message) => message.body === whole),
    );
    await client('put', '/programs/deals', { body: { ...rest } });
    const reminded = (await save('bare', '20% off now')).body.report[0].notes;
    expect(reminded.map((problem: { code: string }) => problem.code)).to.deep.equal([
      'names-no-brand',
      'names-no-opt-out',
    ]);
  });

  it('is measured over an audience: range, longest texts, and the cost of each special letter', async () => {
    const { store, config } = gateway;
    const stored = await store.contacts.findOne({ _id: third?.() ?? '' });
    if (stored === null) throw new Error('nobody');
    const { keys } = openHolder(config.keyRing, stored, []);
    const profileSealed = sealNames(keys.profile, stored._id, { first_name: 'Łukasz', last_name: null });
    await store.contacts.updateOne({ _id: stored._id }, { $set: { profile: EMPTY_PROFILE, profileSealed } });
    await save('counted', `{brand}: {first_name|friend}, ${'a'.repeat(100)}`);
    const segment = {
      kind: 'any',
      of: [
        { kind: 'subscription', state: 'subscribed', program: 'deals' },
        { kind: 'subscription', state: 'pending', program: 'deals' },
      ],
    };
    const { status, body } = await client('post', '/templates/counted/parts', { body: { segment } });
    expect(status).to.equal(200);
    expect(body).to.deep.equal({
      ...{
        matches: 3,
        counted: 3,
        without_text: { people: 0 },
        too_long: { people: 0 },
        least: 1,
        most: 2,
        total: { parts: 4 },
        switched: { people: 1 },
        extra: { parts: 1 },
      },
      by_parts: [
        { parts: 1, people: 2 },
        { parts: 2, people: 1 },
      ],
      worst: { contact: stored._id, masked: '+1••••••0003', parts: 2, costly: ['Ł'] },
      costly: [{ character: 'Ł', people: 1, extra: { parts: 1 } }],
    });
    await save('too-long', `{brand}: {first_name|friend} ${'a'.repeat(1400)}`);
    const long = await client('post', '/templates/too-long/parts', { body: { segment } });
    expect(long.body).to.deep.include({
      ...{ counted: 3, without_text: { people: 0 }, too_long: { people: 1 } },
      ...{ most: 10, total: { parts: 20 } },
    });
    expect(long.body.by_parts).to.deep.equal([{ parts: 10, people: 2 }]);
    expect([long.body.worst.parts, long.body.extra.parts]).to.deep.equal([10, 0]);
    const bad = await client('post', '/templates/counted/parts', {
      body: { segment: { kind: 'segment', id: 'no' } },
    });
    expect(fieldsOf(bad)).to.deep.equal(['segment.id']);
  });

  it("blames its author's words and fallbacks on nobody's name", async () => {
    const segment = { kind: 'subscription', state: 'subscribed', program: 'deals' };
    const switched = async (id: string) =>
      (await client('post', `/templates/${id}/parts`, { body: { segment } })).body.switched.people;
    await save('fallen', '{brand}: {first_name|Íris}, hello');
    expect([await switched('counted'), await switched('fallen')]).to.deep.equal([1, 0]);
  });

  it('conflicts with an idempotency key that was used for another template', async () => {
    for (const id of ['spring', 'summer']) await save(id, `{brand}: ${id}. STOP to end`);
    const spring = await test(staff?.() ?? '', 'same', 'spring');
    expect(spring.status).to.equal(202);
    expect((await test(staff?.() ?? '', 'same', 'spring')).body.id).to.equal(spring.body.id);
    const summer = await test(staff?.() ?? '', 'same', 'summer');
    expect([summer.status, summer.body.type]).to.deep.equal([409, '/api/docs#key-reused']);
    await gateway.store.idempotencyKeys.deleteMany({});
    const later = await test(staff?.() ?? '', 'same', 'summer');
    expect(later.status).to.equal(202);
    expect(later.body.id).not.to.equal(spring.body.id);
  });

  it('is measured over all who fit in one pass over all contacts', async () => {
    const { db, contacts } = gateway.store;
    const others = Array.from({ length: 30 }, (_, at) => ({
      ...{ _id: `a${at}`, index: `1.a${at}`, current: true, rev: 1, sealed: Buffer.from('x') },
      ...{ subscriptions: [] },
    }));
    await contacts.insertMany(others as Partial<ContactDoc>[] as ContactDoc[]);
    await save('few', '{brand}: hello');
    const segment = { kind: 'subscription', state: 'subscribed', program: 'deals' };
    await db.command({ profile: 2, slowms: 0 });
    const { body } = await client('post', '/templates/few/parts', { body: { segment } });
    await db.command({ profile: 0 });
    expect(body).to.deep.include({ matches: 2, counted: 2, most: 1, total: { parts: 2 } });
    const ns = `${db.databaseName}.${contacts.collectionName}`;
    const looks = await db
      .collection('system.profile')
      .find({ ns, op: { $in: ['query', 'command'] } })
      .toArray();
    const asked = looks
      .map(({ command }) => JSON.stringify(command))
      .filter((command) => command.includes('"program":{"$eq":"deals"}'));
    expect(asked).to.have.length(1);
    expect(asked[0]).not.to.match(/"\$?(limit|skip)"|"_id":\{/);
  });
});
