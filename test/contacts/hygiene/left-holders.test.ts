import { expect } from 'chai';
import { checkReassignedNumbers, endAllLeft } from '../../../src/contacts/reassigned-numbers.ts';
import { dayOfProof } from '../../../src/domain/hygiene/number-holder.ts';
import type { OpenedContext } from '../../../src/open-context.ts';
import { LOST, losingKeys } from '../../promises/losing-keys.ts';
import { contextOf, QUIET } from '../../receipts/rows.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { spied } from '../../support/spied.ts';

const LONG_AGO = new Date(Date.now() - 60 * 24 * 3600 * 1000);
const [LEFT, DUE] = ['+15551890101', '+15551890102'] as const;

describe('holders whose numbers a dead run left half done', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', lookup: true });
    open = await contextOf(gateway);
    for (const phone of [LEFT, DUE]) for (const word of ['JOIN', 'YES']) await gateway.text(phone, word);
    for (const phone of [LEFT, DUE])
      await set(phone, { 'subscriptions.0.basis.at': LONG_AGO, repliedAt: LONG_AGO });
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const contactOf = (phone: string) => gateway.store.contacts.findOne({ index: open.context.indexOf(phone) });
  const set = (phone: string, fields: object) =>
    gateway.store.contacts.updateOne({ index: open.context.indexOf(phone) }, { $set: fields });

  it('become former though every later run spends its time on look-ups', async () => {
    const answer = { at: new Date(), source: 'twilio-lookup', since: dayOfProof(LONG_AGO), untold: null };
    // Consent had ended already.
    await set(LEFT, { holderCheck: { ...answer, answer: 'yes' }, 'subscriptions.0.state': 'expired' });
    const { lookup } = open.context;
    if (lookup === null) throw new Error('nobody can be asked');
    let asked = false;
    const look = () => {
      asked = true;
    };
    const context = { ...open.context, lookup: spied(lookup, 'look', look) };
    const ran = await checkReassignedNumbers(context, { most: 100, goOn: () => !asked });
    expect(ran).to.include({ asked: 1, former: 1, same: 1 });
    expect((await contactOf(LEFT))?.current).to.equal(false);
  });

  it('lose their consent though somebody wrote from the number since and before the next run', async () => {
    await gateway.store.contacts.updateMany({}, { $unset: { holderCheck: true } });
    await gateway.store.numberFacts.deleteMany({});
    const match = { number: DUE };
    const effect = { kind: 'line', reassigned: 'yes' };
    await gateway.sim('PUT', '/sim/behaviours', [{ match, on: 'lookup', effect }]);
    // Dies as it writes that the question is answered.
    const numberFacts = spied(open.context.store.numberFacts, 'updateOne', (which) => {
      if ('by' in (which as object)) throw new Error('killed');
    });
    const asked = new Date(Date.now() - 1000);
    const dying = { ...open.context, now: () => asked, store: { ...open.context.store, numberFacts } };
    const all = { most: 100, goOn: () => true };
    expect(await checkReassignedNumbers(dying, all).catch((error: Error) => error.message)).to.equal(
      'killed',
    );
    const [consent] = (await contactOf(DUE))?.subscriptions ?? [];
    const young = { ...consent, program: 'stylist', basis: { ...consent?.basis, at: new Date() } };
    await set(DUE, { repliedAt: new Date(), subscriptions: [consent, young] });
    expect(await checkReassignedNumbers(open.context, all)).to.include({ asked: 0, ended: 1, former: 0 });
    const { subscriptions = [], current } = (await contactOf(DUE)) ?? {};
    expect(subscriptions.map(({ program, state }) => [program, state])).to.have.deep.members([
      ['deals', 'expired'],
      ['stylist', 'subscribed'],
    ]);
    expect(current, 'who wrote since is known by this contact').to.equal(true);
  });

  it('are skipped without a log line when their key is lost for good', async () => {
    const keys = losingKeys(
      () => gateway,
      () => {
        throw new Error('nobody asks by HTTP here');
      },
    );
    const { subscriptions: [consent] = [], holderCheck } = (await contactOf(DUE)) ?? {};
    const old = { ...consent, state: 'subscribed', basis: { ...consent?.basis, at: LONG_AGO } };
    await set(DUE, { subscriptions: [old], holderCheck: { ...holderCheck, answer: 'yes', at: new Date() } });
    await keys.lose(DUE);
    await keys.note();
    const lines: object[] = [];
    const context = {
      ...open.context,
      log: { ...QUIET, error: (fields: object) => void lines.push(fields) },
    };
    expect(await endAllLeft(context, () => true)).to.equal(0);
    expect(lines).to.deep.equal([]);
    await gateway.store.marks.deleteOne({ _id: LOST });
    expect(await endAllLeft(context, () => true)).to.equal(0);
    expect(lines, 'a key that may come back is told of').to.have.lengthOf(1);
  });
});
