import { expect } from 'chai';
import { recordAndReply } from '../../src/consent/inbound/handle-inbound.ts';
import { ANSWER_SEARCHES } from '../../src/domain/sending/unknown-outcome.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { addressed } from '../../src/sending/inbound-sms.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { expireClaims, recordSearch } from '../../src/store/deliveries/unknown-outcomes.ts';
import { newPerson, optOutOf } from '../promises/inbound-posts.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { claim, leave, repliesTo, textOf } from './inbound-texts.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The text came from the spool. */
const SPOOLED = { door: 'spool', ago: 40 * SECOND } as const;

describe('the confirmation of a repeated STOP', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let later = 0;
  const now = (): Date => new Date(Date.now() + later);
  before(async () => {
    // No worker is up: what is left to the dispatcher stays there.
    gateway = await startGateway({ worker: false });
    open = await contextOf(gateway, now);
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
  /** Takes a text in, and resolves with the replies to it that may leave. */
  const text = async (
    from: string,
    body: string,
    { door = 'webhook', ago = 0, to = '28555' }: Way = {},
  ): Promise<DeliveryDoc[]> => {
    const receivedAt = new Date(now().getTime() - ago);
    const inboundSms = textOf(from, body, { ...addressed(from, to), receivedAt, door });
    await recordAndReply(open.context, inboundSms);
    return (await repliesTo(open.context, inboundSms)).filter(({ state }) => state === 'planned');
  };
  const stop = async (from: string): Promise<DeliveryDoc[]> => text(from, 'STOP');
  const heard = async (replies: readonly DeliveryDoc[]): Promise<void> => {
    for (const row of replies) await leave(open.context, await claim(open.context, row), now());
  };
  const idOf = ([row]: readonly DeliveryDoc[]): string => row?._id ?? '';
  /** A worker claimed it and died. */
  async function expire(replies: readonly DeliveryDoc[]): Promise<void> {
    for (const row of replies) await claim(open.context, row);
    const leaseUntil = new Date(Date.now() - MINUTE);
    await gateway.store.deliveries.updateOne({ _id: idOf(replies) }, { $set: { leaseUntil } });
    const at = now();
    await expireClaims(gateway.store, 0, at);
    const row = await gateway.store.deliveries.findOne({ _id: idOf(replies) });
    const lookUpAt = new Date(at.getTime() + ANSWER_SEARCHES.first);
    expect([row?.state, row?.lookUpAt]).to.deep.equal(['unknown', lookUpAt]);
  }
  async function findNoTrace(replies: readonly DeliveryDoc[]): Promise<void> {
    const row = await gateway.store.deliveries.findOne({ _id: idOf(replies) });
    if (row === null) throw new Error('its row is gone');
    await recordSearch(gateway.store, row, { at: now(), epoch: row.epoch, found: 0 }, { kind: 'final' });
  }
  async function inDealsAndNews(): Promise<string> {
    const person = newPerson();
    for (const body of ['JOIN', 'YES', 'DEALS', 'NEWS']) await heard(await text(person, body));
    later = MINUTE;
    return person;
  }

  it('is sent when the first one did not leave for five minutes, and never again', async () => {
    const person = newPerson();
    expect(await text(person, 'STOP', SPOOLED)).to.have.lengthOf(1);
    expect((await optOutOf(gateway, person))?.source).not.to.contain('not confirmed');
    expect(await stop(person), 'the first may still be confirmed').to.deep.equal([]);
    later = 6 * MINUTE;
    const again = await stop(person);
    expect(again.map(({ class: of }) => of)).to.deep.equal(['opt-out-confirmation']);
    await heard(again);
    later = 66 * MINUTE;
    expect(await stop(person)).to.deep.equal([]);
  });

  it('is sent when the first STOP was too old when it came from the spool, and never again', async () => {
    const person = newPerson();
    expect(await text(person, 'STOP', { door: 'spool', ago: 6 * MINUTE })).to.deep.equal([]);
    const again = await stop(person);
    expect(again.map(({ class: of }) => of)).to.deep.equal(['opt-out-confirmation']);
    await heard(again);
    later = 6 * MINUTE;
    expect(await stop(person)).to.deep.equal([]);
  });

  it('is sent when the process of the first died and the carrier has no trace of it', async () => {
    const person = newPerson();
    const lost = await stop(person);
    await expire(lost);
    expect(await stop(person), 'the list of the carrier was not searched yet').to.deep.equal([]);
    await findNoTrace(lost);
    expect(await stop(person)).to.have.lengthOf(1);
  });

  it('depends on what the STOP ends: a part that was confirmed gets none', async () => {
    const person = await inDealsAndNews();
    expect(await text(person, 'STOP DEALS', SPOOLED)).to.have.lengthOf(1);
    await heard(await text(person, 'STOP NEWS'));
    later = 7 * MINUTE;
    expect(await text(person, 'STOP NEWS')).to.deep.equal([]);
    expect(await text(person, 'STOP DEALS')).to.have.lengthOf(1);
  });

  it('is sent for a part whose first confirmation was lost, though another part was confirmed meanwhile', async () => {
    const person = await inDealsAndNews();
    const lost = await text(person, 'STOP DEALS');
    await heard(await text(person, 'STOP NEWS'));
    expect(await text(person, 'STOP DEALS')).to.deep.equal([]);
    await expire(lost);
    await findNoTrace(lost);
    expect(await text(person, 'STOP DEALS')).to.have.lengthOf(1);
  });

  it("is not sent for a part that was confirmed, while another part's STOP waits unconfirmed", async () => {
    const person = await inDealsAndNews();
    await heard(await text(person, 'STOP NEWS'));
    await text(person, 'STOP DEALS', SPOOLED);
    later = 7 * MINUTE;
    expect(await text(person, 'STOP NEWS')).to.deep.equal([]);
    expect(await text(person, 'STOP NEWS')).to.deep.equal([]);
  });

  it("is not sent for a part after another part's STOP from the spool that came earlier", async () => {
    const person = await inDealsAndNews();
    later = 10 * MINUTE;
    await heard(await text(person, 'STOP DEALS'));
    await text(person, 'STOP NEWS', { door: 'spool', ago: 6 * MINUTE });
    expect(await text(person, 'STOP DEALS')).to.deep.equal([]);
  });

  it('is not sent after the carrier answered, for a STOP from before', async () => {
    const person = newPerson();
    await text(person, 'STOP', SPOOLED);
    later = 7 * MINUTE;
    for (const body of ['JOIN', 'YES']) await heard(await text(person, body));
    expect(await text(person, 'STOP', { to: '+15550100199' }), 'the carrier answers').to.deep.equal([]);
    expect(await stop(person)).to.deep.equal([]);
  });

  it('is that of STOP for a part that was ended with everything', async () => {
    const person = await inDealsAndNews();
    const lost = await stop(person);
    expect(await text(person, 'STOP DEALS')).to.deep.equal([]);
    await expire(lost);
    await findNoTrace(lost);
    expect(await text(person, 'STOP DEALS')).to.have.lengthOf(1);
  });
});
