import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { type ApiAnswer, type Client, newClient } from '../client.ts';

const OUT = 'take me off this list';

describe('overturning an opt-out', () => {
  let gateway: Gateway;
  let client: Client;
  let numbers = 0;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  const texted = (...texts: string[]) => textedBy(`+1555130${String(++numbers).padStart(4, '0')}`, ...texts);
  const textedBy = async (number: string, ...texts: string[]) => {
    for (const body of texts) await gateway.text(number, body);
    const { body } = await client('post', '/contacts/lookup', { body: { phone: number, reason: 'a test' } });
    return { number, contact: body.id as string, entries: await ledger(body.id) };
  };
  const ledger = async (contact: string): Promise<{ seq: number; kind: string; reason: string }[]> => {
    const { body } = await client('get', '/consent-records', { query: `contact=${contact}` });
    expect(body.verified).to.equal(true);
    return body.items;
  };
  const overturn = (contact: string, event: number, by = client): Promise<ApiAnswer> =>
    by('post', `/contacts/${contact}/overturn`, { body: { event, reason: 'It was about a shop list.' } });
  const mayGet = async (contact: string): Promise<boolean> =>
    (await client('post', '/checks', { body: { contact, program: 'deals', topic: 'deals' } })).body.allowed;

  it('restores what the opt-out closed, in the ledger, once', async () => {
    const { contact, entries } = await texted('JOIN', 'YES', OUT);
    const event = entries.at(-1)?.seq ?? 0;
    expect(await mayGet(contact)).to.equal(false);
    const { status, body } = await overturn(contact, event);
    expect([status, body.restored]).to.deep.equal([200, [{ program: 'deals', topics: ['deals'] }]]);
    expect(await mayGet(contact)).to.equal(true);
    expect((await ledger(contact)).at(-1)).to.include({ kind: 'overturned', answers: event, scope: 'all' });
    const again = await overturn(contact, event);
    expect([again.status, again.body.detail]).to.deep.equal([409, 'It was overturned before.']);
  });

  it('refuses an opt-out by exact word and says why and what the person can do', async () => {
    const { contact, entries } = await texted('JOIN', 'YES', 'STOP');
    const { status, body } = await overturn(contact, entries.at(-1)?.seq ?? 0);
    expect([status, body.type]).to.deep.equal([409, '/api/docs#refused']);
    expect(body.detail).to.contain('opt-out word');
    expect(body.next_step).to.contain('JOIN to 28555');
    expect(await mayGet(contact)).to.equal(false);
  });

  it('needs its own scope, and a contact and an entry that exist', async () => {
    const { contact, entries } = await texted('JOIN', 'YES', OUT);
    const event = entries.at(-1)?.seq ?? 0;
    const support = await newClient(gateway, ['consent:write', 'reviews:read', 'reviews:write']);
    expect((await overturn(contact, event, support)).status).to.equal(403);
    expect((await overturn(contact, event + 1)).status).to.equal(404);
    expect((await overturn(`c_${'A'.repeat(16)}`, event)).status).to.equal(404);
    expect(await mayGet(contact)).to.equal(false);
  });

  it('never wins a race against a STOP', async () => {
    const seen = new Set<number>();
    for (let run = 0; run < 30 && (run < 8 || seen.size < 2); run += 1) {
      const { contact, number, entries } = await texted('JOIN', 'YES', OUT);
      // Sent at once, the STOP is always there first.
      const late = (run % 8) * 4;
      const [stop, { status }] = await Promise.all([
        setTimeout(late).then(() => gateway.text(number, 'STOP')),
        overturn(contact, entries.at(-1)?.seq ?? 0),
      ]);
      expect(stop.status).to.equal(200);
      expect(status).to.be.oneOf([200, 409]);
      seen.add(status);
      expect(await mayGet(contact)).to.equal(false);
      expect((await ledger(contact)).at(-1)).to.include({ kind: 'withdrawn', reason: 'exact:stop' });
    }
    expect([...seen]).to.have.members([200, 409]);
  });

  it('is refused when the person texted again since, even if that text left no ledger entry', async () => {
    const { contact, entries } = await texted('JOIN', 'YES', OUT, 'I get too many texts');
    expect(entries.at(-1)?.kind).to.equal('withdrawn');
    const { body } = await overturn(contact, entries.at(-1)?.seq ?? 0);
    expect(body.detail).to.contain('acted since');
  });

  describe('an opt-out that was read in the inbox', () => {
    const SPAM = 'This is spam';
    const ASKED = 'is the blue one back in store?';
    const UNSURE = 'I get too many texts';
    const reason = 'Read with care.';
    const idOf = async (list: string, contact: string): Promise<string> => {
      const { items } = (await client('get', list)).body;
      return items.find((item: { contact: { id: string } }) => item.contact.id === contact).id;
    };
    const optOut = async (contact: string, more: object = {}): Promise<ApiAnswer> =>
      client('post', `/inbox/${await idOf('/inbox', contact)}/opt-out`, { body: { reason, ...more } });
    const endHold = async (contact: string): Promise<ApiAnswer> =>
      client('post', `/holds/${await idOf('/holds', contact)}/decide`, {
        body: { reason, decision: 'opt-out' },
      });
    const lastOf = async (contact: string) => (await ledger(contact)).at(-1);
    const overturnLast = async (contact: string): Promise<ApiAnswer> =>
      overturn(contact, (await lastOf(contact))?.seq ?? 0);

    it('is the same opt-out as the one by the hold of the same words', async () => {
      const { contact } = await texted('JOIN', 'YES', SPAM);
      expect((await endHold(contact)).status).to.equal(200);
      const ended = await ledger(contact);
      const { status, body } = await optOut(contact);
      expect([status, body.how, body.repeated]).to.deep.equal([200, 'opt-out', false]);
      expect(await ledger(contact)).to.deep.equal(ended);
      expect((await overturnLast(contact)).status).to.equal(200);
      expect(await mayGet(contact)).to.equal(true);
    });

    it('is a second opt-out when it marks a wrong number that the first one had not', async () => {
      const { contact } = await texted('JOIN', 'YES', SPAM);
      expect((await endHold(contact)).status).to.equal(200);
      const event = (await lastOf(contact))?.seq ?? 0;
      expect((await optOut(contact, { wrong_number: true })).status).to.equal(200);
      const reason = 'review:opt-out (wrong number)';
      expect(await lastOf(contact)).to.include({ seq: event + 1, kind: 'withdrawn', reason });
      const { status, body } = await overturn(contact, event);
      expect([status, body.detail]).to.deep.equal([
        409,
        'The person has acted since; what they did last counts.',
      ]);
      const { body: marked } = await client('get', `/contacts/${contact}/status`);
      expect(marked.wrong_number_at).to.be.a('string');
      expect(await mayGet(contact)).to.equal(false);
    });

    it('can be overturned when it ended the hold of the same text', async () => {
      const { contact } = await texted('JOIN', 'YES', SPAM);
      expect((await optOut(contact)).status).to.equal(200);
      expect((await overturnLast(contact)).status).to.equal(200);
      expect(await mayGet(contact)).to.equal(true);
    });

    it('is recorded once when two people decide at once', async () => {
      const { contact } = await texted('JOIN', 'YES', ASKED);
      const item = await idOf('/inbox', contact);
      const clients = [client, client, await newClient(gateway), await newClient(gateway)];
      await Promise.all(clients.map((by) => by('post', `/inbox/${item}/opt-out`, { body: { reason } })));
      const entries = await ledger(contact);
      expect(entries.filter(({ kind }) => kind === 'withdrawn')).to.have.length(1);
      expect((await overturnLast(contact)).status).to.equal(200);
    });

    it('is a second opt-out when it was read in words beside those that were acted on', async () => {
      const { contact } = await texted('JOIN', 'YES', ASKED, OUT);
      const event = (await lastOf(contact))?.seq ?? 0;
      expect((await optOut(contact)).status).to.equal(200);
      expect((await lastOf(contact))?.seq).to.equal(event + 1);
      expect((await overturn(contact, event)).status).to.equal(409);
    });

    it('cannot be overturned when other words of the person were on hold and ended with it', async () => {
      const { contact } = await texted('JOIN', 'YES', ASKED, UNSURE);
      expect((await optOut(contact)).status).to.equal(200);
      const { status, body } = await overturnLast(contact);
      expect([status, body.detail]).to.deep.equal([
        409,
        'Other words of theirs were on hold when it came: two texts say that they want out.',
      ]);
      expect(await mayGet(contact)).to.equal(false);
    });

    it('can be overturned when the words on hold are the last that were read', async () => {
      const { contact } = await texted('JOIN', 'YES', ASKED, UNSURE);
      const item = await idOf('/inbox', contact);
      const { texts } = (await client('post', `/inbox/${item}/read`, { body: { reason } })).body;
      expect(texts.at(-1).words).to.equal(UNSURE);
      expect((await optOut(contact, { read_until: texts.at(-1).id })).status).to.equal(200);
      expect((await overturnLast(contact)).status).to.equal(200);
      expect(await mayGet(contact)).to.equal(true);
    });
  });

  const wrong: [text: string, language: string][] = [
    ['You have the wrong number', 'English'],
    ['número equivocado', 'Spanish'],
    ['vous vous trompez de numéro', 'French'],
  ];
  for (const [text, language] of wrong) {
    it(`is not needed to mark a wrong number in ${language}, which the status shows`, async () => {
      const { contact, number, entries } = await texted('JOIN', 'YES', text);
      expect(entries.at(-1)).to.include({ kind: 'withdrawn', reason: 'phrase:wrong-number (wrong number)' });
      const { body } = await client('get', `/contacts/${contact}/status`);
      expect(body.wrong_number_at).to.be.a('string');
      expect(body.sentence).to.contain('wrong number');
      const { contact: holder } = await textedBy(number, 'JOIN', 'YES');
      expect(holder, 'whoever holds it now has agreed').not.to.equal(contact);
      const { body: after } = await client('get', `/contacts/${holder}/status`);
      expect(after.wrong_number_at).to.equal(null);
      const refused = await overturn(contact, entries.at(-1)?.seq ?? 0);
      expect([refused.status, refused.body.detail]).to.deep.equal([
        409,
        'The number has another holder now.',
      ]);
    });
  }
});
