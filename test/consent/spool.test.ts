import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { MongoNetworkError } from 'mongodb';
import { openSpool, PROBE } from '../../src/consent/inbound/spool.ts';
import { newFileName } from '../../src/consent/inbound/spool-files.ts';
import { addressed, type InboundSms } from '../../src/sending/inbound-sms.ts';
import { KeyMissing, type KeyRing } from '../../src/store/sealing/keys.ts';
import { scratchFolders } from '../support/scratch.ts';

describe('the spool of one process', () => {
  const scratch = scratchFolders();
  const keys = new Map([['k1', randomBytes(32)]]);
  const ring: KeyRing = { active: 'k1', keys };
  const text = (body: string): InboundSms => ({
    sid: `SM-${body}`,
    ...addressed('+15551240000', '28555'),
    body,
    otherBodies: [],
    optOutType: null,
    receivedAt: new Date(),
    door: 'webhook',
    form: {},
  });
  const none = async (): Promise<void> => undefined;
  const nothing = { taken: 0, kept: 0, torn: 0 };

  it('keeps a text whose key this process lacks, and processes it once the key is back', async () => {
    const dir = scratch();
    const dead = await openSpool(dir, ring);
    await dead.append(text('STOP'));
    await dead.close();
    const without = await openSpool(dir, { active: 'k2', keys: new Map([['k2', randomBytes(32)]]) });
    for (const _ of [1, 2]) {
      const { why, ...counts } = await without.replay(none);
      expect([counts, why?.file]).to.deep.equal([{ ...nothing, kept: 1 }, (await readdir(dir))[0]]);
      expect(why?.error).to.be.instanceOf(KeyMissing);
    }
    const bodies: string[] = [];
    const both = await openSpool(dir, { active: 'k2', keys: new Map([...keys, ['k2', randomBytes(32)]]) });
    await both.replay(async ({ body }) => bodies.push(body));
    expect([bodies, await readdir(dir)]).to.deep.equal([['STOP'], []]);
  });

  it('reports from the start what an earlier process left, also while it cannot be processed', async () => {
    const dir = scratch();
    const dead = await openSpool(dir, ring);
    for (const body of ['a', 'b']) await dead.append(text(body));
    await dead.close();
    const spool = await openSpool(dir, ring);
    expect(spool.waiting()).to.equal(2);
    await spool.append(text('c'));
    const away = async (): Promise<void> => {
      throw new MongoNetworkError('away');
    };
    await spool.replay(away).catch(() => undefined);
    expect(spool.waiting()).to.equal(3);
    expect(await spool.replay(none)).to.deep.equal({ ...nothing, taken: 3 });
    expect([spool.waiting(), await readdir(dir)]).to.deep.equal([0, []]);
  });

  it('processes files that an operator adds, and forgets files that an operator removes', async () => {
    const [dir, aside] = [scratch(), scratch()];
    const other = await openSpool(aside, ring);
    for (const body of ['a', 'b']) {
      await other.append(text(body));
      await other.close();
    }
    const [first = '', second = ''] = await readdir(aside);
    const spool = await openSpool(dir, ring);
    for (const name of [first, second]) await rename(join(aside, name), join(dir, name));
    await spool.replay(async () => Promise.reject(new Error('refused')));
    expect(spool.waiting()).to.equal(2);
    await rm(join(dir, first));
    expect(await spool.replay(none)).to.deep.equal({ ...nothing, taken: 1 });
    expect(spool.waiting()).to.equal(0);
  });

  it('processes the other files when one cannot be read, and counts that one as one text', async () => {
    const dir = scratch();
    // Nobody can read a folder as a file, not even root.
    await mkdir(join(dir, newFileName(1)));
    const spool = await openSpool(dir, ring);
    await spool.append(text('STOP'));
    const { why, ...counts } = await spool.replay(none);
    expect(counts).to.deep.equal({ ...nothing, taken: 1, kept: 1 });
    expect(why?.error).to.include({ code: 'EISDIR' });
    expect(spool.waiting()).to.equal(1);
  });

  it('goes on with the next file when the first was removed while it was read', async () => {
    const dir = scratch();
    const dead = await openSpool(dir, ring);
    for (const body of ['a', 'b']) {
      await dead.append(text(body));
      await dead.close();
    }
    const bodies: string[] = [];
    const spool = await openSpool(dir, ring);
    await spool.replay(async ({ body }) => {
      bodies.push(body);
      for (const name of await readdir(dir)) await rm(join(dir, name));
    });
    await spool.replay(none);
    expect([bodies, spool.waiting(), await readdir(dir)]).to.deep.equal([['a'], 0, []]);
  });

  it('removes a file that a killed process had not finished', async () => {
    const dir = scratch();
    await writeFile(join(dir, `${newFileName(1)}.part`), 'half a li');
    await openSpool(dir, ring);
    expect(await readdir(dir)).to.deep.equal([]);
  });

  it('stores and returns no text once another process has taken its folder over', async () => {
    const dir = scratch();
    let isHeld = true;
    const spool = await openSpool(dir, ring, () => isHeld);
    await spool.append(text('STOP'));
    isHeld = false;
    for (const refused of [spool.append(text('NO')), spool.replay(none)]) {
      const why = await refused.catch((error: unknown) => error);
      expect(String(why)).to.contain(`The spool ${dir} was taken over by another web process.`);
    }
    expect(await spool.isWritable()).to.equal(false);
    await spool.close();
    expect(await (await openSpool(dir, ring)).replay(none)).to.deep.equal({ ...nothing, taken: 1 });
  });

  it('is tested for writing without a text, and the test leaves nothing behind', async () => {
    const dir = scratch();
    const spool = await openSpool(dir, ring);
    expect([await spool.isWritable(), await readdir(dir)]).to.deep.equal([true, []]);
    if (existsSync('/dev/full')) {
      await symlink('/dev/full', join(dir, PROBE));
      expect(await spool.isWritable(), 'a full disk').to.equal(false);
      expect([await spool.isWritable(), await readdir(dir)]).to.deep.equal([true, []]);
    }
    await rm(dir, { recursive: true });
    expect(await spool.isWritable(), 'a folder that is gone').to.equal(false);
  });

  it('opens on a full disk, and names a folder that cannot be written with the next step', async () => {
    const dir = scratch();
    if (existsSync('/dev/full')) {
      await symlink('/dev/full', join(dir, PROBE));
      const spool = await openSpool(dir, ring);
      await spool.append(text('a'));
      await spool.close();
    }
    const taken = join(scratch(), 'taken');
    await writeFile(taken, '');
    for (const bad of [taken, join(taken, 'spool')]) {
      const refused = await openSpool(bad, ring).catch((error: unknown) => error);
      expect(String(refused)).to.contain(`The spool ${bad} cannot be written`).and.contain('DATA_DIR');
    }
  });

  it('is writable only when the longest text fits', async () => {
    const dir = scratch();
    const tried = join(scratch(), 'tried');
    const spool = await openSpool(dir, ring);
    await symlink(tried, join(dir, PROBE));
    expect(await spool.isWritable()).to.equal(true);
    const long = { ...text('Я'.repeat(1600)), sid: `SM${'0'.repeat(32)}` };
    const { sid: MessageSid, from: From, to: To, body: Body } = long;
    await spool.append({ ...long, form: { MessageSid, From, To, Body, NumSegments: '24', ToCity: '' } });
    const [page = ''] = await readdir(dir);
    await spool.close();
    expect((await stat(tried)).size).to.be.greaterThan((await stat(join(dir, page))).size);
  });

  it('processes urgent texts of all files first, and keeps only those that were refused', async () => {
    const dir = scratch();
    const spool = await openSpool(dir, ring);
    for (const bodies of [
      ['a', 'STOP a'],
      ['STOP b', 'b', 'STOP c'],
    ]) {
      for (const body of bodies) await spool.append(text(body));
      await spool.close();
    }
    const bodies: string[] = [];
    const isStop = ({ body }: InboundSms): boolean => body.startsWith('STOP');
    const refusing = async ({ body }: InboundSms): Promise<void> => {
      bodies.push(body);
      if (['b', 'STOP c'].includes(body)) throw new Error('refused');
    };
    const { why, ...counts } = await spool.replay(refusing, isStop);
    expect(counts).to.deep.equal({ taken: 3, kept: 2, torn: 0 });
    expect(why?.error).to.include({ message: 'refused' });
    // An urgent text that was refused is tried once more with the rest.
    expect(bodies).to.deep.equal(['STOP a', 'STOP b', 'STOP c', 'a', 'b', 'STOP c']);
    expect([spool.waiting(), (await readdir(dir)).length]).to.deep.equal([2, 1]);
    expect(await spool.replay(none, isStop)).to.deep.equal({ taken: 2, kept: 0, torn: 0 });
    expect([spool.waiting(), await readdir(dir)]).to.deep.equal([0, []]);
  });

  it('processes nothing twice when the database goes away after the urgent texts', async () => {
    const dir = scratch();
    const spool = await openSpool(dir, ring);
    for (const body of ['a', 'STOP']) await spool.append(text(body));
    const isStop = ({ body }: InboundSms): boolean => body === 'STOP';
    const bodies: string[] = [];
    const leaving = async ({ body }: InboundSms): Promise<void> => {
      bodies.push(body);
      if (body !== 'STOP') throw new MongoNetworkError('away');
    };
    await spool.replay(leaving, isStop).catch(() => undefined);
    expect([bodies, spool.waiting()]).to.deep.equal([['STOP', 'a'], 1]);
    expect(await spool.replay(none, isStop)).to.deep.equal({ ...nothing, taken: 1 });
  });

  it('loses no text that comes while it is processed', async () => {
    const dir = scratch();
    const spool = await openSpool(dir, ring);
    const bodies = new Set<string>();
    let sent = 0;
    const send = (): Promise<void> => spool.append(text(String(sent++)));
    for (let round = 0; round < 20; round += 1) {
      const replayed = spool.replay(async ({ body }) => {
        bodies.add(body);
        if (sent < 60 * (round + 1)) await send();
      });
      await Promise.all([replayed, send(), send()]);
    }
    await spool.replay(async ({ body }) => bodies.add(body));
    expect(bodies.size).to.equal(sent);
    expect(spool.waiting()).to.equal(0);
  });
});
