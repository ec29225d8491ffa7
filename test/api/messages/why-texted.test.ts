import { expect } from 'chai';
import { SCOPES } from '../../../src/access/api-keys.ts';
import { marketer, person, SUBSCRIBED, subscribe } from '../../campaigns/marketer.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { type Client, newClient } from '../client.ts';

describe('the answer to "why was I texted?"', () => {
  let gateway: Gateway;
  let client: Client;
  let plain: Client;
  let team: ReturnType<typeof marketer>;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
    client = await newClient(gateway);
    plain = await newClient(
      gateway,
      SCOPES.filter((scope) => scope !== 'evidence:read'),
    );
    team = marketer(client);
    await subscribe(gateway, 3);
    await team.words('offer', '{brand}: an offer');
    await client('post', '/contacts', { body: { phone: person(1), place: { country: 'US', state: 'CA' } } });
  });
  after(() => gateway.stop());

  const contactOf = async (at: number): Promise<string> =>
    (await client('post', '/contacts/lookup', { body: { phone: person(at), reason: 'a test' } })).body.id;
  const show = async (id: string, by: Client = client) => (await by('get', `/deliveries/${id}`)).body;
  const listed = async (at: number) =>
    (await client('get', '/deliveries', { query: `contact=${await contactOf(at)}` })).body.items;
  /** The entry that the link of an act leads to. */
  const entryAt = async ({ entry }: { entry: { href: string } }) =>
    (
      await client('get', entry.href.replace('/api/v1', '').split('?')[0] ?? '', {
        query: entry.href.split('?')[1] ?? '',
      })
    ).body.items;
  const send = async (at: number, text: string): Promise<string> => {
    const body = { contact: await contactOf(at), program: 'deals', topic: 'deals', text };
    return (
      await client('post', '/messages', {
        headers: { 'Idempotency-Key': `${at} ${text}`.replace(/\W/g, '-') },
        body,
      })
    ).body.id;
  };

  it('names consent, campaign, audience and rule of a message that left', async () => {
    const inCalifornia = { kind: 'all', of: [SUBSCRIBED, { kind: 'state', oneOf: ['CA'] }] };
    await client('put', '/segments/coast', { body: { name: 'Coast', tree: inCalifornia } });
    await team.draft('spring', { name: 'Spring sale', segment: { kind: 'segment', id: 'coast' } });
    await team.post('spring', 'start');
    await team.reaches('spring', 'finished');
    const elsewhere = { kind: 'state', oneOf: ['NY'] };
    await client('put', '/segments/coast', { body: { name: 'Coast', tree: elsewhere } });
    const [{ id, contact }] = (await listed(1)).filter((row: { class: string }) => row.class === 'marketing');
    await until('the message is delivered', async () => (await show(id)).state === 'delivered');
    const { why } = await show(id);
    expect(why).to.deep.include({
      outcome: 'left',
      campaign: { id: 'spring', name: 'Spring sale' },
      journey: null,
      segment: 'Everyone who is subscribed to Fernway Deals and lives in CA.',
      topic_turned_on: null,
      stopped_by: null,
    });
    expect(why.rules.map(({ code }: { code: string }) => code)).to.deep.equal(['marketing']);
    expect(why.consent).to.deep.include({
      kind: 'confirmed',
      channel: 'VIA_TEXT',
      asked_for_by: 'VIA_TEXT',
      words: 'YES',
    });
    expect(why.sentence).to.match(
      /^Texted because the person agreed to texts of Fernway Deals by text \(“YES”\) on \w{3} \d{1,2}, \d{4}, \d{1,2}:\d\d [AP]M [A-Z]{2,4}, and the campaign “Spring sale” went to everyone who is subscribed to Fernway Deals and lives in CA\.$/,
    );
    const entries = await entryAt(why.consent);
    expect(entries).to.have.length(1);
    expect(entries[0]).to.deep.include({
      seq: why.consent.entry.seq,
      kind: 'confirmed',
      acted_at: why.consent.at,
    });
    expect(why.consent.entry.href).to.contain(contact);
    expect((await show(id, plain)).why).to.deep.equal(why);
  });

  it('names the opt-out behind a message that was refused', async () => {
    await gateway.text(person(2), 'STOP');
    const id = await send(2, 'Fernway: refused.');
    const { why, state } = await show(id);
    expect([state, why.outcome, why.campaign, why.segment]).to.deep.equal(['skipped', 'stopped', null, null]);
    expect(why.rules.map(({ code }: { code: string }) => code)).to.include('opted-out');
    expect(why.stopped_by).to.deep.include({ kind: 'withdrawn', channel: 'VIA_TEXT', words: 'STOP' });
    expect((await entryAt(why.stopped_by))[0]).to.deep.include({ kind: 'withdrawn', scope: 'all' });
    expect(why.consent).to.include({ kind: 'confirmed' });
    expect(why.sentence).to.match(
      /^Not sent: The person opted out\..*; they opted out by text on \w{3} \d{1,2}, \d{4}, \d{1,2}:\d\d [AP]M [A-Z]{2,4}\.$/,
    );
    expect((await show(id, plain)).why.stopped_by.words).to.equal(null);
  });

  it('names the opt-out that canceled a message, and the pause that a message waits for', async () => {
    await team.draft('autumn', { name: 'Autumn sale' });
    await team.post('autumn', 'start');
    await team.reaches('autumn', 'finished');
    const id = (await listed(3))[0].id;
    await until('the message is delivered', async () => {
      const row = await gateway.store.deliveries.findOne({ _id: id });
      return row?.state === 'delivered' && row.decision !== null && row.decision.by === undefined;
    });
    // As if the campaign had been paused before this message left.
    await gateway.stopWorker();
    await gateway.store.campaigns.updateOne({ _id: 'autumn' }, { $set: { state: 'paused' } });
    const waiting = { state: 'planned' as const, open: true as const, decision: null, dueAt: new Date() };
    await gateway.store.deliveries.updateOne({ _id: id }, { $set: waiting });
    const waits = await show(id);
    expect([waits.why.outcome, waits.sentence]).to.deep.equal(['waits', 'Waits: the campaign is paused.']);
    expect(waits.why.rules.map(({ code }: { code: string }) => code)).to.deep.equal(['campaign-paused']);
    expect(waits.why.sentence).to.match(
      /^Waits: the campaign is paused; it was of the campaign “Autumn sale”, /,
    );
    await gateway.textWithoutWaiting(person(3), 'STOP');
    const { why, state } = await show(id);
    expect([state, why.outcome, why.rules[0].code]).to.deep.equal(['canceled', 'stopped', 'opt-out']);
    expect(why.stopped_by).to.deep.include({ kind: 'withdrawn', words: 'STOP' });
  });

  it('names the text that a reply answers, and needs no consent for it', async () => {
    const welcome = (await listed(1)).find((row: { class: string }) => row.class === 'reply');
    const { why } = await show(welcome.id);
    expect(why).to.deep.include({ outcome: 'left', consent: null, campaign: null, stopped_by: null });
    expect(why.rules.map(({ code }: { code: string }) => code)).to.deep.equal(['reply']);
    expect(why.sentence).to.match(
      /^Texted because the person had texted us on \w{3} \d{1,2}, \d{4}, \d{1,2}:\d\d [AP]M [A-Z]{2,4}\.$/,
    );
  });
});
