import { expect } from 'chai';
import { scanDuplicates } from '../../../src/contacts/duplicates.ts';
import { moveSilent } from '../../../src/contacts/events.ts';
import type { StageRule } from '../../../src/domain/contacts/stages.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { changeStages, type OwnStages } from '../../../src/store/contacts/activity.ts';
import type { Store } from '../../../src/store/store.ts';
import { contextOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { spied } from '../../support/spied.ts';
import { type Client, fieldsOf, newClient } from '../client.ts';

const DAY_MS = 24 * 3600 * 1000;
const RULES = [
  { kind: 'did', event: 'purchase', times: 2, days: 30, from: ['customer', 'trial'], to: 'loyal' },
  { kind: 'did', event: 'purchase', from: ['lead', 'prospect', 'churned'], unstaged: true, to: 'customer' },
  { kind: 'did-not', event: 'purchase', days: 90, from: ['customer', 'loyal'], to: 'churned' },
];

describe('stage rules', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  let shift = 0;
  const now = (): Date => new Date(Date.now() + shift);
  before(async () => {
    gateway = await startGateway({ worker: false, now });
    client = await newClient(gateway);
    open = await contextOf(gateway, now);
    expect((await put({ own: ['loyal', 'trial'], rules: RULES })).status).to.equal(200);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  let last = 0;
  const put = (body: object) => client('put', '/stages', { body });
  const save = (phone: string, more: object) => client('post', '/contacts', { body: { phone, ...more } });
  const someone = async (more: object = {}) => {
    const phone = `+1555133${String(++last).padStart(4, '0')}`;
    return { phone, contact: (await save(phone, more)).body.contact as string };
  };
  const did = (phone: string, type = 'purchase', more: object = {}) =>
    client('post', '/events', { body: { phone, type, at: now().toISOString(), ...more } });
  const stored = async (id: string) => (await gateway.store.contacts.findOne({ _id: id }))?.profile;
  const stageOf = async (id: string) => (await stored(id))?.stage?.name ?? null;
  const runJob = () => moveSilent(open.context, { goOn: () => true });

  it('are answered as they were saved, and stay when only the names are saved', async () => {
    const expected = {
      usual: ['lead', 'prospect', 'customer', 'churned'],
      own: ['loyal', 'trial'],
      rules: RULES,
    };
    expect((await client('get', '/stages')).body).to.deep.equal(expected);
    expect((await put({ own: ['loyal', 'trial'] })).body).to.deep.equal(expected);
  });

  it('stay as another request saved them while only the names are written', async () => {
    const other = [{ ...RULES[1], event: 'order' }] as StageRule[];
    const own = ['loyal', 'trial'];
    const seen: number[] = [];
    const names = (before: OwnStages): OwnStages => {
      seen.push(before.rules.length);
      return { own, rules: before.rules };
    };
    let first = true;
    const marks = spied(gateway.store.marks, 'updateOne', async () => {
      if (!first) return;
      first = false;
      expect((await put({ own, rules: other })).status).to.equal(200);
    });
    const watched: Store = { ...gateway.store, marks };
    const { rules } = await changeStages(watched, names, now());
    expect([rules, seen]).to.deep.equal([other, [3, 1]]);
    expect((await client('get', '/stages')).body.rules).to.deep.equal(other);
    await put({ own, rules: RULES });
  });

  it('move the person of an event once per event id, with its moment', async () => {
    const { phone, contact } = await someone({ stage: 'lead' });
    const before = now();
    await did(phone, 'visit');
    expect(await stageOf(contact)).to.equal('lead');
    await did(phone, 'purchase', { id: 'first', at: before.toISOString() });
    const stage = (await stored(contact))?.stage;
    expect(stage?.name).to.equal('customer');
    expect(stage?.since).to.be.within(before, now());
    expect((await did(phone, 'purchase', { id: 'first', at: before.toISOString() })).body.repeated).to.equal(
      true,
    );
    expect((await stored(contact))?.stage).to.deep.equal(stage);
    await did(phone);
    expect(await stageOf(contact)).to.equal('loyal');
  });

  it('move a person without a stage and without any profile', async () => {
    const { phone, contact } = await someone();
    await gateway.store.contacts.updateOne({ _id: contact }, { $unset: { profile: '', profileRev: '' } });
    await did(phone);
    expect(await stageOf(contact)).to.equal('customer');
  });

  it('leave a stage that somebody saves until the next event', async () => {
    const { phone, contact } = await someone({ stage: 'lead' });
    await did(phone);
    await save(phone, { stage: 'prospect' });
    expect(await stageOf(contact)).to.equal('prospect');
    await did(phone, 'visit');
    expect(await stageOf(contact)).to.equal('prospect');
    await did(phone);
    expect(await stageOf(contact)).to.equal('customer');
  });

  it('neither undo profiles that are saved at the same time nor are undone by them', async () => {
    const { phone, contact } = await someone({ stage: 'lead' });
    const saves = Array.from({ length: 8 }, (_, n) => save(phone, { lists: [`l-${n}`] }));
    const statuses = (await Promise.all([...saves.slice(0, 4), did(phone), ...saves.slice(4)])).map(
      ({ status }) => status,
    );
    expect(statuses).to.deep.equal(Array(9).fill(200));
    expect(await stageOf(contact)).to.equal('customer');
    expect((await stored(contact))?.lists).to.have.length(1);
  });

  it('move silent people once, at night, after so many days in the stage', async () => {
    const [silent, buyer, fresh, erased] = await Promise.all([
      someone({ stage: 'customer' }),
      someone({ stage: 'customer' }),
      someone({ stage: 'lead' }),
      someone({ stage: 'customer' }),
    ]);
    await runJob();
    await gateway.store.contacts.updateOne({ _id: erased.contact }, { $set: { sealed: null } });
    shift += 60 * DAY_MS;
    await did(buyer.phone);
    await save(fresh.phone, { stage: 'customer' });
    shift += 31 * DAY_MS;
    expect((await runJob()).moved).to.be.at.least(1);
    const people = [silent, buyer, fresh, erased];
    expect(await Promise.all(people.map(({ contact }) => stageOf(contact)))).to.deep.equal([
      ...['churned', 'customer', 'customer', 'customer'],
    ]);
    expect((await stored(silent.contact))?.stage?.since).to.be.within(
      new Date(now().getTime() - 60_000),
      now(),
    );
    expect(await runJob(), 'a second run').to.deep.equal({ moved: 0 });
    await did(silent.phone);
    expect(await stageOf(silent.contact), 'and back').to.equal('customer');
  });

  it('stop when the job is told to stop, and the next run does the rest', async () => {
    const { contact } = await someone({ stage: 'loyal' });
    shift += 91 * DAY_MS;
    expect(await moveSilent(open.context, { goOn: () => false })).to.deep.equal({ moved: 0 });
    expect(await stageOf(contact)).to.equal('loyal');
    await runJob();
    expect(await stageOf(contact)).to.equal('churned');
  });

  it('compare nobody with others anew', async () => {
    const scan = async () => (await scanDuplicates(open.context, { most: 1000, goOn: () => true })).compared;
    const [buyer, silent] = [await someone({ stage: 'lead' }), await someone({ stage: 'customer' })];
    await scan();
    await did(buyer.phone);
    shift += 91 * DAY_MS;
    await runJob();
    expect([await stageOf(buyer.contact), await stageOf(silent.contact)]).to.deep.equal([
      'churned',
      'churned',
    ]);
    expect(await scan()).to.equal(0);
    // A saved person stays saved when another stage comes afterwards.
    await save(silent.phone, { last_name: 'Reyes' });
    await did(silent.phone);
    expect(await stageOf(silent.contact)).to.equal('customer');
    expect(await scan()).to.equal(1);
  });

  it('let segments ask for a removed stage while somebody is in it', async () => {
    await put({ own: ['loyal', 'trial', 'old'] });
    const { phone } = await someone({ stage: 'old' });
    await put({ own: ['loyal', 'trial'] });
    const body = { name: 'Old ones', tree: { kind: 'stage', oneOf: ['old'] } };
    const asked = { program: 'deals', topic: 'deals', tree: { kind: 'segment', id: 'old-ones' } };
    expect((await client('put', '/segments/old-ones', { body })).status).to.equal(200);
    expect((await client('post', '/segments/preview', { body: asked })).body.matches.people).to.equal(1);
    await save(phone, { stage: 'lead' });
    const refusal = await client('post', '/segments/preview', { body: asked });
    expect([refusal.status, refusal.body.errors]).to.deep.equal([
      422,
      [
        {
          field: 'tree.id',
          message:
            'The segment “Old ones” has a fault itself at /oneOf/0: There is no such stage, and nobody is in it. GET /stages lists them.',
        },
      ],
    ]);
    const read = await client('get', '/segments/old-ones');
    expect([read.status, read.body.tree]).to.deep.equal([200, body.tree]);
    expect(fieldsOf(await client('put', '/segments/old-ones', { body }))).to.deep.equal(['tree.oneOf.0']);
  });

  const refused: [what: string, body: object, fields: string[]][] = [
    ['to a stage that is not there', { rules: [{ ...RULES[1], to: 'fan' }] }, ['rules.0.to']],
    ['from a stage that is not there', { rules: [{ ...RULES[2], from: ['fan'] }] }, ['rules.0.from.0']],
    ['from where they lead', { rules: [{ ...RULES[2], to: 'loyal' }] }, ['rules.0.from.1']],
    ['of silence of who is in no stage', { rules: [{ ...RULES[2], unstaged: true }] }, ['rules.0.unstaged']],
    ['of silence from anywhere', { rules: [{ ...RULES[2], from: undefined }] }, ['rules.0.from']],
    ['of more days than are remembered', { rules: [{ ...RULES[2], days: 401 }] }, ['rules.0.days']],
    ['of an event in capitals', { rules: [{ ...RULES[1], event: 'Purchase' }] }, ['rules.0.event']],
    [
      'of an event that may be a number',
      { rules: [{ ...RULES[1], event: '555-123-0001' }] },
      ['rules.0.event'],
    ],
    ['beside a stage that may be a number', { own: ['loyal', 'trial', 'vip-5551230001'] }, ['own.2']],
    ['that stand and name a stage to be taken away', { own: ['trial'] }, ['rules.0.to', 'rules.2.from.1']],
  ];
  for (const [what, body, fields] of refused) {
    it(`are refused ${what} and change nothing`, async () => {
      const answer = await put({ own: ['loyal', 'trial'], ...body });
      expect(answer.status, answer.text).to.be.oneOf([400, 422]);
      expect(fieldsOf(answer)).to.deep.equal(fields);
      expect((await client('get', '/stages')).body.rules).to.deep.equal(RULES);
    });
  }
});
