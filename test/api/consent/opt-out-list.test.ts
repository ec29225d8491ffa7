import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { createKey } from '../../../src/access/api-keys.ts';
import { chainOf } from '../../../src/store/consent/consent-events.ts';
import { marketer, slowSender } from '../../campaigns/marketer.ts';
import { indexOf, optOutOf } from '../../promises/inbound-posts.ts';
import { type Gateway, startGateway, until } from '../../support/gateway.ts';
import { testDatabase } from '../../support/mongod.ts';
import { addSubscribers } from '../../support/people.ts';
import { type DatabaseProxy, startProxy } from '../../support/proxy.ts';
import { type ApiAnswer, type Client, newClient } from '../client.ts';

const TYPE = 'application/x-ndjson';

/** Some thousand people are planned and opted out, on a machine that has other things to do. */
const PATIENCE_MS = 120_000;

type Result = { line: number; result: string; errors?: { field: string }[]; sentence?: string };

/** Numbers of people whom no other test of this file knows. */
let used = 0;
const newPhones = (count: number): string[] =>
  Array.from({ length: count }, () => {
    used += 1;
    return `+1555${140 + Math.floor(used / 10_000)}${String(used % 10_000).padStart(4, '0')}`;
  });

const listOf = (phones: readonly string[], more: object = {}): string =>
  phones.map((phone) => `${JSON.stringify({ phone, ...more })}\n`).join('');

/** A request for the list whose body the test writes. */
async function openList(gateway: Gateway): Promise<ClientRequest> {
  const { key } = await createKey(gateway.store, { name: 'raw', scopes: ['consent:write'] }, new Date());
  const headers = { 'Content-Type': TYPE, Authorization: `Bearer ${key}` };
  return httpRequest(`${gateway.url}/api/v1/opt-outs/bulk`, { method: 'POST', headers });
}

const answerOf = async (list: ClientRequest): Promise<IncomingMessage> => (await once(list, 'response'))[0];

async function kindsOf({ store }: Gateway, index: string): Promise<string[]> {
  const contact = await store.contacts.findOne({ index, current: true });
  return (await chainOf(store, contact?._id ?? '')).map(({ kind }) => kind);
}

