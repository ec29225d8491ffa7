import { expect } from 'chai';
import { receive } from '../../src/consent/inbound/receive.ts';
import { settleAnswers } from '../../src/consent/inbound/unsaid.ts';
import type { OpenDesk } from '../../src/open-desk.ts';
import type { Cleared } from '../../src/sending/gate.ts';
import { expireFlags, recordLook } from '../../src/store/deliveries/look-ups.ts';
import { newPerson, newSid, optOutOf } from '../promises/inbound-posts.ts';
import { deskOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Its confirmation is left to the dispatcher, and no worker is up. */
const SPOOLED = { door: 'spool', ago: 40 * SECOND } as const;

describe('a STOP after one whose confirmation never left', () => {
  let gateway: Gateway;
  let open: OpenDesk;
  let later = 0;
  const now = (): Date => new Date(Date.now() + later);
  before(async () => {
    // No worker is up: what is left to the dispatcher stays there.
    gateway = await startGateway({ worker: false });
    open = await deskOf(gateway, now);
  });
  beforeEach(() => {
    later = 0;
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  type Door = 'webhook' | 'spool';
  type Way = { door?: Door; ago?: number; to?: string };
  const text = (
    from: string,
    body: string,
    { door = 'webhook', ago = 0, to = '28555' }: Way = {},
  ): Promise<Cleared[]> =>
    receive(open.desk, {
      ...{ sid: newSid(), from, to, body, receivedAt: new Date(now().getTime() - ago) },
      ...{ post: 'first', door, otherBodies: [], optOutType: null, form: { Body: body } },
    });
  const stop = async (from: string): Promise<Cleared[]> => text(from, 'STOP');
  const heard = (cleared: readonly Cleared[]): Promise<void> =>
    settleAnswers(
      open.desk,
      cleared.map(({ ref }) => ({ ...ref, result: 'accepted', carrierSid: null, at: now() })),
    );
  const idOf = ([cleared]: readonly Cleared[]): string => cleared?.ref.delivery ?? '';
  /** Whoever was saying it died. */
  async function expire(cleared: readonly Cleared[]): Promise<void> {
    const leaseUntil = new Date(Date.now() - MINUTE);
    await gateway.store.deliveries.updateOne({ _id: idOf(cleared) }, { $set: { leaseUntil } });
    await expireFlags(gateway.store, 0, now());
    const row = await gateway.store.deliveries.findOne({ _id: idOf(cleared) });
    expect(row?.state).to.equal('unknown');
  }
  async function findNoTrace(cleared: readonly Cleared[]): Promise<void> {
    const row = await gateway.store.deliveries.findOne({ _id: idOf(cleared) });
    if (row === null) throw new Error('its row is gone');
    await recordLook(gateway.store, row, { at: now(), epoch: row.epoch, found: 0 }, { kind: 'final' });
  }
  async function inDealsAndNews(): Promise<string> {
    const person = newPerson();
    for (const body of ['JOIN', 'YES', 'DEALS', 'NEWS']) await heard(await text(person, body));
    later = MINUTE;
    return person;
  }

  it('that lay in the spool and was too old when its turn came is confirmed, and none after it', async () => {
    const person = newPerson();
    expect(await text(person, 'STOP', SPOOLED)).to.deep.equal([]);
    expect((await optOutOf(gateway, person))?.source).not.to.contain('not confirmed');
    expect(await stop(person), 'the first may still be confirmed').to.deep.equal([]);
    later = 6 * MINUTE;
    const again = await stop(person);
    expect(again.map((one) => one.text).join()).to.contain('unsubscribed');
    await heard(again);
    later = 66 * MINUTE;
    expect(await stop(person)).to.deep.equal([]);
  });

  it('whose process died, and of which the carrier has no trace, is confirmed', async () => {
    const person = newPerson();
    const lost = await stop(person);
    await expire(lost);
    expect(await stop(person), 'the list of the carrier was not searched yet').to.deep.equal([]);
    await findNoTrace(lost);
    expect(await stop(person)).to.have.lengthOf(1);
  });

  it('is judged by what it opts out of: a part that was confirmed hears nothing', async () => {
    const person = await inDealsAndNews();
    expect(await text(person, 'STOP DEALS', SPOOLED)).to.deep.equal([]);
    await heard(await text(person, 'STOP NEWS'));
    later = 7 * MINUTE;
    expect(await text(person, 'STOP NEWS')).to.deep.equal([]);
    expect(await text(person, 'STOP DEALS')).to.have.lengthOf(1);
  });

  it('is confirmed also where another part was, and the person repeated it before anybody knew', async () => {
    const person = await inDealsAndNews();
    const lost = await text(person, 'STOP DEALS');
    await heard(await text(person, 'STOP NEWS'));
    expect(await text(person, 'STOP DEALS')).to.deep.equal([]);
    await expire(lost);
    await findNoTrace(lost);
    expect(await text(person, 'STOP DEALS')).to.have.lengthOf(1);
  });

  it('of another part is not its own: what was confirmed hears nothing, however often it is repeated', async () => {
    const person = await inDealsAndNews();
    await heard(await text(person, 'STOP NEWS'));
    await text(person, 'STOP DEALS', SPOOLED);
    later = 7 * MINUTE;
    expect(await text(person, 'STOP NEWS')).to.deep.equal([]);
    expect(await text(person, 'STOP NEWS')).to.deep.equal([]);
  });

  it('of another part that came before it and was taken in after it is not its own', async () => {
    const person = await inDealsAndNews();
    later = 10 * MINUTE;
    await heard(await text(person, 'STOP DEALS'));
    await text(person, 'STOP NEWS', { door: 'spool', ago: 6 * MINUTE });
    expect(await text(person, 'STOP DEALS')).to.deep.equal([]);
  });

  it('from before one that the carrier answered is not confirmed any more', async () => {
    const person = newPerson();
    await text(person, 'STOP', SPOOLED);
    later = 7 * MINUTE;
    for (const body of ['JOIN', 'YES']) await heard(await text(person, body));
    expect(await text(person, 'STOP', { to: '+15550100199' }), 'the carrier answers').to.deep.equal([]);
    expect(await stop(person)).to.deep.equal([]);
  });

  it('of everything is what a part that was closed with it was answered by', async () => {
    const person = await inDealsAndNews();
    const lost = await stop(person);
    expect(await text(person, 'STOP DEALS')).to.deep.equal([]);
    await expire(lost);
    await findNoTrace(lost);
    expect(await text(person, 'STOP DEALS')).to.have.lengthOf(1);
  });
});
