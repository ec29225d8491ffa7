import { randomBytes } from 'node:crypto';
import { open, readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { MongoNetworkError } from 'mongodb';
import { openSpool } from '../../src/consent/inbound/spool.ts';
import { addressed, type InboundSms } from '../../src/sending/inbound-sms.ts';
import type { KeyRing } from '../../src/store/sealing/keys.ts';
import { scratchFolders } from '../support/scratch.ts';

describe('a spool file that is rewritten without its urgent texts', () => {
  const scratch = scratchFolders();
  const ring: KeyRing = { active: 'k1', keys: new Map([['k1', randomBytes(32)]]) };
  /** A folder with one file, of a process that is gone. */
  const left = async (...bodies: string[]): Promise<string> => {
    const dir = scratch();
    const dead = await openSpool(dir, ring);
    for (const body of bodies) {
      const sent = { sid: `SM-${body}`, ...addressed('+15551240000', '28555'), body };
      const odd = { otherBodies: [], optOutType: null, form: {} };
      await dead.append({ ...sent, ...odd, receivedAt: new Date(), door: 'webhook' });
    }
    await dead.close();
    return dir;
  };
  const isStop = ({ body }: InboundSms): boolean => body === 'STOP';

  /** Each call of one method of open files first waits for its entry in `waits`. Later calls do not wait. */
  const holdCalls = async (
    dir: string,
    method: 'writeFile' | 'datasync',
    waits: (() => Promise<unknown>)[],
  ): Promise<() => void> => {
    const folder = await open(dir, 'r');
    await folder.close();
    const handles = Object.getPrototypeOf(folder);
    const whole = handles[method];
    handles[method] = async function held(...given: unknown[]) {
      await waits.shift()?.();
      return whole.apply(this, given);
    };
    return () => {
      handles[method] = whole;
    };
  };

  it('is processed whole on a full disk, which allows no rewriting', async () => {
    const dir = await left('STOP', 'a', 'b');
    const spool = await openSpool(dir, ring);
    const full = async () => {
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC', syscall: 'write' });
    };
    const free = await holdCalls(dir, 'writeFile', [full, full]);
    const bodies: string[] = [];
    const replayed = await spool.replay(async ({ body }) => bodies.push(body), isStop).finally(free);
    expect(new Set(bodies)).to.have.all.keys('STOP', 'a', 'b');
    expect(replayed.kept).to.equal(0);
    expect(await readdir(dir)).to.deep.equal([]);
  });

  it('is removed when it has no lines', async () => {
    const dir = await left('STOP');
    const [page = ''] = await readdir(dir);
    await truncate(join(dir, page));
    const spool = await openSpool(dir, ring);
    expect(await spool.replay(async () => undefined)).to.deep.equal({ taken: 0, kept: 0, torn: 0 });
    expect(await readdir(dir)).to.deep.equal([]);
  });

  it('is continued after the database went away during the rewriting', async () => {
    const dir = await left('STOP', 'a');
    const spool = await openSpool(dir, ring);
    const leaving = async (message: InboundSms): Promise<void> => {
      if (!isStop(message)) throw new MongoNetworkError('away');
    };
    await spool.replay(leaving, isStop).catch(() => undefined);
    const rest = await spool.replay(async () => undefined, isStop);
    expect(rest).to.deep.equal({ taken: 1, kept: 0, torn: 0 });
  });
});