describe('a list of opt-outs through the API', () => {
  let gateway: Gateway;
  let client: Client;
  before(async () => {
    // Slow enough that most of a campaign still waits when the list comes, on a slow machine too.
    gateway = await startGateway({ worker: 'sending', senders: slowSender(20) });
    client = await newClient(gateway);
  });
  after(() => gateway.stop());

  const send = (raw: string, by: Client = client): Promise<ApiAnswer> =>
    by('post', '/opt-outs/bulk', { raw, type: TYPE });

  it('answers every line by itself, and tells what is wrong with a line without its number', async () => {
    const [known = '', stranger = '', bad = '', unsaid = ''] = newPhones(4);
    for (const word of ['JOIN', 'YES']) await gateway.text(known, word);
    const lines = [
      JSON.stringify({ phone: known, channel: 'PAPER_FORM', reason: 'A letter.' }),
      JSON.stringify({ phone: bad, programs: ['nothing'] }),
      '',
      JSON.stringify({ phone: '911' }),
      `{"phone": "${bad}", `,
      JSON.stringify({ phone: '+15550100199' }),
      JSON.stringify({ phone: bad, topics: [{ program: 'deals', topic: 'orders' }] }),
      JSON.stringify({ phone: bad, $where: '1' }),
      JSON.stringify({
        phone: stranger,
        programs: ['orders'],
        topics: [{ program: 'deals', topic: 'news' }],
      }),
    ];
    const { status, body, text } = await send(lines.join('\n'));
    expect(status).to.equal(200);
    const results: Result[] = body.slice(0, -1);
    expect(
      results.map(({ line, result, errors = [] }) => [line, result, ...errors.map(({ field }) => field)]),
    ).to.deep.equal([
      [1, 'in-force'],
      [2, 'refused', 'programs.0'],
      [4, 'refused', 'phone'],
      [5, 'refused', 'body'],
      [6, 'refused', 'phone'],
      [7, 'refused', 'topics.0.topic'],
      [8, 'refused', '$where'],
      [9, 'in-force'],
    ]);
    expect(body[0].scopes).to.deep.equal(['all']);
    expect(body.at(-2).scopes).to.deep.equal(['program:orders', 'topic:deals/news']);
    expect(body.at(-1)).to.deep.equal({ report: { lines: 8, in_force: 2, refused: 6, failed: 0 } });
    expect(await optOutOf(gateway, known)).to.include({ generation: 1 });
    expect(await optOutOf(gateway, bad)).to.equal(null);
    expect(await optOutOf(gateway, unsaid)).to.equal(null);
    expect((await kindsOf(gateway, indexOf(gateway, stranger))).sort()).to.deep.equal([
      'topic-off',
      'withdrawn',
    ]);
    for (const said of [text, gateway.logs.join('')])
      for (const phone of [known, stranger, bad]) expect(said).not.to.contain(phone.slice(2));
  });

  it('needs the scope and the type of a list, and takes an empty one', async () => {
    const reader = await newClient(gateway, ['contacts:read', 'contacts:write']);
    expect((await send('{}\n', reader)).status).to.equal(403);
    const json = await client('post', '/opt-outs/bulk', { raw: '{}', type: 'application/json' });
    expect(json.status).to.equal(415);
    expect(json.body.title).to.equal('The body is not of the type that this route reads.');
    expect(json.body.detail).to.include('Send application/x-ndjson');
    expect((await send('')).body).to.deep.equal([
      { report: { lines: 0, in_force: 0, refused: 0, failed: 0 } },
    ]);
  });

  it('sent again changes nothing, and ends what a person has joined since', async () => {
    const phones = newPhones(300);
    const [back = ''] = phones;
    for (const word of ['JOIN', 'YES']) await gateway.text(back, word);
    const list = listOf(phones);
    expect((await send(list)).body.at(-1).report).to.include({ in_force: 300 });
    const entries = () => gateway.store.consentEvents.countDocuments({});
    const before = await entries();
    expect((await send(list + list)).body.at(-1).report).to.include({ lines: 600, in_force: 600 });
    expect(await entries()).to.equal(before);
    for (const word of ['JOIN', 'YES']) await gateway.text(back, word);
    expect((await send(list)).body.at(-1).report).to.include({ in_force: 300 });
    expect((await kindsOf(gateway, indexOf(gateway, back))).at(-1)).to.equal('withdrawn');
    expect(await optOutOf(gateway, back)).to.deep.include({ generation: 2 });
    const said = await entries();
    await send(listOf(phones, { channel: 'VERBAL' }));
    expect(await entries(), 'another channel is another act').to.equal(said + 300);
  });

  it('is whole after a cut, once it was sent again', async () => {
    const phones = newPhones(3000);
    const list = await openList(gateway);
    list.on('error', () => undefined);
    list.write(listOf(phones.slice(0, 2000)));
    const answer = await answerOf(list);
    await once(answer, 'data');
    list.destroy();
    const { body } = await send(listOf(phones));
    expect(body.at(-1).report).to.deep.equal({ lines: 3000, in_force: 3000, refused: 0, failed: 0 });
    const index = { $in: phones.map((phone) => indexOf(gateway, phone)) };
    const { contacts, consentEvents } = gateway.store;
    const ids = await contacts.distinct('_id', { index, current: true });
    expect(ids).to.have.length(3000);
    expect(await consentEvents.countDocuments({ contact: { $in: ids } }), 'one entry each').to.equal(3000);
  });

  it('stops a campaign that is being sent: no message leaves after the answer of its line', async () => {
    const phones = newPhones(2000);
    const { keyRing: ring } = gateway.config;
    const rest = [...phones];
    const cast = {
      ring,
      indexOf: (phone: string) => indexOf(gateway, phone),
      number: () => rest.shift() ?? '',
    };
    await addSubscribers(gateway.store, cast, phones.length);
    const team = marketer(client);
    await team.words('offer', '{brand}: an offer');
    await team.draft('everybody');
    expect((await team.post('everybody', 'start')).status).to.equal(200);
    const isSending = async () =>
      (await team.show('everybody')).progress.plan_complete && (await created(phones)).length > 20;
    await until('the campaign is planned and sends', isSending, PATIENCE_MS);
    const list = await openList(gateway);
    list.end(listOf(phones));
    const answeredAt = new Map<string, bigint>();
    for await (const read of createInterface({ input: await answerOf(list) })) {
      const { line, result } = JSON.parse(read);
      if (result === 'in-force') answeredAt.set(phones[line - 1] ?? '', process.hrtime.bigint());
    }
    expect(answeredAt.size).to.equal(phones.length);
    const isOver = async () => (await team.show('everybody')).state === 'finished';
    await until('the campaign is finished', isOver, PATIENCE_MS);
    const open = await gateway.store.deliveries.countDocuments({ campaign: 'everybody', open: true });
    expect(open).to.equal(0);
    const left = await created(phones);
    const late = left.filter(({ to, begunAt }) => BigInt(begunAt) > (answeredAt.get(to) ?? 0n));
    expect(late).to.deep.equal([]);
    const { messages } = (await team.show('everybody')).progress;
    expect(messages.canceled).to.be.greaterThan(100);
  }).timeout(3 * PATIENCE_MS);

  /** Create calls to these people, as the carrier saw them. */
  async function created(phones: readonly string[]): Promise<{ to: string; begunAt: string }[]> {
    const people = new Set(phones);
    const ledger = await (await gateway.sim('GET', '/sim/ledger')).text();
    const entries = ledger.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
    return entries.filter(({ kind, to }) => kind === 'create' && people.has(to));
  }
});

