import { expect } from 'chai';
import { catchUp } from '../../src/consent/inbound/catch-up.ts';
import { openSpool } from '../../src/consent/inbound/spool.ts';
import { replaySpool } from '../../src/consent/inbound/spool-replay.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { addressed } from '../../src/sending/inbound-sms.ts';
import type { ListedInbound } from '../../src/sending/twilio/message-list.ts';
import { MOST_UNTAKEN } from '../../src/store/consent/inbound-texts.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { contextOf, plant } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { scratchFolders } from '../support/scratch.ts';
import { newPerson, newSid, optOutOf, postText, textFields, withdrawals } from './inbound-posts.ts';

const AT_ONCE = 16;

describe('P4: many texts that came while nobody listened', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  const scratch = scratchFolders();
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    open = await contextOf(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const listed = (body: string, secondsAgo: number): ListedInbound => {
    const sentAt = new Date(Date.now() - secondsAgo * 1000);
    return { sid: newSid(), from: newPerson(), to: '28555', body, sentAt };
  };
  /** A context whose clock stands still, so that a wait for messages under way ends only when they have settled. */
  const context = (): OpenedContext['context'] => ({ ...open.context, monotonic: () => 0 });
  const look = (texts: ListedInbound[], by = context()): Promise<number> =>
    catchUp(
      by,
      async (number) => texts.filter(({ to }) => to === number),
      () => true,
    );
  /** A context that counts its reads: in all, and the most between two turns of the event loop. */
  const counting = (): { by: OpenedContext['context']; read: { all: number; longest: number } } => {
    const read = { all: 0, longest: 0 };
    let stretch = 0;
    const count = (): void => {
      if (stretch === 0) setImmediate(() => (stretch = 0));
      stretch += 1;
      read.all += 1;
      read.longest = Math.max(read.longest, stretch);
    };
    const current = (): ReturnType<OpenedContext['context']['catalog']['current']> => {
      const catalog = open.context.catalog.current();
      const vocabulary: typeof catalog.vocabulary = (to) => {
        count();
        return catalog.vocabulary(to);
      };
      return { ...catalog, vocabulary };
    };
    return { by: { ...context(), catalog: { ...open.context.catalog, current } }, read };
  };
  /** Replays a spool with one file for each of these lists of texts. */
  const replay = async (...files: ListedInbound[][]) => {
    const spool = await openSpool(scratch(), gateway.config.keyRing);
    for (const texts of files) {
      for (const { sid, from, to, body, sentAt: receivedAt } of texts) {
        const odd = { otherBodies: [], optOutType: null, form: {} };
        await spool.append({ sid, ...addressed(from, to), body, ...odd, receivedAt, door: 'webhook' });
      }
      await spool.close();
    }
    return replaySpool(context(), spool);
  };
  const underWay = async (person: string): Promise<DeliveryDoc> => {
    await gateway.text(person, 'HELP');
    return plant(open, person, 'An offer', { leaseUntil: new Date(Date.now() + 3_600_000) });
  };
  const settle = ({ _id }: DeliveryDoc) =>
    gateway.store.deliveries.updateOne({ _id }, { $set: { state: 'accepted' } });
  const isOut = async ({ from }: ListedInbound): Promise<boolean> => (await optOutOf(gateway, from)) !== null;

  it('do not wait for the person whose message is under way', async () => {
    const texts = [listed('STOP', 65), listed('STOP', 60)] as const;
    const row = await underWay(texts[0].from);
    const looking = look([...texts]);
    await until('the opt-out of the other person is recorded', () => isOut(texts[1]));
    await settle(row);
    expect(await looking).to.equal(2);
  });

  it('are processed once each, also when their webhook comes meanwhile', async () => {
    const texts = Array.from({ length: AT_ONCE + 1 }, (_, at) => listed('STOP', 90 - at));
    const [first, last] = [texts[0], texts.at(-1)];
    if (first === undefined || last === undefined) throw new Error('nobody texted');
    const row = await underWay(first.from);
    const looking = look(texts);
    await until('the opt-outs of the others are recorded', async () =>
      (await Promise.all(texts.slice(0, -1).map(isOut))).every(Boolean),
    );
    await postText(gateway, textFields(last.from, 'STOP', { MessageSid: last.sid }));
    await settle(row);
    expect(await looking).to.equal(AT_ONCE);
    expect(await withdrawals(gateway, last.from)).to.equal(1);
  });

  it('are processed with opt-outs first', async () => {
    const joins = Array.from({ length: AT_ONCE }, (_, at) => listed('JOIN', 90 - at));
    const stop = listed('STOP', 30);
    const row = await underWay(stop.from);
    const looking = look([...joins, stop]);
    await until('the opt-out is recorded', () => isOut(stop));
    expect(await gateway.store.inbound.countDocuments({ _id: joins.at(-1)?.sid ?? '' })).to.equal(0);
    await settle(row);
    expect(await looking).to.equal(AT_ONCE + 1);
  });

  it('are processed with opt-outs first that came to another number of ours', async () => {
    const stop = listed('STOP', 60);
    const style = { ...stop, ...listed('STYLE', 65), from: stop.from, to: '+15550100199' };
    expect(await look([style, stop])).to.equal(2);
    const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(stop.from) });
    expect(contact?.prompts, 'nothing was asked').to.deep.equal([]);
  });

  it('are not read again by the next search', async () => {
    const texts = [listed('STOP', 65), listed('JOIN', 60)];
    expect(await look(texts)).to.equal(texts.length);
    const { by, read } = counting();
    expect(await look(texts, by)).to.equal(0);
    expect(read.all).to.equal(0);
    expect(await look([...texts, listed('HELP', 50)], by)).to.equal(1);
    expect(read.all).to.be.greaterThan(0);
  });

  it('give others a turn while they are read', async () => {
    const { by, read } = counting();
    const indexOf = (): never => {
      throw new Error('it cannot be taken');
    };
    const texts = Array.from({ length: 3 * MOST_UNTAKEN }, () => listed('Hello', 60));
    const failed = await look(texts, { ...by, indexOf }).catch((error: unknown) => error);
    expect(failed).to.be.an('error');
    expect(read.all).to.be.greaterThan(texts.length);
    expect(read.longest).to.be.at.most(MOST_UNTAKEN);
  });

  it('do not wait in a spool for the person whose message is under way', async () => {
    const texts = [listed('STOP', 65), listed('STOP', 60)] as const;
    const row = await underWay(texts[0].from);
    const replaying = replay([...texts]);
    await until('the opt-out of the other person is recorded', () => isOut(texts[1]));
    await settle(row);
    expect(await replaying).to.deep.equal({ taken: 2, kept: 0, torn: 0 });
  });

  it('are processed from all spool files with opt-outs first', async () => {
    const [join, stop, other] = [listed('JOIN', 65), listed('STOP', 60), listed('STOP', 55)];
    const row = await underWay(stop.from);
    const replaying = replay([join, stop], [other]);
    await until('the opt-out is recorded', () => isOut(stop));
    expect(await gateway.store.inbound.countDocuments({ _id: join.sid })).to.equal(0);
    await settle(row);
    expect(await replaying).to.deep.equal({ taken: 3, kept: 0, torn: 0 });
    expect(await isOut(other)).to.equal(true);
  });
});
