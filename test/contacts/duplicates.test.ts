import { expect } from 'chai';
import { scanDuplicates } from '../../src/contacts/duplicates.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { evaluateListQuality } from '../../src/reports/list-quality.ts';
import { type Client, fingerprint, newClient } from '../api/client.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { spied } from '../support/spied.ts';

type Item = {
  id: string;
  score: number;
  state: string;
  evidence: { code: string }[];
  contacts: { id: string; masked: string }[];
};

describe('contacts that may be one person', () => {
  let gateway: Gateway;
  let api: Client;
  let open: OpenedContext;
  let used = 0;
  before(async () => {
    gateway = await startGateway({ worker: false });
    api = await newClient(gateway);
    open = await contextOf(gateway);
    for (const [name, identifies] of [
      ['email', 'mailbox'],
      ['second_phone', 'phone'],
      ['card', 'person'],
    ]) {
      const body = { type: 'text', label: name, identifies };
      expect((await api('put', `/contact-fields/${name}`, { body })).status).to.equal(200);
    }
  });
  beforeEach(async () => {
    for (const name of ['contacts', 'mergeCandidates', 'merges', 'marks'] as const) {
      await gateway.store[name].deleteMany(name === 'marks' ? { _id: 'duplicates known' } : {});
    }
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const number = (): string => `+1555177${String(used++).padStart(4, '0')}`;
  const save = async (told: Record<string, unknown>): Promise<string> =>
    (await api('post', '/contacts', { body: { phone: number(), ...told } })).body.contact;
  const saveMany = async (count: number, fields: (at: number) => object): Promise<void> => {
    const lines = Array.from({ length: count }, (_, at) => ({ phone: number(), fields: fields(at) }));
    const raw = lines.map((line) => JSON.stringify(line)).join('\n');
    await api('post', '/contacts/bulk', { raw, type: 'application/x-ndjson' });
  };
  const scan = (most = 1000, goOn = () => true) => scanDuplicates(open.context, { most, goOn });
  const listed = async (query = ''): Promise<Item[]> =>
    (await api('get', '/people/candidates', { query })).body.items;
  const ana = {
    ...{ first_name: 'Ana', last_name: 'Reyes', birth_date: '1990-02-28' },
    place: { country: 'US', zip: '93650' },
  };

  it('are found by shared values, likeliest first, and no value is stored in the clear', async () => {
    const email = 'Ana.Reyes+shop@gmail.com';
    const first = await save({ ...ana, fields: { email } });
    const second = await save({ first_name: 'Ana', fields: { email: 'anareyes@googlemail.com' } });
    const near = await save({ ...ana, last_name: 'Reyez', birth_date: '1990-02-28', place: null });
    const phone = number();
    await save({ first_name: 'Kim', fields: { second_phone: phone, card: 'AB 17' } });
    await api('post', '/contacts', { body: { phone } });
    await save({ ...ana, first_name: 'Luis' });
    expect(await scan()).to.deep.equal({ compared: 6, candidates: 3, unreadable: 0 });
    const found = await listed();
    expect(found.map(({ score, evidence }) => [score, ...evidence.map(({ code }) => code)])).to.deep.equal([
      [90, 'other-number'],
      [80, 'same-mailbox'],
      [60, 'near-name-and-birth-date'],
    ]);
    const pairs = found.map(({ contacts }) => contacts.map(({ id }) => id).sort());
    expect(pairs.slice(1)).to.have.deep.members([[first, second].sort(), [first, near].sort()]);
    expect(found[0]?.contacts[0]?.masked).to.match(/^\+1[•*x.\s]/i);
    const { mergeCandidates, contacts } = gateway.store;
    const stored = JSON.stringify([
      await mergeCandidates.find().toArray(),
      await contacts.find({}, { projection: { likeness: 1 } }).toArray(),
    ]);
    expect(stored).not.to.match(/reyes|1990|93650|gmail|AB ?17/i);
  });

  it('are compared once: a second run writes nothing, and one cut off anywhere comes to the same', async () => {
    for (let at = 0; at < 6; at += 1) await save({ ...ana, fields: { card: `C ${at % 3}` } });
    const whole = async () => {
      const rows = await gateway.store.mergeCandidates.find().sort({ _id: 1 }).toArray();
      return rows.map(({ foundAt: _, changedAt: __, ...row }) => row);
    };
    await scan();
    const once = await whole();
    expect(once).to.have.length(15);
    const before = await fingerprint(gateway);
    expect(await scan()).to.deep.equal({ compared: 0, candidates: 0, unreadable: 0 });
    expect(await fingerprint(gateway)).to.equal(before);

    await gateway.store.mergeCandidates.deleteMany({});
    await gateway.store.contacts.updateMany({}, { $unset: { likeness: 1 } });
    for (let at = 0; at < 6; at += 1) {
      await scan(1);
      // The process was killed before the contact was marked as compared, with all or some of its pairs stored.
      await gateway.store.contacts.updateMany(
        { 'likeness.rev': 1 },
        at % 2 === 0 ? { $unset: { 'likeness.rev': 1 } } : { $set: { 'likeness.version': 'old' } },
      );
      if (at === 3) await gateway.store.mergeCandidates.deleteOne({});
    }
    await scan();
    expect(await whole()).to.deep.equal(once);
  });

  it('are no candidates once their evidence is gone', async () => {
    const card = { fields: { card: '17' } };
    await save(card);
    const phone = number();
    await api('post', '/contacts', { body: { phone, ...card } });
    await scan();
    expect(await listed()).to.have.length(1);
    await api('post', '/contacts', { body: { phone, fields: { card: '18' } } });
    expect(await scan()).to.include({ compared: 1, candidates: 1 });
    expect(await listed()).to.deep.equal([]);
  });

  it('stay dismissed until there is new evidence, and a dismissal can be taken back', async () => {
    const phone = number();
    await save({ ...ana, fields: { card: '17' } });
    await api('post', '/contacts', { body: { phone, fields: { card: '17' } } });
    await scan();
    const [{ id = '' } = {}] = await listed();
    const reason = 'One card for the whole family.';
    const answer = await api('post', `/people/candidates/${id}/dismiss`, { body: { reason } });
    expect(answer.body).to.deep.include({ state: 'dismissed' });
    expect(answer.body.decided.reason).to.equal(reason);
    const again = await api('post', `/people/candidates/${id}/dismiss`, { body: { reason } });
    expect([again.status, again.body.detail]).to.deep.equal([
      409,
      'It is dismissed, so it cannot become dismissed.',
    ]);
    await api('post', '/contacts', { body: { phone, lists: ['spring'] } });
    await scan();
    expect(await listed()).to.deep.equal([]);
    expect((await listed('state=dismissed')).map((item) => item.id)).to.deep.equal([id]);
    const { body: back } = await api('post', `/people/candidates/${id}/reopen`, { body: {} });
    expect(back).to.include({ state: 'open', decided: null });
    await api('post', `/people/candidates/${id}/dismiss`, { body: { reason } });
    await api('post', '/contacts', { body: { phone, ...ana } });
    await scan();
    expect((await listed()).map(({ score }) => score)).to.deep.equal([99]);
  });

  it('are merged as any two contacts, by whatever door, and a split says that they are two people', async () => {
    const [first, second] = [await save({ fields: { card: '5' } }), await save({ fields: { card: '5' } })];
    await scan();
    const [{ id = '' } = {}] = await listed();
    const reason = 'They called.';
    const { body } = await api('post', `/people/candidates/${id}/merge`, { body: { reason } });
    expect(body.contacts).to.deep.equal([first, second].sort());
    expect((await listed('state=merged')).map((row) => row.id)).to.deep.equal([id]);
    const reopened = await api('post', `/people/candidates/${id}/reopen`, { body: {} });
    expect([reopened.status, reopened.body.type]).to.deep.equal([409, '/api/docs#not-possible']);
    await api('post', `/people/${body.person}/split`, {
      body: { merge: body.merge, reason: 'Father and son.' },
    });
    const [split] = await listed('state=dismissed');
    expect(split).to.deep.include({ id, state: 'dismissed' });
    await api('post', `/contacts/${first}/merge`, { body: { with: second, reason } });
    expect((await listed('state=merged')).map((row) => row.id)).to.deep.equal([id]);
  });

  it('are closed when a search that read them before their merge stored the pair afterwards', async () => {
    const [first, second] = [await save({ fields: { card: '6' } }), await save({ fields: { card: '6' } })];
    const reason = 'They called.';
    const mergeCandidates = spied(gateway.store.mergeCandidates, 'bulkWrite', async () => {
      await api('post', `/contacts/${first}/merge`, { body: { with: second, reason } });
    });
    const context = { ...open.context, store: { ...open.context.store, mergeCandidates } };
    await scanDuplicates(context, { most: 10, goOn: () => true });
    const [{ id = '' } = {}] = await listed();
    const merged = await api('post', `/people/candidates/${id}/merge`, { body: { reason } });
    expect([merged.status, await listed()]).to.deep.equal([200, []]);
    expect((await listed('state=merged')).map((row) => row.id)).to.deep.equal([id]);
  });

  it('are split by the named merge, so that a repeated request undoes no other', async () => {
    // A person is named after the first of their contacts, who stays.
    const [a = '', b = '', c = ''] = [await save({}), await save({}), await save({})].sort();
    const merge = async (contact: string, other: string): Promise<Record<string, string>> =>
      (await api('post', `/contacts/${contact}/merge`, { body: { with: other, reason: 'They called.' } }))
        .body;
    await merge(a, b);
    const { person = '', merge: newest } = await merge(b, c);
    const split = (body: object) =>
      api('post', `/people/${person}/split`, { body: { reason: 'Father and son.', ...body } });
    const unnamed = await split({});
    expect([unnamed.status, unnamed.body.errors]).to.deep.equal([
      400,
      [
        {
          field: 'merge',
          message:
            'It is missing. It must be the id of a merge to take back, as GET /people/{personId} shows it.',
        },
      ],
    ]);
    const answers = [await split({ merge: newest }), await split({ merge: newest })];
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 409]);
    const { body: left } = await api('get', `/people/${person}`);
    expect(left.contacts.map((contact: { id: string }) => contact.id)).to.have.members([a, b]);
  });

  it('are paged, and unknown ids answer 404', async () => {
    for (let at = 0; at < 4; at += 1) await save({ fields: { card: '9' } });
    await scan();
    const seen: string[] = [];
    for (let cursor = ''; cursor !== 'end'; ) {
      const query = `limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`;
      const { body } = await api('get', '/people/candidates', { query });
      seen.push(...body.items.map((item: Item) => item.id));
      cursor = body.next_cursor ?? 'end';
    }
    expect(new Set(seen).size).to.equal(6);
    expect(seen).to.have.length(6);
    const none = await api('post', `/people/candidates/k_${'x'.repeat(16)}/merge`, {
      body: { reason: 'None.' },
    });
    expect(none.status).to.equal(404);
  });

  it('count in the quality of their source once everybody was compared', async () => {
    await saveMany(32, (at) => ({ card: String(Math.floor(at / 2)) }));
    const shareOf = async () => {
      await evaluateListQuality(open.context);
      const [score] = await gateway.store.qualityScores.find({ kind: 'source' }).toArray();
      const { hits, of, level } = score?.rules.find(({ rule }) => rule === 'duplicates') ?? {};
      return [hits, of, level];
    };
    expect(await shareOf()).to.deep.equal([0, 0, 'few']);
    await scan();
    expect(await shareOf()).to.deep.equal([32, 32, 'fail']);
  });
});
