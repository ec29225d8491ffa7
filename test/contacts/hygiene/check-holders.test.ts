import { expect } from 'chai';
import { checkReassignedNumbers, type HolderChecks } from '../../../src/contacts/reassigned-numbers.ts';
import { dayOfProof } from '../../../src/domain/hygiene/number-holder.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import type { ContactDoc } from '../../../src/store/contacts/contacts.ts';
import { readTurn, writeTurn } from '../../../src/store/contacts/reassigned-numbers.ts';
import { takeFromBudget } from '../../../src/store/contacts/verification.ts';
import { type Client, fingerprint, newClient, quiet } from '../../api/client.ts';
import { contextOf } from '../../receipts/rows.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';

const DAY_MS = 24 * 3600 * 1000;
const ago = (days: number): Date => new Date(Date.now() - days * DAY_MS);
const [MOVED, STAYS, UNHEARD, WROTE, LEFT] = [1, 2, 3, 4, 5].map((at) => `+1555189000${at}`) as [
  ...[string, string, string, string, string],
];
const NOTHING: HolderChecks = { asked: 0, ended: 0, former: 0, same: 0, no_data: 0, untold: 0, not_asked: 0 };

describe('numbers that may have a new holder', () => {
  let gateway: Gateway;
  let client: Client;
  let open: OpenedContext;
  let begun = new Date();
  let agreed: ContactDoc['subscriptions'] = [];
  before(async () => {
    gateway = await startGateway({ worker: 'replies', lookup: true });
    client = await newClient(gateway);
    open = await contextOf(gateway);
    for (const phone of [MOVED, STAYS, UNHEARD, WROTE, LEFT]) await join(phone);
    await gateway.text(LEFT, 'STOP');
    await quiet(gateway);
    begun = new Date();
    agreed = (await contactOf(STAYS))?.subscriptions ?? [];
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });
  beforeEach(async () => {
    await gateway.store.numberFacts.deleteMany({});
    await gateway.store.holderAnswers.deleteMany({});
    await gateway.store.contacts.deleteMany({ createdAt: { $gt: begun } });
    await gateway.store.contacts.updateMany({}, { $set: { current: true } });
    await gateway.store.senderStates.deleteMany({});
    const marks = ['lookup budget', 'verification rules', 'reassigned numbers', 'reassigned numbers asked'];
    await gateway.store.marks.deleteMany({ _id: { $in: marks } });
    await gateway.store.contacts.updateMany({}, { $unset: { holderCheck: true, repliedAt: true } });
    for (const phone of [MOVED, STAYS, UNHEARD, WROTE]) {
      await set(phone, { subscriptions: agreed });
      await set(phone, { 'subscriptions.0.basis.at': ago(60) });
    }
    await set(WROTE, { repliedAt: ago(10) });
    await behave([MOVED, { reassigned: 'yes' }], [UNHEARD, { reassigned: 'no_data_available' }]);
  });

  const join = async (phone: string): Promise<void> => {
    for (const word of ['JOIN', 'YES']) await gateway.text(phone, word);
  };
  const behave = (...rules: [number: string, effect: object][]) =>
    gateway.sim(
      'PUT',
      '/sim/behaviours',
      rules.map(([number, effect]) => {
        return { match: { number }, on: 'lookup', effect: { kind: 'line', ...effect } };
      }),
    );
  const run = (most = 100) => checkReassignedNumbers(open.context, { most, goOn: () => true });
  const indexOf = (phone: string): string => open.context.indexOf(phone);
  const contactOf = (phone: string) => gateway.store.contacts.findOne({ index: indexOf(phone) });
  const stateOf = async (phone: string) => (await contactOf(phone))?.subscriptions[0]?.state;
  const set = (phone: string, fields: object) =>
    gateway.store.contacts.updateOne({ index: indexOf(phone) }, { $set: fields });
  /** Ids of those to ask about, in their order. */
  const dueNow = async (): Promise<string[]> =>
    (await Promise.all([MOVED, STAYS, UNHEARD].map(contactOf))).map((contact) => contact?._id ?? '').sort();
  const setBudget = async (budget: number): Promise<void> => {
    const { lookup: _, asked_today: __, ...rules } = (await client('get', '/verification-rules')).body;
    await client('put', '/verification-rules', { body: { ...rules, daily_budget: budget } });
  };
  const ledgerOf = async (phone: string) =>
    gateway.store.consentEvents
      .find({ contact: (await contactOf(phone))?._id ?? '' })
      .sort({ seq: 1 })
      .toArray();

  it('are looked up once from the last proof on; consent of changed numbers ends, which is no opt-out', async () => {
    expect(await run()).to.deep.equal({ ...NOTHING, asked: 3, ended: 1, former: 1, same: 1, no_data: 1 });
    const moved = await contactOf(MOVED);
    expect(moved?.subscriptions[0]).to.include({ state: 'expired', endedBy: 'reassigned' });
    expect(moved?.lastOptOutAt).to.equal(null);
    expect((await ledgerOf(MOVED)).at(-1)).to.include({ kind: 'ended', actor: 'job:reassigned-numbers' });
    for (const phone of [STAYS, UNHEARD, WROTE]) expect(await stateOf(phone)).to.equal('subscribed');
    const { body } = await client('get', `/contacts/${(await contactOf(STAYS))?._id}/status`);
    expect(body.holder_check).to.include({
      ...{ since: dayOfProof(ago(60)), source: 'twilio-lookup', reassigned: 'no', unknown: null },
    });
    const { body: removed } = await client('get', '/reports/list-quality/removed');
    expect(removed.items).to.have.length(1);
    expect(removed.items[0]).to.include({
      contact: moved?._id,
      reason: 'reassigned',
      rule: 'reassigned-number',
    });
    const before = await fingerprint(gateway);
    expect(await run()).to.deep.equal(NOTHING);
    expect(await fingerprint(gateway)).to.equal(before);
  });

  it('belong to the next holder from their own answer on, not only after the run', async () => {
    let slices = 0;
    const ran = await checkReassignedNumbers(open.context, { most: 100, goOn: () => slices++ < 3 });
    expect(ran).to.include({ ended: 1, former: 1 });
    expect((await contactOf(MOVED))?.current).to.equal(false);
  });

  it('belong to the next holder also when somebody wrote between the start of the run and the look-up', async () => {
    const [began, later] = [[new Date()], ago(-1)];
    await set(MOVED, { lastOptOutAt: ago(-0.5) });
    const context = { ...open.context, now: () => began.pop() ?? later };
    expect(await checkReassignedNumbers(context, { most: 100, goOn: () => true })).to.include({
      ended: 1,
      former: 1,
    });
    await set(MOVED, { lastOptOutAt: null });
  });

  it('keep the opt-outs of the former holder, and let the next one join', async () => {
    await gateway.text(MOVED, 'STOP NEWS');
    const rows = () => gateway.store.suppressions.find({ index: indexOf(MOVED) }).toArray();
    const before = await rows();
    expect(before).to.have.length(1);
    expect(await run()).to.include({ ended: 1 });
    expect(await rows()).to.deep.equal(before);
    const former = await contactOf(MOVED);
    expect(former?.current).to.equal(false);
    expect(former?.lastWord?.map(({ scope }) => scope)).to.deep.equal(['topic:deals/news']);
    await join(MOVED);
    const [holder, ...more] = await gateway.store.contacts
      .find({ index: indexOf(MOVED), current: true })
      .toArray();
    expect([more.length, holder?.subscriptions[0]?.state]).to.deep.equal([0, 'subscribed']);
    expect(holder?._id).not.to.equal(former?._id);
    expect(await run()).to.include({ ended: 0, former: 0 });
    expect(await gateway.store.contacts.findOne({ _id: former?._id ?? '' })).to.deep.equal(former);
  });

  it('keep every answer as proof, also a "no" that other answers followed', async () => {
    const answers = async () => {
      const of = new RegExp(`^${(await contactOf(STAYS))?._id} `);
      return gateway.store.holderAnswers.find({ _id: of }).sort({ _id: 1 }).toArray();
    };
    await run();
    const [first, ...none] = await answers();
    const since = dayOfProof(ago(60));
    expect(none).to.deep.equal([]);
    expect(first).to.include({ source: 'twilio-lookup', since, answer: 'no', untold: null });
    expect(first?.at).to.deep.equal((await contactOf(STAYS))?.holderCheck?.at);
    // The process was killed after the answer was stored and before the contact had it: it is the same answer.
    await gateway.store.contacts.updateMany({}, { $unset: { holderCheck: true } });
    expect(await run()).to.include({ asked: 0, same: 1 });
    expect(await answers()).to.deep.equal([first]);

    await gateway.store.numberFacts.updateMany({}, { $set: { askedAt: ago(50), 'answer.at': ago(50) } });
    await set(STAYS, { 'holderCheck.at': ago(50) });
    await behave([STAYS, { reassigned: 'yes' }]);
    expect(await run()).to.include({ ended: 1 });
    expect(await stateOf(STAYS)).to.equal('expired');
    const both = await answers();
    expect(both.map(({ answer }) => answer)).to.deep.equal(['no', 'yes']);
    expect(both[0]).to.deep.equal(first);
    expect(JSON.stringify(await gateway.store.holderAnswers.find().toArray())).not.to.contain('555189');
  });

  it('come to the same end when a process died after the answer, its record, or the end of consent', async () => {
    const at = new Date();
    const since = dayOfProof(ago(60));
    const answer = { at, source: 'twilio-lookup', since, answer: 'yes', untold: null } as const;
    const row = { _id: `${indexOf(STAYS)} reassigned`, askedAt: at, by: 'dead', run: null, answer };
    await gateway.store.numberFacts.insertMany([row, { ...row, _id: `${indexOf(MOVED)} reassigned` }]);
    await set(MOVED, { holderCheck: answer });
    // This person's consent had ended already.
    await set(UNHEARD, { holderCheck: answer, 'subscriptions.0.state': 'expired' });
    expect(await run()).to.include({ asked: 0, ended: 2, former: 3, not_asked: 0 });
    for (const phone of [STAYS, MOVED]) expect(await stateOf(phone)).to.equal('expired');
    expect((await contactOf(STAYS))?.holderCheck).to.deep.equal(answer);
  });

  it('are looked up again when the answer is older than the last proof', async () => {
    const at = ago(70);
    const answer = {
      at,
      source: 'twilio-lookup',
      since: '2020-01-01',
      answer: 'yes',
      untold: null,
    } as const;
    const _id = `${indexOf(STAYS)} reassigned`;
    await gateway.store.numberFacts.insertOne({ _id, askedAt: at, by: 'a run', run: null, answer });
    await run();
    expect(await stateOf(STAYS)).to.equal('subscribed');
  });

  it('leave half of the daily budget to others, and go on the next day', async () => {
    await setBudget(4);
    expect(await run()).to.include({ asked: 2, not_asked: 1 });
    expect(await run(), 'again on this day').to.include({ asked: 0, not_asked: 1 });
    const tomorrow = { ...open.context, now: () => new Date(Date.now() + DAY_MS) };
    expect(await checkReassignedNumbers(tomorrow, { most: 100, goOn: () => true })).to.include({
      asked: 1,
      not_asked: 0,
    });
  });

  it('are looked up in turn when they are more than the budget', async () => {
    await behave();
    const due = await dueNow();
    const asked = async (): Promise<number[]> => {
      expect(await run(2)).to.include({ asked: 2 });
      const noted = await gateway.store.contacts.find({ holderCheck: { $exists: true } }).toArray();
      // All numbers become due again, as after so many days.
      await gateway.store.numberFacts.deleteMany({});
      await gateway.store.contacts.updateMany({}, { $unset: { holderCheck: true } });
      return noted.map(({ _id }) => due.indexOf(_id)).sort();
    };
    expect([await asked(), await asked(), await asked()]).to.deep.equal([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
    expect(await run(), 'once round asks about everybody once').to.include({ asked: 3, not_asked: 0 });
  });

  it('wait for the next day at the same position when the budget did not reach them', async () => {
    await setBudget(2);
    for (let asked = 0; asked < 2; asked += 1) await takeFromBudget(gateway.store, 2);
    const [first] = await dueNow();
    await writeTurn(gateway.store, first ?? '', new Date());
    let slices = 0;
    const ran = await checkReassignedNumbers(open.context, { most: 100, goOn: () => slices++ < 3 });
    expect(ran).to.include({ asked: 0, not_asked: 3 });
    expect(await readTurn(gateway.store)).to.equal(first);
  });

  it('are counted as not asked when Lookup is off, not enabled, or the number is of another country', async () => {
    const off = await checkReassignedNumbers(
      { ...open.context, lookup: null },
      { most: 100, goOn: () => true },
    );
    expect(off).to.deep.equal({ ...NOTHING, not_asked: 3 });
    await behave(
      ...[MOVED, STAYS, UNHEARD].map((number): [string, object] => [number, { errorCode: 60606 }]),
    );
    expect(await run()).to.deep.equal({ ...NOTHING, not_asked: 3 });
    expect(await gateway.store.numberFacts.countDocuments()).to.equal(0);
  });
});
