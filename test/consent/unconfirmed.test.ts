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
  const text = (from: string, body: string, door: Door = 'webhook', ago = 0): Promise<Cleared[]> =>
    receive(open.desk, {
      ...{ sid: newSid(), from, to: '28555', body, receivedAt: new Date(now().getTime() - ago) },
      ...{ door, otherBodies: [], optOutType: null, form: { Body: body } },
    });
  const stop = async (from: string): Promise<Cleared[]> => text(from, 'STOP');
  const heard = (cleared: readonly Cleared[]): Promise<void> =>
    settleAnswers(
      open.desk,
      cleared.map(({ ref }) => ({ ...ref, result: 'accepted', carrierSid: null, at: now() })),
    );

  it('that lay in the spool and was too old when its turn came is confirmed, and none after it', async () => {
    const person = newPerson();
    expect(await text(person, 'STOP', 'spool', 40 * SECOND)).to.deep.equal([]);
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
    const [lost] = await stop(person);
    const id = lost?.ref.delivery ?? '';
    const leaseUntil = new Date(Date.now() - MINUTE);
    await gateway.store.deliveries.updateOne({ _id: id }, { $set: { leaseUntil } });
    expect(await expireFlags(gateway.store, 0, now())).to.equal(1);
    expect(await stop(person), 'the list of the carrier was not searched yet').to.deep.equal([]);
    const row = await gateway.store.deliveries.findOne({ _id: id });
    if (row === null) throw new Error('its row is gone');
    const look = { at: now(), epoch: row.epoch, found: 0 };
    await recordLook(gateway.store, row, look, { kind: 'final' });
    expect(await stop(person)).to.have.lengthOf(1);
  });

  it('is judged by what it opts out of: a part that was confirmed hears nothing', async () => {
    const person = newPerson();
    for (const body of ['JOIN', 'YES', 'DEALS', 'NEWS']) await heard(await text(person, body));
    later = MINUTE;
    expect(await text(person, 'STOP DEALS', 'spool', 40 * SECOND)).to.deep.equal([]);
    await heard(await text(person, 'STOP NEWS'));
    later = 7 * MINUTE;
    expect(await text(person, 'STOP NEWS')).to.deep.equal([]);
    expect(await text(person, 'STOP DEALS')).to.have.lengthOf(1);
  });
});
