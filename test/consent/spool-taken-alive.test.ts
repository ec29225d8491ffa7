import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { MongoNetworkError } from 'mongodb';
import { addressed, type InboundMessage } from '../../src/consent/inbound/message.ts';
import { openSpool, type Spool } from '../../src/consent/inbound/spool.ts';
import type { KeyRing } from '../../src/store/sealing/keys.ts';
import { scratchFolders } from '../support/scratch.ts';

/** Containers of one host name see no process of each other, and take each other for dead. */
describe('a spool that a living process is taken for dead over', () => {
  const scratch = scratchFolders();
  const ring: KeyRing = { active: 'k1', keys: new Map([['k1', randomBytes(32)]]) };
  const text = (body: string): InboundMessage => {
    const sent = { sid: `SM-${body}`, ...addressed('+15551240000', '28555'), body };
    return { ...sent, otherBodies: [], optOutType: null, form: {}, receivedAt: new Date(), door: 'webhook' };
  };
  const both = async (): Promise<[Spool, Spool]> => {
    const dir = scratch();
    return [await openSpool(dir, ring), await openSpool(dir, ring)];
  };
  const bodiesOf = async (...spools: Spool[]): Promise<string[]> => {
    const bodies: string[] = [];
    for (const spool of spools) await spool.replay(async ({ body }) => bodies.push(body));
    return bodies;
  };

  it('keeps what is written while its file is taken in', async () => {
    const [living, other] = await both();
    await living.append(text('JOIN'));
    const more = [text('STOP')];
    await other.replay(async () => {
      const next = more.pop();
      if (next !== undefined) await living.append(next);
    });
    expect(await bodiesOf(other, living)).to.include('STOP');
    expect(living.waiting() + other.waiting()).to.equal(0);
  });

  it('keeps it also where that file got shorter meanwhile', async () => {
    const [living, other] = await both();
    const isStop = ({ body }: InboundMessage): boolean => body === 'STOP';
    await living.append(text('STOP'));
    await living.append(text('JOIN and a lot more'));
    const bodies: string[] = [];
    await other.replay(async ({ body }) => {
      bodies.push(body);
      if (bodies.length > 1) return;
      await living.append(text('NO'));
      const away = new MongoNetworkError('away');
      await living
        .replay(async (one) => (isStop(one) ? undefined : Promise.reject(away)), isStop)
        .catch(() => undefined);
    }, isStop);
    bodies.push(...(await bodiesOf(other, living)));
    expect(bodies).to.include('NO');
  });

  it('writes a line anew that came once its file was gone', async () => {
    const [living, other] = await both();
    await living.append(text('JOIN'));
    expect(await bodiesOf(other)).to.deep.equal(['JOIN']);
    await living.append(text('STOP'));
    expect(await bodiesOf(other, living)).to.deep.equal(['STOP']);
    expect(living.waiting()).to.equal(0);
  });
});
