import { expect } from 'chai';
import type { DeliveryDoc } from '../../../src/store/deliveries/delivery.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type ApiAnswer, type Client, fieldsOf, fingerprint, newClient, quiet } from '../client.ts';

describe('a message through the API', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  let last = 0;
  const newPhone = (): string => `+1555128${String(++last).padStart(4, '0')}`;
  const texts = async (phone: string, ...bodies: string[]): Promise<string> => {
    for (const body of bodies) await gateway.text(phone, body);
    const contact = (await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } })).body.id;
    await quiet(gateway, { contact, answers: { $ne: null } });
    return contact;
  };
  let keys = 0;
  const send = (body: object, key = `key-${++keys}`): Promise<ApiAnswer> =>
    client('post', '/messages', {
      headers: { 'Idempotency-Key': key },
      body: { program: 'deals', topic: 'deals', text: 'Fernway: ten off today.', ...body },
    });
  const rowOf = async (id: string): Promise<DeliveryDoc> => {
    const row = await gateway.store.deliveries.findOne({ _id: id });
    if (row === null) throw new Error('no such delivery');
    return row;
  };
  const codes = (answer: ApiAnswer): string[] =>
    answer.body.reasons.map(({ code }: { code: string }) => code);

  describe('a message to a person who may get it', () => {
    it('is planned once, sealed, with the class and the lane of its topic', async () => {
      const phone = newPhone();
      const contact = await texts(phone, 'JOIN', 'YES');
      const answer = await send({ phone });
      expect(answer.status, answer.text).to.equal(202);
      expect(answer.headers.ratelimit).to.contain('"messages"');
      expect(answer.body).to.deep.include({
        contact,
        class: 'marketing',
        state: 'planned',
        reasons: [],
        parts: 1,
      });
      const row = await rowOf(answer.body.id);
      expect(row).to.deep.include({
        open: true,
        lane: '2-single',
        sender: '28555',
        epoch: 0,
        decision: null,
      });
      const stored = await gateway.store.contacts.findOne({ _id: contact });
      expect(row.rev).to.equal(stored?.rev);
      expect(row._id.slice(0, 2)).to.equal(stored?.bucket);
      expect(JSON.stringify(row)).not.to.contain('ten off');
    });

    it("is the same by contact and by number, in the requested language or else the person's own", async () => {
      const phone = newPhone();
      const contact = await texts(phone, 'JOIN', 'YES');
      const [first, other] = [await send({ phone }), await send({ contact, language: 'es' })];
      expect([first.body.contact, other.body.contact]).to.deep.equal([contact, contact]);
      expect((await rowOf(first.body.id)).language).to.equal('en');
      expect((await rowOf(other.body.id)).language).to.equal('es');
    });

    it('is transactional and goes before marketing for an informational topic', async () => {
      const phone = newPhone();
      await texts(phone, 'ORDERS', 'YES');
      const { body } = await send({ phone, program: 'orders', topic: 'orders' });
      expect([body.class, (await rowOf(body.id)).lane]).to.deep.equal(['transactional', '1-transactional']);
    });

    it('keeps the time until which it is valid', async () => {
      const phone = newPhone();
      await texts(phone, 'JOIN', 'YES');
      const { body } = await send({ phone, valid_minutes: 5 });
      const { createdAt } = await rowOf(body.id);
      const shown = await client('get', `/deliveries/${body.id}`);
      const minutes = (Date.parse(shown.body.valid_until) - createdAt.getTime()) / 60_000;
      expect(minutes).to.be.closeTo(5, 0.1);
    });

    it('leaves as it was written, with a note when it names neither brand nor program', async () => {
      const phone = newPhone();
      await texts(phone, 'JOIN', 'YES');
      const { body } = await send({ phone, text: 'ten off today' });
      expect(body.notes[0]).to.include({ code: 'names-no-brand' });
      expect((await client('get', `/deliveries/${body.id}`)).body.text).to.equal('ten off today');
      expect((await send({ phone, text: 'FERNWAY: ten off. STOP to end' })).body.notes).to.deep.equal([]);
    });

    it('leaves as it was written, with a note when it has a field, since only templates have fields', async () => {
      const phone = newPhone();
      await texts(phone, 'JOIN', 'YES');
      const { body } = await send({ phone, text: 'FERNWAY: hi {first_name|there}. STOP to end' });
      const [{ code, sentence }] = body.notes;
      expect([code, sentence]).to.deep.equal([
        'placeholder',
        'Character 13: "{first_name|there}" is sent as it is written, because only a template has fields. Save the text as a template (PUT /templates/{id}) and send that.',
      ]);
    });
  });

  describe('a message to a person who may not get it', () => {
    const cases: [what: string, bodies: string[], topic: string, reasons: string[]][] = [
      ['only asked', ['JOIN'], 'deals', ['not-subscribed']],
      ['never chose the topic', ['JOIN', 'YES'], 'news', ['topic-off']],
      ['asked for a pause', ['JOIN', 'YES', 'PAUSE'], 'deals', ['paused']],
      ['said STOP', ['JOIN', 'YES', 'STOP'], 'deals', ['opted-out', 'not-subscribed']],
    ];
    for (const [what, bodies, topic, reasons] of cases) {
      it(`is recorded as skipped with the reasons of a check when the person ${what}`, async () => {
        const phone = newPhone();
        const contact = await texts(phone, ...bodies);
        const before = await fingerprint(gateway);
        const check = await client('post', '/checks', { body: { contact, program: 'deals', topic } });
        expect(await fingerprint(gateway), 'a check wrote something').to.equal(before);
        const answer = await send({ phone, topic });
        expect([answer.status, answer.body.state]).to.deep.equal([202, 'skipped']);
        expect(codes(answer)).to.deep.equal(reasons);
        expect(answer.body.reasons).to.deep.equal(check.body.reasons);
        const row = await rowOf(answer.body.id);
        expect(row.decision).to.deep.include({ allowed: false, reasons });
        expect(row).not.to.have.property('open');
        const { body } = await client('get', `/deliveries/${row._id}`);
        expect(body.sentence).to.equal(
          `Not sent: ${check.body.reasons.map((reason: { sentence: string }) => reason.sentence).join(' ')}`,
        );
      });
    }

    it('creates no contact for an unknown number and says what to do', async () => {
      const before = await gateway.store.contacts.countDocuments();
      const answer = await send({ phone: newPhone() });
      expect([answer.status, codes(answer)]).to.deep.equal([409, ['not-subscribed']]);
      expect(answer.body.next_step).to.contain('POST /opt-ins');
      expect(await gateway.store.contacts.countDocuments()).to.equal(before);
    });

    it('names the opt-out that outlived its holder', async () => {
      const phone = newPhone();
      const contact = await texts(phone, 'STOP');
      await gateway.store.contacts.deleteOne({ _id: contact });
      expect(codes(await send({ phone }))).to.deep.equal(['opted-out', 'not-subscribed']);
    });

    it('answers 404 for an erased, a former or an unknown holder', async () => {
      const [erased, former] = [
        await texts(newPhone(), 'JOIN', 'YES'),
        await texts(newPhone(), 'JOIN', 'YES'),
      ];
      await gateway.store.contacts.updateOne(
        { _id: erased },
        { $set: { sealed: null, current: false, 'keys.profile': null } },
      );
      await gateway.store.contacts.updateOne({ _id: former }, { $set: { current: false } });
      const before = await gateway.store.deliveries.countDocuments();
      for (const contact of [erased, former, `c_${'x'.repeat(16)}`]) {
        const answer = await send({ contact });
        expect([answer.status, answer.body.type]).to.deep.equal([404, '/api/docs#not-found']);
      }
      expect(await gateway.store.deliveries.countDocuments()).to.equal(before);
    });
  });

  describe('an invalid message', () => {
    let phone: string;
    before(async () => {
      phone = newPhone();
      await texts(phone, 'JOIN', 'YES');
    });

    const bad: [what: string, change: object, status: number, field: string, says?: RegExp][] = [
      ['is for two people', { contact: `c_${'x'.repeat(16)}` }, 400, 'phone'],
      ['has no words', { text: undefined }, 400, 'text'],
      ['has both words and a template', { template: 'offer' }, 400, 'text'],
      ['is empty', { text: ' \n ' }, 422, 'text', /empty/],
      ['has a control character', { text: 'Fernway \u0007' }, 422, 'text', /Character 9 .*U\+0007/],
      ['has half a character', { text: '😀\ud800' }, 422, 'text', /Character 2 .*U\+D800/],
      ['is too long', { text: 'a'.repeat(1531) }, 422, 'text', /11 parts/],
      [
        'is too long for one letter',
        { text: `${'a'.repeat(700)}я` },
        422,
        'text',
        /UCS-2, because character 701/,
      ],
      ['is of no program', { program: 'nothing' }, 422, 'program'],
      ['is of no topic', { topic: 'nothing' }, 422, 'topic'],
      ['is of a template', { text: undefined, template: 'offer' }, 422, 'template', /no template of this id/],
      ['is good for ever', { valid_minutes: 601 }, 400, 'valid_minutes'],
      ['is good for no time', { valid_minutes: 0 }, 400, 'valid_minutes'],
      ['has an operator for a text', { text: { $gt: '' } }, 400, 'text.$gt'],
      ['has an operator for a topic', { topic: { $ne: null } }, 400, 'topic.$ne'],
      ['names its class', { class: 'transactional' }, 400, 'class'],
      ['names its sender', { from: '28555' }, 400, 'from'],
    ];
    for (const [what, change, status, field, says] of bad) {
      it(`is refused with its field, changes nothing and leaves its key free when it ${what}`, async () => {
        const before = await fingerprint(gateway);
        const answer = await send({ phone, ...change }, `bad ${field}`.replace(' ', '-'));
        expect([answer.status, fieldsOf(answer)], answer.text).to.deep.equal([status, [field]]);
        if (says !== undefined) expect(answer.body.errors[0].message).to.match(says);
        expect(answer.text).not.to.contain(phone);
        expect(await fingerprint(gateway)).to.equal(before);
      });
    }

    it('is refused unread when its body has a megabyte', async () => {
      const answer = await send({ phone, text: 'a'.repeat(1_000_000) });
      expect(answer.status).to.equal(413);
    });

    it('is refused in a language that the program does not write in', async () => {
      const { id: _, ...stylist } = (await client('get', '/programs/stylist')).body;
      await client('put', '/programs/stylist', { body: { ...stylist, languages: ['en'] } });
      const topic = stylist.topics[0].id;
      const answer = await send({ phone, program: 'stylist', topic, language: 'fr' });
      expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['language']]);
    });
  });

  describe('the log of all these messages', () => {
    it('holds neither number nor words', () => {
      const lines = gateway.logs.join('\n');
      expect(lines).to.contain('a message was taken');
      for (const trace of ['1555128', 'ten off']) expect(lines).not.to.contain(trace);
    });
  });
});
