import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { openSpool } from '../../src/consent/inbound/spool.ts';
import { addressed, type InboundSms } from '../../src/sending/inbound-sms.ts';
import { programAt } from '../support/built.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { repliesTaken, settledReplies } from '../support/replies.ts';
import { indexOf, newPerson, newSid, optOutOf, withdrawals } from './inbound-posts.ts';

const run = promisify(execFile);

/** The largest file in KB on the small disk. One text of the program fits, two do not. */
const SMALL_KB = 24;

describe('P4: STOP counts from the spool of a process that died', () => {
  let gateway: Gateway;
  let spool: string;
  let aside: string;
  before(async () => {
    gateway = await startGateway();
    spool = join(gateway.config.dataDir, 'spool');
    aside = await mkdtemp(join(tmpdir(), 'assent-spool-'));
  });
  after(async () => {
    await gateway.stop();
    await rm(aside, { recursive: true, force: true });
  });

  const text = (from: string, body: string, secondsAgo: number): InboundSms => ({
    sid: newSid(),
    ...addressed(from, '28555'),
    body,
    otherBodies: [],
    optOutType: null,
    receivedAt: new Date(Date.now() - secondsAgo * 1000),
    door: 'webhook',
    form: { From: from, Body: body },
  });
  /** Puts texts into the spool, as an operator moves them from a dead machine. `damage` changes the files. */
  const leave = async (
    texts: InboundSms[],
    damage: (path: string) => Promise<void> = async () => undefined,
  ): Promise<void> => {
    const dead = await openSpool(aside, gateway.config.keyRing);
    for (const text of texts) await dead.append(text);
    await dead.close();
    const [name = ''] = await readdir(aside);
    await damage(join(aside, name));
    await rename(join(aside, name), join(spool, name));
  };
  const replayed = () =>
    until('the spool holds nothing but torn lines', async () =>
      (await readdir(spool)).every((name) => name.endsWith('.torn')),
    );
  const told = async (person: string): Promise<string> => {
    await until('a reply is on the handset', async () => (await gateway.received(person)).length > 0);
    return (await gateway.received(person)).join('\n');
  };

  it('is honored by any process that finds it, and confirmed once, though it stands there twice', async () => {
    const person = newPerson();
    const stop = text(person, 'STOP', 60);
    await leave([stop, stop]);
    await replayed();
    expect(await optOutOf(gateway, person)).not.to.equal(null);
    expect(await withdrawals(gateway, person)).to.equal(1);
    expect(await told(person)).to.match(/^[^\n]*unsubscribed[^\n]*$/);
  });

  it('wins over a JOIN or YES from before it, in whatever order they are replayed', async () => {
    const person = newPerson();
    await gateway.text(person, 'JOIN');
    const stop = text(person, 'STOP', 0);
    await leave([stop, text(person, 'YES', 5), text(person, 'JOIN', 4)]);
    await replayed();
    const contact = await gateway.store.contacts.findOne({ index: indexOf(gateway, person) });
    expect(contact?.subscriptions.map((subscription) => subscription.state)).to.deep.equal(['unsubscribed']);
    expect(contact?.prompts.filter((prompt) => prompt.state === 'open')).to.deep.equal([]);
    const ledger = await gateway.store.consentEvents.find({ contact: contact?._id ?? '' }).toArray();
    expect(ledger.filter((entry) => entry.kind === 'ineffective')).to.have.lengthOf(2);
  });

  it('wins over a JOIN from before it, whose prompt does not leave, also when that lies in an older file', async () => {
    const person = newPerson();
    const dead = await openSpool(aside, gateway.config.keyRing);
    for (const inboundSms of [text(person, 'JOIN', 5), text(person, 'STOP', 4)]) {
      await dead.append(inboundSms);
      await dead.close();
    }
    // The file with the STOP is moved first, since a replay may run between the two.
    for (const name of (await readdir(aside)).sort().reverse())
      await rename(join(aside, name), join(spool, name));
    await replayed();
    const contact = await gateway.store.contacts.findOne({ index: indexOf(gateway, person) });
    expect(contact?.prompts, 'it was never asked').to.deep.equal([]);
    expect(await told(person)).to.match(/^[^\n]*unsubscribed[^\n]*$/);
  });

  it('is confirmed within five minutes of its arrival, and later only honored', async () => {
    const person = newPerson();
    await leave([text(person, 'STOP', 301)]);
    await replayed();
    expect(await optOutOf(gateway, person)).not.to.equal(null);
    const row = () => gateway.store.deliveries.findOne({ index: indexOf(gateway, person) });
    await until('the confirmation has expired', async () => (await row())?.state === 'expired');
    expect((await row())?.decision?.reasons).to.deep.equal(['too-old']);
    expect(await gateway.received(person)).to.deep.equal([]);
  });

  it('is only honored an hour later, while a HELP of that hour is answered', async () => {
    const [stopped, asked] = [newPerson(), newPerson()];
    const [stop, help] = [text(stopped, 'STOP', 3600), text(asked, 'HELP', 3600)];
    await leave([stop, help]);
    await replayed();
    expect(await told(asked)).to.contain('Fernway');
    expect(await repliesTaken(gateway, help.sid)).to.have.lengthOf(1);
    expect(await optOutOf(gateway, stopped)).not.to.equal(null);
    const [confirmation] = await settledReplies(gateway.store, stop.sid);
    expect([confirmation?.state, confirmation?.decision?.reasons]).to.deep.equal(['expired', ['too-old']]);
    expect(await gateway.received(stopped)).to.deep.equal([]);
  });

  it('survives a torn last line and foreign lines, which are kept for a look', async () => {
    const [first, second] = [newPerson(), newPerson()];
    await leave([text(first, 'STOP', 10), text(second, 'STOP', 9)], async (path) => {
      const [line = ''] = (await readFile(path, 'utf8')).split('\n');
      await writeFile(path, `not of ours\n{"by":"k1","box":"AAAA"}\n${await readFile(path, 'utf8')}`);
      await appendFile(path, line.slice(0, 90));
    });
    await replayed();
    for (const person of [first, second]) expect(await optOutOf(gateway, person)).not.to.equal(null);
    const [torn = ''] = await readdir(spool);
    expect((await readFile(join(spool, torn), 'utf8')).trim().split('\n')).to.have.lengthOf(3);
    expect(gateway.logs.join('')).to.contain('cannot be read');
    await rm(join(spool, torn));
  });

  it('is not delayed by a text that can never be processed', async () => {
    const person = newPerson();
    const poison = { ...text(newPerson(), 'STOP', 10), sid: { $gt: '' } as unknown as string };
    await leave([poison, text(person, 'STOP', 9)]);
    await until('the opt-out is recorded', async () => (await optOutOf(gateway, person)) !== null);
    const said = () => gateway.logs.filter((line) => line.includes('spooled texts cannot be taken'));
    await until('the text that stays in the spool is logged', async () => said().length > 0);
    const [kept = ''] = await readdir(spool);
    const { count, file, error, next } = JSON.parse(said()[0] ?? '');
    expect({ count, file }).to.deep.equal({ count: 1, file: kept });
    expect([error.name, next]).to.deep.equal(['MongoServerError', 'keep the file and report the error']);
    expect(said().join('')).not.to.contain(poison.from.slice(1));
    expect((await readFile(join(spool, kept), 'utf8')).trim().split('\n')).to.have.lengthOf(1);
    await rm(join(spool, kept));
  });

  it('is never lost behind half a line of its own process when the disk was full for a moment', async () => {
    const dir = await mkdtemp(join(aside, 'full-'));
    const program = fileURLToPath(new URL('programs/fill-spool.ts', import.meta.url));
    const key = gateway.config.keyRing.keys.get('k1')?.toString('base64') ?? '';
    const limited = `ulimit -f ${SMALL_KB} && exec "$0" "$@"`;
    const { stdout } = await run('bash', ['-c', limited, process.execPath, ...programAt(program), dir, key]);
    expect(stdout.trim()).to.equal('kept one, lost two, kept three');
    const reader = await openSpool(dir, gateway.config.keyRing);
    const taken: string[] = [];
    const { torn } = await reader.replay(async ({ body }) => taken.push(body));
    expect([taken, torn]).to.deep.equal([['one', 'three'], 1]);
  });
});
