import { expect } from 'chai';
import { scanDuplicates } from '../../src/contacts/duplicates.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { BY_LIKENESS } from '../../src/store/contacts/contacts.ts';
import { type Client, newClient } from '../api/client.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

describe('pairs of candidates', () => {
  let gateway: Gateway;
  let api: Client;
  /** Counted by no day. */
  let importer: Client;
  let open: OpenedContext;
  let used = 0;
  before(async () => {
    gateway = await startGateway({ worker: false });
    api = await newClient(gateway);
    importer = await newClient(gateway, ['contacts:write']);
    open = await contextOf(gateway);
    for (const [name, identifies] of [
      ['email', 'mailbox'],
      ['second_phone', 'phone'],
    ]) {
      const body = { type: 'text', label: name, identifies };
      expect((await api('put', `/contact-fields/${name}`, { body })).status).to.equal(200);
    }
  });
  beforeEach(async () => {
    await gateway.store.contacts.deleteMany({});
    await gateway.store.mergeCandidates.deleteMany({});
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const number = (): string => `+1555179${String(used++).padStart(4, '0')}`;
  const save = (phone: string, fields: object) => api('post', '/contacts', { body: { phone, fields } });
  const saveMany = async (count: number, fields: object): Promise<void> => {
    const lines = Array.from({ length: count }, () => JSON.stringify({ phone: number(), fields }));
    await importer('post', '/contacts/bulk', { raw: lines.join('\n'), type: 'application/x-ndjson' });
  };
  const scan = (most = 1000) => scanDuplicates(open.context, { most, goOn: () => true });
  const pairs = (): Promise<number> => gateway.store.mergeCandidates.countDocuments();

  it('are not made of a value that many share, and are found by index keys', async () => {
    const { store } = gateway;
    await saveMany(40, { email: 'shop@fernway.example' });
    expect(await scan(20)).to.include({ compared: 20 });
    // Those that were compared before it was known go.
    await store.contacts.updateMany({ 'likeness.rev': { $exists: false } }, { $unset: { likeness: 1 } });
    expect(await scan()).to.include({ compared: 20 });
    expect(await pairs()).to.equal(0);
    const [row] = await store.contacts
      .find({ 'likeness.keys': { $exists: true } })
      .limit(1)
      .toArray();
    const filter = { 'likeness.keys': row?.likeness?.keys?.[0] ?? '', current: true, sealed: { $ne: null } };
    const plan = await store.contacts.find(filter, { hint: BY_LIKENESS }).limit(31).explain('executionStats');
    expect(plan.executionStats).to.include({ nReturned: 31, totalKeysExamined: 31 });
  });

  it('stay while changed rules were applied to only one of the two, and follow the rules after both', async () => {
    const { store } = gateway;
    const phone = number();
    for (const phoneNumber of [number(), number()]) await save(phoneNumber, { second_phone: phone });
    await scan();
    const found = await pairs();
    const before = { 'likeness.version': 'likeness-1', 'likeness.keys': ['a key of before'] };
    await store.contacts.updateMany({}, { $set: before } as object);
    expect(await scan(1)).to.include({ compared: 1 });
    expect([found, await pairs()]).to.deep.equal([1, 1]);
    expect([await scan(), await pairs()]).to.deep.equal([{ compared: 1, candidates: 0, unreadable: 0 }, 1]);
    await store.contacts.updateMany({}, { $set: before, $unset: { 'profile.fields': 1 } } as object);
    await scan(1);
    expect(await pairs()).to.equal(1);
    await scan();
    expect(await pairs()).to.equal(0);
  });

  for (const [whose, isHeld, count] of [
    ["nobody's here", false, 40],
    // More than one slice of a run.
    ['that of a contact', true, 140],
  ] as const) {
    it(`are not made of a phone that many give as theirs, which is ${whose}`, async () => {
      const phone = number();
      if (isHeld) await save(phone, {});
      await saveMany(count, { second_phone: phone });
      await scan(20);
      expect(await pairs()).to.be.at.least(19 * 9);
      await scan();
      expect(await pairs()).to.equal(0);
      await save(number(), { second_phone: phone });
      expect(await scan()).to.deep.equal({ compared: 1, candidates: 0, unreadable: 0 });
    });
  }

  /** Forty whole names that begin with J and S, no two of them near. */
  const FIRST = ['James', 'Juliette', 'Jeronimo', 'Jasper', 'Josephine', 'Jennifer', 'Jocelyn', 'Joaquin'];
  const LAST = ['Smith', 'Sanderson', 'Sullivan', 'Stevenson', 'Shapiro'];
  const place = { country: 'US', zip: '93650' };
  const saveNames = async (names: readonly string[][]): Promise<void> => {
    const lines = names.map(([first_name, last_name]) => ({ phone: number(), first_name, last_name, place }));
    const raw = lines.map((line) => JSON.stringify(line)).join('\n');
    await importer('post', '/contacts/bulk', { raw, type: 'application/x-ndjson' });
  };
  const MANY = FIRST.flatMap((first) => LAST.map((last) => [first, last]));
  const told = (phone: string, profile: object) =>
    api('post', '/contacts', { body: { phone, place, ...profile } });
  const scores = async (): Promise<number[]> =>
    (await gateway.store.mergeCandidates.find().toArray()).map(({ score }) => score);

  it('are found by a full name in a ZIP whose initials many have, and stay when one is compared again', async () => {
    await saveNames(MANY);
    const phone = number();
    const name = { first_name: 'Smith', last_name: 'James' };
    await told(phone, name);
    await scan();
    expect(await scores()).to.deep.equal([50]);
    await told(phone, { ...name, birth_date: '1990-02-28' });
    expect(await scan()).to.include({ compared: 1 });
    expect(await scores()).to.deep.equal([50]);
  });

  it('stay when many come to have their initials, while their names are close', async () => {
    const phone = number();
    await told(number(), { first_name: 'Joan', last_name: 'Starling' });
    await told(phone, { first_name: 'Joan', last_name: 'Sterling' });
    await scan();
    expect(await scores()).to.deep.equal([35]);
    await saveNames(MANY);
    await scan();
    await told(phone, { first_name: 'Joan', last_name: 'Sterling', birth_date: '1990-02-28' });
    expect(await scan()).to.include({ compared: 1 });
    expect(await scores()).to.deep.equal([35]);
    await told(phone, { first_name: 'Joan', last_name: 'Somerset' });
    await scan();
    expect(await scores()).to.deep.equal([]);
  });

  it('are not made of a name that many in a ZIP have', async () => {
    await saveNames(Array.from({ length: 40 }, () => ['James', 'Smith']));
    await scan(20);
    expect(await pairs()).to.be.greaterThan(0);
    await scan();
    expect(await pairs()).to.equal(0);
  });
});
