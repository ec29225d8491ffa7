import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { MongoNetworkError } from 'mongodb';
import { addressed, type InboundMessage } from '../../src/consent/inbound/message.ts';
import { openSpool, PROBE } from '../../src/consent/inbound/spool.ts';
import { spoolName } from '../../src/consent/inbound/spool-files.ts';
import { KeyMissing, type KeyRing } from '../../src/store/sealing/keys.ts';
import { dateNow, scratchFolders } from '../support/scratch.ts';

describe('the spool of one process', () => {
  const scratch = scratchFolders();
  const keys = new Map([['k1', randomBytes(32)]]);
  const ring: KeyRing = { active: 'k1', keys };
  const text = (body: string): InboundMessage => ({
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

  it('keeps a text whose key this process lacks, and takes it in once the key is back', async () => {
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

  it('counts no texts that another process took in', async () => {
    const dir = scratch();
    const [one, other] = [await openSpool(dir, ring), await openSpool(dir, ring)];
    await one.append(text('a'));
    await one.append(text('b'));
    await one.close();
    expect(await other.replay(none)).to.deep.equal({ ...nothing, taken: 2 });
    expect(one.waiting()).to.equal(2);
    await one.append(text('c'));
    expect(await one.replay(none)).to.deep.equal({ ...nothing, taken: 1 });
    expect(one.waiting()).to.equal(0);
  });

  it('tells of what dead processes and other machines left, also while it cannot be taken in', async () => {
    const dir = scratch();
    const dead = await openSpool(dir, ring);
    for (const body of ['a', 'b']) await dead.append(text(body));
    await dead.close();
    const ofDead = await readdir(dir);
    const elsewhere = await openSpool(dir, ring);
    await elsewhere.append(text('c'));
    await elsewhere.close();
    const [other = ''] = (await readdir(dir)).filter((name) => !ofDead.includes(name));
    const ofElsewhere = join(dir, 'elsewhere-7-00000000-00000001.spool');
    await rename(join(dir, other), ofElsewhere);
    await dateNow(ofElsewhere);
    const spool = await openSpool(dir, ring);
    await spool.append(text('d'));
    const away = async (): Promise<void> => {
      throw new MongoNetworkError('away');
    };
    await spool.replay(away).catch(() => undefined);
    expect([spool.waiting(), spool.lying()]).to.deep.equal([1, 4]);
    expect(await spool.replay(none)).to.deep.equal({ ...nothing, taken: 3 });
    expect([spool.waiting(), spool.lying()], 'of another machine').to.deep.equal([0, 1]);
  });

  it('takes in its own where files of others cannot be read, and counts each of those as one text', async () => {
    const dir = scratch();
    // Nobody can read a folder as a file, root neither.
    for (const maker of [spoolName(process.pid, '00000000'), 'elsewhere-7-00000000']) {
      await mkdir(join(dir, `${maker}-00000001.spool`));
      await dateNow(join(dir, `${maker}-00000001.spool`));
    }
    await symlink('loop.spool', join(dir, 'loop.spool'));
    const spool = await openSpool(dir, ring);
    await spool.append(text('STOP'));
    const { why, ...counts } = await spool.replay(none);
    expect(counts).to.deep.equal({ ...nothing, taken: 1, kept: 1 });
    expect(why?.error).to.include({ code: 'EISDIR' });
    expect([spool.waiting(), spool.lying()]).to.deep.equal([0, 3]);
  });

  it('counts no texts whose file another process took away while it read them', async () => {
    const dir = scratch();
    const spool = await openSpool(dir, ring);
    await spool.append(text('a'));
    const take = async (): Promise<void> => {
      for (const name of await readdir(dir)) await rm(join(dir, name));
    };
    expect(await spool.replay(take)).to.deep.equal({ ...nothing, taken: 1 });
    expect(spool.waiting()).to.equal(0);
  });

  it('goes on with the next file where another process took the first away', async () => {
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
    expect([bodies, await readdir(dir)]).to.deep.equal([['a'], []]);
  });

  it('begins a new file where the last is so old that another process may take it', async () => {
    const dir = scratch();
    let clock = 0;
    const spool = await openSpool(dir, ring, () => clock);
    for (const at of [0, 59_999, 60_000, 60_001]) {
      clock = at;
      await spool.append(text(String(at)));
    }
    expect(await readdir(dir)).to.have.length(2);
    expect(await spool.replay(none)).to.deep.equal({ ...nothing, taken: 4 });
  });

  it('is known to be writable or not without a text, and the look leaves nothing behind', async () => {
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

  it('opens on a full disk, and names a folder that cannot be written, with what to do', async () => {
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

  it('is only writable where the longest text fits', async () => {
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

  it('takes in first what goes first in any file, and keeps what was refused alone', async () => {
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
    const isStop = ({ body }: InboundMessage): boolean => body.startsWith('STOP');
    const refusing = async ({ body }: InboundMessage): Promise<void> => {
      bodies.push(body);
      if (['b', 'STOP c'].includes(body)) throw new Error('refused');
    };
    const { why, ...counts } = await spool.replay(refusing, isStop);
    expect(counts).to.deep.equal({ taken: 3, kept: 2, torn: 0 });
    expect(why?.error).to.include({ message: 'refused' });
    // What goes first and is refused is tried with the rest once more.
    expect(bodies).to.deep.equal(['STOP a', 'STOP b', 'STOP c', 'a', 'b', 'STOP c']);
    expect([spool.waiting(), (await readdir(dir)).length]).to.deep.equal([2, 1]);
    expect(await spool.replay(none, isStop)).to.deep.equal({ taken: 2, kept: 0, torn: 0 });
    expect([spool.waiting(), await readdir(dir)]).to.deep.equal([0, []]);
  });

  it('takes in nothing twice where the database goes away after what goes first', async () => {
    const dir = scratch();
    const spool = await openSpool(dir, ring);
    for (const body of ['a', 'STOP']) await spool.append(text(body));
    const isStop = ({ body }: InboundMessage): boolean => body === 'STOP';
    const bodies: string[] = [];
    const leaving = async ({ body }: InboundMessage): Promise<void> => {
      bodies.push(body);
      if (body !== 'STOP') throw new MongoNetworkError('away');
    };
    await spool.replay(leaving, isStop).catch(() => undefined);
    expect([bodies, spool.waiting()]).to.deep.equal([['STOP', 'a'], 1]);
    expect(await spool.replay(none, isStop)).to.deep.equal({ ...nothing, taken: 1 });
  });

  it('loses no text that comes while it is taken in', async () => {
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
