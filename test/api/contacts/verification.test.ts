import { expect } from 'chai';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { type Client, newClient } from '../client.ts';
import { OPT_INS } from '../good/requests.ts';

const USUAL = {
  ...{
    doors: { opt_ins: 'lookup', contacts: 'lookup' },
    accepted: [] as string[],
    cache_days: 90,
    daily_budget: 1000,
  },
  reassigned_after_days: 45,
  question_price: '0.008',
};
type Rules = typeof USUAL;

describe('numbers that are verified on entry', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', lookup: true });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());
  beforeEach(async () => {
    await gateway.sim('PUT', '/sim/behaviours', []);
    await client('put', '/verification-rules', { body: USUAL });
  });

  let last = 0;
  const newPhone = (): string => `+1555177${String(++last).padStart(4, '0')}`;
  const behave = (number: string, effect: object) =>
    gateway.sim('PUT', '/sim/behaviours', [{ match: { number }, on: 'lookup', effect }]);
  const optIn = (phone: string) =>
    client('post', '/opt-ins', {
      body: { phone, program: 'deals', channel: 'WEB_FORM', evidence: OPT_INS.WEB_FORM },
    });
  const save = (phone: string) => client('post', '/contacts', { body: { phone } });
  const rules = (change: Partial<Rules>) =>
    client('put', '/verification-rules', { body: { ...USUAL, ...change } });
  const looks = async (number?: string): Promise<number> => {
    const lines = (await (await gateway.sim('GET', '/sim/ledger')).text()).trim().split('\n');
    const entries = lines.filter((line) => line !== '').map((line) => JSON.parse(line));
    return entries.filter(({ kind, to }) => kind === 'lookup' && (number === undefined || to === number))
      .length;
  };
  const contacts = () => gateway.store.contacts.countDocuments();
  const statusOf = async (contact: string) => (await client('get', `/contacts/${contact}/status`)).body;

  for (const [what, door] of [
    ['an opt-in', optIn],
    ['a new contact', save],
  ] as const) {
    it(`refuse ${what} of a landline with the next step, are looked up once, and create no contact`, async () => {
      const phone = newPhone();
      await behave(phone, { kind: 'line', type: 'landline' });
      const before = await contacts();
      for (let time = 0; time < 2; time += 1) {
        const { status, body, text } = await door(phone);
        expect(status).to.equal(422);
        expect(body).to.deep.include({
          errors: [{ field: 'phone', message: 'The number is of a landline.' }],
          next_step: 'Ask the person for the number of a mobile phone.',
        });
        expect(text).not.to.contain(phone.slice(-7));
      }
      expect(await contacts()).to.equal(before);
      expect(await looks(phone)).to.equal(1);
    });

    it(`accept ${what} of a mobile and keep the carrier's answer with it`, async () => {
      const phone = newPhone();
      await behave(phone, { kind: 'line', carrier: 'Verizon Wireless' });
      const { status, body } = await door(phone);
      expect(status).to.be.lessThan(300);
      expect(body.verification).to.deep.equal({ line: 'mobile', by: 'lookup', unknown: null });
      const { verified } = await statusOf(body.contact);
      expect(verified).to.deep.include({
        valid: true,
        line: 'mobile',
        carrier: 'Verizon Wireless',
        source: 'twilio-lookup',
      });
    });
  }

  it('refuse an invalid number, and use the numbering plan alone when no look-up is needed', async () => {
    const phone = newPhone();
    await behave(phone, { kind: 'line', valid: false });
    expect((await optIn(phone)).body.errors[0].message).to.equal('No phone has this number now.');
    const free = await save('+18003569377');
    expect(free.body.errors[0].message).to.match(/toll-free/);
    expect(await looks('+18003569377')).to.equal(0);
  });

  it('accept an opt-in from a number that has texted since the carrier said that it gets no texts', async () => {
    const phone = newPhone();
    await behave(phone, { kind: 'line', type: 'landline' });
    expect((await optIn(phone)).status).to.equal(422);
    await gateway.text(phone, 'HELP');
    const { status, body } = await optIn(phone);
    expect([status, body.verification]).to.deep.equal([
      ...[202, { line: 'landline', by: 'lookup', unknown: null }],
    ]);
    expect(await looks(phone)).to.equal(1);
    const older = { $set: { repliedAt: new Date(0) } };
    await gateway.store.contacts.updateOne({ _id: body.contact }, older);
    expect((await optIn(phone)).status, 'its text is older than what the carrier said').to.equal(422);
  });

  it('accept line types that the installation allows', async () => {
    const phone = newPhone();
    await behave(phone, { kind: 'line', type: 'landline' });
    await rules({ accepted: ['landline'] });
    expect((await optIn(phone)).body.verification).to.include({ line: 'landline', by: 'lookup' });
  });

  type Silence = [unknown: string, effect: object, change: Partial<Rules>, asked: number];
  const SILENCES: Silence[] = [
    ['not-enabled', { kind: 'line', errorCode: 60606 }, {}, 1],
    ['out-of-coverage', { kind: 'line', errorCode: 60600 }, {}, 1],
    ['lookup-failed', { kind: 'http429' }, {}, 1],
    ['lookup-failed', { kind: 'http5xx' }, {}, 1],
    ['lookup-failed', { kind: 'hang', ms: 5 }, {}, 1],
    ['budget-spent', { kind: 'line', type: 'landline' }, { daily_budget: 0 }, 0],
    ['not-asked', { kind: 'line', type: 'landline' }, { doors: { opt_ins: 'plan', contacts: 'plan' } }, 0],
  ];
  for (const [unknown, effect, change, asked] of SILENCES) {
    it(`let a number through and say that ${unknown}, on ${JSON.stringify(effect)}`, async () => {
      const phone = newPhone();
      await behave(phone, effect);
      await rules(change);
      const { status, body } = await optIn(phone);
      expect(status).to.equal(202);
      expect(body.verification).to.deep.include({ line: 'unknown', by: 'plan' });
      expect(body.verification.unknown.code).to.equal(unknown);
      expect(await looks(phone)).to.equal(asked);
    });
  }

  it('are looked up no more than the budget allows, however many come at once', async () => {
    await gateway.store.marks.deleteOne({ _id: 'lookup budget' });
    await rules({ daily_budget: 5 });
    const before = await looks();
    const answers = await Promise.all(Array.from({ length: 20 }, () => save(newPhone())));
    const asked = answers.filter(({ body }) => body.verification.by === 'lookup');
    expect(asked).to.have.length(5);
    expect(await looks()).to.equal(before + 5);
    expect((await client('get', '/verification-rules')).body).to.deep.equal({
      ...{ ...USUAL, daily_budget: 5, lookup: 'on', asked_today: 5 },
    });
  });

  it('are looked up once when one number comes many times at once', async () => {
    const phone = newPhone();
    await behave(phone, { kind: 'delay', ms: 100 });
    const answers = await Promise.all(Array.from({ length: 6 }, () => optIn(phone)));
    expect(answers.map(({ status }) => status)).to.include(202);
    expect(await looks(phone)).to.equal(1);
  });

  const asOnce = (phone: string) =>
    client('post', '/opt-ins', {
      headers: { 'Idempotency-Key': `once${phone}` },
      body: { phone, program: 'deals', channel: 'WEB_FORM', evidence: OPT_INS.WEB_FORM },
    });
  /** Makes the request look as if its process had died or taken too long. */
  const giveUp = () =>
    gateway.store.idempotencyKeys.updateMany({}, { $set: { answer: null, busyUntil: new Date(0) } });

  it('keep no answer for the former holder when their opt-in is answered again', async () => {
    const phone = newPhone();
    await behave(phone, { kind: 'line', carrier: 'Verizon Wireless' });
    const first = await asOnce(phone);
    const { contact } = first.body;
    await gateway.store.contacts.updateOne({ _id: contact }, { $set: { current: false } });
    await behave(phone, { kind: 'line', carrier: 'T-Mobile USA, Inc.' });
    await gateway.store.numberFacts.deleteMany({});
    await giveUp();
    const again = await asOnce(phone);
    expect([again.status, again.body]).to.deep.equal([202, first.body]);
    expect((await statusOf(contact)).verified.carrier).to.equal('Verizon Wireless');
  });

  it('answer an opt-in with the prompt of another process that came first during the look-up', async () => {
    const phone = newPhone();
    const known = await gateway.store.numberFacts.countDocuments();
    await behave(phone, { kind: 'delay', ms: 1500 });
    const slow = asOnce(phone);
    await until(
      'the request waits for Lookup',
      async () => (await gateway.store.numberFacts.countDocuments()) > known,
    );
    await giveUp();
    const [quick, late] = [await asOnce(phone), await slow];
    const idsOf = ({ status, body }: typeof quick) => [status, body.contact, body.delivery, body.expires_at];
    expect(quick.status, quick.text).to.equal(202);
    expect(idsOf(late)).to.deep.equal(idsOf(quick));
  });

  it('are checked by the numbering plan alone in a long list, without look-ups', async () => {
    const [free, fresh] = ['+18003569378', newPhone()];
    const raw = `{"phone": "${free}"}\n{"phone": "${fresh}"}\n`;
    const before = await looks();
    const { body } = await client('post', '/contacts/bulk', { raw, type: 'application/x-ndjson' });
    expect(body).to.deep.include({ created: 1, refused: 0, refused_unnamed: 1 });
    expect(await looks()).to.equal(before);
  });

  it('are not looked up again for a known contact', async () => {
    const phone = newPhone();
    await save(phone);
    const before = await looks();
    expect((await save(phone)).body).to.deep.include({ created: false, verification: null });
    expect(await looks()).to.equal(before);
  });

  it('are looked up again when no answer came, and a failing Lookup pauses for a moment', async () => {
    const phones = Array.from({ length: 7 }, newPhone);
    await gateway.sim('PUT', '/sim/behaviours', [{ match: {}, on: 'lookup', effect: { kind: 'http5xx' } }]);
    const before = await looks();
    const unknown: string[] = [];
    for (const phone of phones) unknown.push((await save(phone)).body.verification.unknown.code);
    expect(unknown.slice(0, 5)).to.deep.equal(Array(5).fill('lookup-failed'));
    expect(unknown.at(-1)).to.equal('lookup-paused');
    expect(await looks()).to.be.within(before + 5, before + 6);
  });

  it('leave no number in a log or in the stored answer', async () => {
    const facts = JSON.stringify(await gateway.store.numberFacts.find().toArray());
    expect(facts).not.to.match(/555177\d{4}/);
    expect(gateway.logs.join('\n')).not.to.match(/555177\d{4}/);
  });
});
