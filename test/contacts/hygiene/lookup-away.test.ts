import { expect } from 'chai';
import { lookUpLine } from '../../../src/contacts/lookup.ts';
import { runVerifications } from '../../../src/contacts/verification.ts';
import type { Lookup, LookupAnswer } from '../../../src/sending/twilio/lookup.ts';
import { claimQuestion, factId, readVerificationRules } from '../../../src/store/contacts/verification.ts';
import { type Client, newClient } from '../../api/client.ts';
import { type BounceHarness, daysAgo, openBounceHarness } from '../../receipts/hygiene/bounce-harness.ts';

const PEOPLE = 10;
const NUMBER = '+12125550000';
const always = (): boolean => true;
const MOBILE: LookupAnswer = {
  kind: 'told',
  told: {
    ...{ valid: true, line: 'mobile', untoldLine: null, carrier: null },
    ...{ reassigned: null, untoldReassigned: 'not-told' },
  },
};

describe('a verification of numbers while Lookup is away', () => {
  let ground: BounceHarness;
  let client: Client;
  before(async () => {
    ground = await openBounceHarness({ lookup: true });
    client = await newClient(ground.gateway);
    for (let at = 0; at < PEOPLE; at += 1) await ground.addPerson();
  });
  beforeEach(async () => {
    const { store } = ground.gateway;
    await store.numberFacts.deleteMany({});
    await store.verifications.deleteMany({});
    await store.contacts.updateMany({}, { $unset: { verified: 1 } });
  });
  after(() => ground.close());

  const asking = (look: (number: string) => LookupAnswer) => {
    const lookup: Lookup = { look: async ({ number }) => look(number), close: async () => undefined };
    return { ...ground.context, lookup };
  };
  const begin = async (): Promise<string> => (await client('post', '/verifications', { body: {} })).body.id;
  const shown = async (id: string) => (await client('get', `/verifications/${id}`)).body;

  it('waits for all numbers when Lookup answers for none', async () => {
    const id = await begin();
    for (let times = 0; times < 8; times += 1) {
      await runVerifications(
        asking(() => ({ kind: 'failed' })),
        always,
      );
    }
    expect(await shown(id)).to.deep.include({ state: 'waiting', looked_at: 0, outcomes: {} });
    await runVerifications(
      asking(() => MOBILE),
      always,
    );
    expect(await shown(id)).to.deep.include({ state: 'done', asked: PEOPLE, outcomes: { mobile: PEOPLE } });
  });

  it('leaves numbers unknown after three tries when Lookup answers for the others', async () => {
    const id = await begin();
    const tries: string[] = [];
    const context = asking((number) => {
      const silent = tries[0] ?? number;
      if (number === silent) tries.push(number);
      return number === silent ? { kind: 'failed' } : MOBILE;
    });
    for (let times = 0; times < 3; times += 1) await runVerifications(context, always);
    const outcomes = { mobile: PEOPLE - 1, unknown: 1 };
    expect(await shown(id)).to.deep.include({ state: 'done', outcomes });
    expect(tries).to.have.length(3);
  });

  describe('numbers with an earlier answer of Lookup', () => {
    const OLD = {
      ...{ valid: true, line: 'landline', untold: null, carrier: null },
      source: 'twilio-lookup',
    };
    const answer = { ...OLD, at: daysAgo(40) } as const;
    const month = daysAgo(30);
    const lookUp = async (look: () => LookupAnswer, freshSince?: Date) => {
      const rules = await readVerificationRules(ground.context.store);
      const since = freshSince === undefined ? {} : { freshSince };
      return (await lookUpLine(asking(look), NUMBER, { rules, run: null, ...since })).facts;
    };
    const never = (): LookupAnswer => {
      throw new Error('Lookup was asked');
    };
    const id = () => factId(ground.context.indexOf(NUMBER), 'line');
    beforeEach(async () => {
      const row = { _id: id(), askedAt: answer.at, by: 'a door', run: null, answer } as never;
      await ground.gateway.store.numberFacts.insertOne(row);
    });

    it('keep it when they could not be looked up again', async () => {
      expect(await lookUp(() => ({ kind: 'failed' }), month)).to.equal('lookup-failed');
      expect(await lookUp(never)).to.deep.equal(answer);
      expect(await lookUp(() => MOBILE, month)).to.include({ line: 'mobile' });
      expect(await lookUp(never)).to.include({ line: 'mobile' });
      const row = await ground.gateway.store.numberFacts.findOne({ _id: id() });
      expect(row).not.to.have.property('before');
    });

    it('keep it while it is valid when the process that asked again died', async () => {
      const question = { _id: id(), by: 'dead', run: null };
      const at = { now: ground.context.now(), freshSince: month };
      expect(await claimQuestion(ground.context.store, question, at)).to.deep.equal({ kind: 'ours' });
      expect(await lookUp(never)).to.deep.equal(answer);
      expect(await lookUp(never, month)).to.equal('asked-before');
    });
  });

  it('become unknown at last when there is nobody else to look up', async () => {
    const { contacts } = ground.gateway.store;
    const [contact] = await contacts.find().limit(1).toArray();
    await contacts.deleteMany({ _id: { $ne: contact?._id ?? '' } });
    const id = await begin();
    const context = asking(() => ({ kind: 'failed' }));
    for (let times = 0; times < 99; times += 1) await runVerifications(context, always);
    expect(await shown(id)).to.include({ state: 'waiting', looked_at: 0 });
    await runVerifications(context, always);
    expect(await shown(id)).to.deep.include({ state: 'done', outcomes: { unknown: 1 } });
  });
});
