import { expect } from 'chai';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { type Client, fieldsOf, newClient } from '../client.ts';
import { OPT_INS } from '../good/requests.ts';

describe('consent through the API', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  let last = 0;
  const newPhone = (): string => `+1555124${String(++last).padStart(4, '0')}`;
  const join = async (phone: string): Promise<string> => {
    await gateway.text(phone, 'JOIN');
    await gateway.text(phone, 'YES');
    return lookUp(phone);
  };
  const lookUp = async (phone: string): Promise<string> =>
    (await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } })).body.id;
  const statusOf = async (id: string) => (await client('get', `/contacts/${id}/status`)).body;
  const optIn = (phone: string, channel = 'WEB_FORM', more = {}) =>
    client('post', '/opt-ins', {
      body: { phone, program: 'deals', channel, evidence: OPT_INS[channel], ...more },
    });
  const optOut = (phone: string, more = {}) => client('post', '/opt-outs', { body: { phone, ...more } });
  const mayGet = async (phone: string, topic = 'deals') =>
    (await client('post', '/checks', { body: { phone, program: 'deals', topic } })).body;

  it('says once how a number without country code is to be written', async () => {
    const { body } = await optOut('212 555 0123');
    expect(body.errors).to.deep.equal([
      {
        field: 'phone',
        message:
          'It has no country code. It must be a phone number with + and country code, such as +12125550123.',
      },
    ]);
  });

  describe('looking a number up', () => {
    it('answers with id, masked number and sentence, never with the number', async () => {
      const phone = newPhone();
      await join(phone);
      const answer = await client('post', '/contacts/lookup', { body: { phone, reason: 'They called.' } });
      expect(answer.body.masked).to.match(/^\+1\u2022+\d{4}$/);
      expect(answer.body.sentence).to.match(
        /^Subscribed to Fernway Deals \(Weekly deals\) since .*, by text\.$/,
      );
      expect(answer.text).not.to.contain(phone);
    });

    it('logs who asked and the length of the reason, and neither the reason nor the number', async () => {
      const phone = newPhone();
      await client('post', '/contacts/lookup', { body: { phone, reason: 'a very private reason' } });
      const line = gateway.logs.findLast((log) => log.includes('a number was looked up')) ?? '';
      expect(JSON.parse(line)).to.include({ reasonLength: 21, contact: null });
      expect(line).not.to.contain('private');
      expect(line).not.to.contain(phone.slice(1));
    });

    it('says that nothing is held about the number', async () => {
      const answer = await client('post', '/contacts/lookup', {
        body: { phone: newPhone(), reason: 'a test' },
      });
      expect([answer.status, answer.body.suppressed]).to.deep.equal([404, false]);
    });

    it('says that only a suppression outlived the holder', async () => {
      const phone = newPhone();
      await optOut(phone);
      await gateway.store.contacts.deleteOne({ _id: await lookUp(phone) });
      const answer = await client('post', '/contacts/lookup', { body: { phone, reason: 'a test' } });
      expect([answer.status, answer.body.suppressed]).to.deep.equal([404, true]);
      expect((await mayGet(phone)).reasons.map((reason: { code: string }) => reason.code)).to.include(
        'opted-out',
      );
    });
  });

  describe('a number in a range that the numbering plan does not list yet', () => {
    it('can be looked up, checked and opted out like any other', async () => {
      const phone = '+12332345678';
      const id = await join(phone);
      expect(id).to.match(/^c_/);
      expect((await mayGet(phone)).allowed).to.equal(true);
      const answer = await optOut(phone);
      expect(answer.status, answer.text).to.equal(200);
      expect((await mayGet(phone)).allowed).to.equal(false);
    });

    it('cannot be opted in', async () => {
      expect((await optIn('+12332345679')).status).to.equal(422);
    });
  });

  describe('an opt-in', () => {
    for (const channel of Object.keys(OPT_INS)) {
      it(`sends one prompt, keeps its evidence and subscribes nobody by ${channel}`, async () => {
        const phone = newPhone();
        const answer = await optIn(phone, channel);
        expect(answer.status, answer.text).to.equal(202);
        await until('the prompt is on the handset', async () => (await gateway.received(phone)).length === 1);
        const { sentence, subscriptions } = await statusOf(answer.body.contact);
        expect(sentence).to.match(/^Not yet\. We asked about Fernway Deals at .*; their YES is good until /);
        expect(subscriptions[0]).to.include({ state: 'pending', can_be_texted_now: false });
        const { body } = await client('get', '/consent-records', { query: `contact=${answer.body.contact}` });
        const origin = JSON.parse(body.items[0].personal.origin);
        expect(origin).to.deep.equal({ door: 'api', ...textsOf(OPT_INS[channel] ?? {}) });
        expect(body.items[0]).to.include({ channel, kind: 'requested' });
      });
    }

    it('is confirmed only by a YES to its own prompt', async () => {
      const phone = newPhone();
      const { body } = await optIn(phone);
      await until('the prompt is on the handset', async () => (await gateway.received(phone)).length === 1);
      await until('the hand-over of the prompt is recorded', async () => {
        const contact = await gateway.store.contacts.findOne({ _id: body.contact });
        return contact?.prompts[0]?.handedOverAt != null;
      });
      await gateway.text(phone, 'YES');
      const { sentence, subscriptions } = await statusOf(body.contact);
      expect(sentence).to.contain(', by text, asked for on a web form.');
      expect(subscriptions[0]?.because).to.include({ channel: 'VIA_TEXT', asked_for_by: 'WEB_FORM' });
      expect((await mayGet(phone)).allowed).to.equal(true);
    });

    it('is refused after an opt-out, twice in a day, over a prompt of their own, on hold and when subscribed, with the next step', async () => {
      const [left, asked, asking, joined] = [newPhone(), newPhone(), newPhone(), newPhone()];
      const held = newPhone();
      await join(held);
      await gateway.text(held, '🛑');
      await gateway.text(asking, 'ORDERS');
      await optOut(left);
      await optIn(asked);
      await join(joined);
      for (const [phone, why, next] of [
        [left, 'opted out', 'text JOIN to 28555'],
        [asked, '24 hours', 'text JOIN to 28555'],
        [asking, 'another question is open', 'a question of ours to answer'],
        [held, 'on hold', 'text JOIN to 28555'],
        [joined, 'subscribed already', 'Nothing is needed'],
      ] as const) {
        const answer = await optIn(phone);
        expect(answer.status, answer.text).to.equal(409);
        expect(answer.body.detail).to.contain(why);
        expect(answer.body.next_step).to.contain(next);
      }
      const audited = await gateway.store.auditEntries
        .find({ act: 'opt-in-refused' })
        .sort({ at: 1, _id: 1 })
        .toArray();
      expect(audited.map(({ details }) => details.why)).to.deep.equal([
        ...['opted-out', 'asked-today', 'question-open', 'on-hold', 'already-in'],
      ]);
      const subject = { kind: 'person', id: await lookUp(joined) } as const;
      expect(await gateway.store.auditEntries.countDocuments({ act: 'opt-in-asked', subject })).to.equal(0);
    });

    it('is refused for our own numbers, unknown programs, and signatures dated tomorrow', async () => {
      const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
      const paper = { ...OPT_INS.PAPER_FORM, signed_at: tomorrow };
      for (const [answer, field] of [
        [await optIn('+15550100199'), 'phone'],
        [await optIn(newPhone(), 'WEB_FORM', { program: 'nothing' }), 'program'],
        [await optIn(newPhone(), 'PAPER_FORM', { evidence: paper }), 'evidence.signed_at'],
      ] as const) {
        expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, [field]]);
      }
    });
  });

  describe('an opt-out', () => {
    it('is refused for one of our own numbers and creates no contact', async () => {
      const own = await optOut('+15550100199');
      expect([own.status, fieldsOf(own)]).to.deep.equal([422, ['phone']]);
      expect(own.body.errors[0].message).to.match(/^This is one of our own numbers/);
      expect(await lookUp('+15550100199')).to.equal(undefined);
    });

    it('ends everything before it is answered, also for a person never seen before', async () => {
      const [joined, stranger] = [newPhone(), newPhone()];
      await join(joined);
      for (const phone of [joined, stranger]) {
        const { status, body } = await optOut(phone, { reason: 'They called.', channel: 'VERBAL' });
        expect([status, body.scopes]).to.deep.equal([200, ['all']]);
        expect((await mayGet(phone)).allowed).to.equal(false);
        const { sentence } = await statusOf(body.contact);
        expect(sentence).to.match(
          /^Must not be texted: opted out of everything in person or by phone on .*\.$/,
        );
      }
    });

    it('is recorded as NOT_STATED when the request names no channel', async () => {
      const { contact } = (await optOut(newPhone())).body;
      const { body } = await client('get', '/consent-records', { query: `contact=${contact}` });
      expect(body.items[0]).to.include({ kind: 'withdrawn', channel: 'NOT_STATED' });
      const { sentence, suppressions } = await statusOf(contact);
      expect(sentence).to.match(/^Must not be texted: opted out of everything on \w{3} \d/);
      expect(suppressions[0].source).to.equal('NOT_STATED door:NOT_STATED');
    });

    it('ends only the topic or the program that it names', async () => {
      const phone = newPhone();
      const id = await join(phone);
      await gateway.text(phone, 'NEWS');
      const topic = { program: 'deals', topic: 'deals' };
      expect((await optOut(phone, { topics: [topic] })).body.scopes).to.deep.equal(['topic:deals/deals']);
      expect([(await mayGet(phone)).allowed, (await mayGet(phone, 'news')).allowed]).to.deep.equal([
        false,
        true,
      ]);
      expect((await statusOf(id)).sentence).to.contain('Subscribed to Fernway Deals (Store news)');
      await optOut(phone, { programs: ['deals'] });
      expect((await statusOf(id)).sentence).to.contain('In no program: left Fernway Deals on');
    });

    it('changes nothing and names the field when the program or topic does not exist', async () => {
      const phone = newPhone();
      const answer = await optOut(phone, { programs: ['deals', 'nothing'] });
      expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['programs.1']]);
      const topics = [{ program: 'deals', topic: 'nothing' }];
      expect(fieldsOf(await optOut(phone, { topics }))).to.deep.equal(['topics.0.topic']);
      expect(await lookUp(phone)).to.equal(undefined);
    });

    it('raises the generation and stays an opt-out when it is repeated', async () => {
      const phone = newPhone();
      const { body } = await optOut(phone);
      await optOut(phone);
      const { suppressions } = await statusOf(body.contact);
      expect(suppressions[0]).to.include({ scope: 'all', kind: 'opt-out', generation: 2, stands: true });
    });
  });

  describe('a check', () => {
    it('refuses a person whom nobody knows and says why', async () => {
      const { allowed, reasons } = await mayGet(newPhone());
      expect(allowed).to.equal(false);
      expect(reasons).to.deep.equal([
        {
          code: 'not-subscribed',
          sentence: 'The person has not confirmed consent, or their consent has ended.',
        },
      ]);
    });

    it('does not say of somebody who said YES and then STOP that they never confirmed', async () => {
      const phone = newPhone();
      for (const word of ['JOIN', 'YES', 'STOP']) await gateway.text(phone, word);
      const { reasons } = await mayGet(phone);
      expect(reasons.map(({ sentence }: { sentence: string }) => sentence)).to.deep.equal([
        'The person opted out.',
        'The person has not confirmed consent, or their consent has ended.',
      ]);
    });

    it('answers the same by contact and by number', async () => {
      const phone = newPhone();
      const contact = await join(phone);
      const by = async (who: object) =>
        (await client('post', '/checks', { body: { ...who, program: 'deals', topic: 'news' } })).body.reasons;
      expect(await by({ contact })).to.deep.equal(await by({ phone }));
    });

    it('takes the class from the topic, never from the caller', async () => {
      const body = { phone: newPhone(), program: 'deals', topic: 'deals', class: 'transactional' };
      const answer = await client('post', '/checks', { body });
      expect([answer.status, fieldsOf(answer)]).to.deep.equal([422, ['class']]);
    });

    it('needs one of contact and phone', async () => {
      const answer = await client('post', '/checks', { body: { program: 'deals', topic: 'deals' } });
      expect([answer.status, fieldsOf(answer)]).to.deep.equal([400, ['phone']]);
    });
  });
});

const textsOf = (evidence: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(evidence).map(([name, value]) => [name, String(value)]));