describe('a list of opt-outs while the database is away', () => {
  let gateway: Gateway;
  let proxy: DatabaseProxy;
  before(async () => {
    proxy = await startProxy(testDatabase().uri);
    gateway = await startGateway({ through: proxy.through, worker: false });
  });
  after(async () => {
    await proxy.restore();
    await gateway.stop();
    await proxy.close();
  });

  it('says which lines are in force, and is whole once it was sent again', async () => {
    const phones = newPhones(2000);
    const list = await openList(gateway);
    list.write(listOf(phones.slice(0, 1500)));
    const results: Result[] = [];
    let isCut = false;
    for await (const read of createInterface({ input: await answerOf(list) })) {
      const result = JSON.parse(read);
      if ('line' in result) results.push(result);
      else expect(result.report.in_force + result.report.failed).to.equal(2000);
      if (isCut) continue;
      isCut = true;
      await proxy.cut();
      list.end(listOf(phones.slice(1500)));
    }
    expect(results.map(({ line }) => line)).to.deep.equal(phones.map((_, at) => at + 1));
    const failed = results.filter(({ result }) => result === 'failed');
    expect(failed.length).to.be.greaterThan(500);
    for (const { sentence } of failed) expect(sentence).to.contain('Send the line again.');
    await proxy.restore();
    const inForce = results.filter(({ result }) => result === 'in-force');
    const index = { $in: inForce.map(({ line }) => indexOf(gateway, phones[line - 1] ?? '')) };
    const rows = { index, scope: 'all' as const, kind: 'opt-out' as const };
    expect(await gateway.store.suppressions.countDocuments(rows)).to.equal(inForce.length);
    const client = await newClient(gateway);
    await until('the gateway has its database back', async () => {
      const { status, body } = await client('post', '/opt-outs/bulk', { raw: listOf(phones), type: TYPE });
      return status === 200 && body.at(-1).report.in_force === 2000;
    });
  });
});
