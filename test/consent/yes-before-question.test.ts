import { expect } from 'chai';
import type { Desk } from '../../src/consent/desk.ts';
import type { InboundMessage } from '../../src/consent/inbound/message.ts';
import { receive } from '../../src/consent/inbound/receive.ts';
import { createWriter, type Writer } from '../../src/consent/writer.ts';
import type { OpenDesk } from '../../src/open-desk.ts';
import type { Cleared } from '../../src/sending/gate.ts';
import { expireFlags } from '../../src/store/deliveries/look-ups.ts';
import { newPerson, newSid } from '../promises/inbound-posts.ts';
import { deskOf } from '../receipts/rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

describe('a YES from before its question was said', () => {
  let gateway: Gateway;
  let open: OpenDesk;
  let ahead = 0;
  before(async () => {
    gateway = await startGateway({ worker: false });
    open = await deskOf(gateway);
  });
  beforeEach(() => {
    ahead = 0;
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  /** A process of its own, by the clock of this test, which is `ms` on once a text is written; `then` happens meanwhile. */
  function processOf(
    ms = 0,
    then: () => Promise<unknown> = async () => undefined,
    now = () => new Date(Date.now() + ahead),
  ): Desk {
    const monotonic = () => performance.now() + ahead;
    const writer = createWriter({ store: open.desk.store, ring: open.desk.ring, now, monotonic });
    const submit: Writer['submit'] = async (work) => {
      const done = await writer.submit(work);
      ahead += ms;
      await then();
      return done;
    };
    return { ...open.desk, now, monotonic, writer: { ...writer, submit } };
  }

  /** The same, where this happens just before the answer is flagged anew. */
  function beforeFlag(desk: Desk, then: () => Promise<unknown>): Desk {
    const { deliveries } = desk.store;
    const findOneAndUpdate = async (...args: Parameters<typeof deliveries.findOneAndUpdate>) => {
      await then();
      return deliveries.findOneAndUpdate(...args);
    };
    const slow = Object.assign(Object.create(deliveries), { findOneAndUpdate });
    return { ...desk, store: { ...desk.store, deliveries: slow } };
  }

  /** `after`: how long after now it came, ms. */
  const textOf = (from: string, body: string, after = 0): InboundMessage => {
    const odd = { post: 'first', otherBodies: [], optOutType: null, form: { Body: body } };
    const receivedAt = new Date(Date.now() + ahead + after);
    return { sid: newSid(), from, to: '28555', body, receivedAt, door: 'webhook', ...odd };
  };
  async function say(cleared: Cleared[]): Promise<string[]> {
    const going = cleared.filter((one) => one.takeTurn());
    const sent = { result: 'accepted' as const, carrierSid: null, at: new Date(Date.now() + ahead) };
    await open.desk.settler.record(going.map(({ ref }) => ({ ...ref, ...sent })));
    return going.map(({ text }) => text);
  }
  const stateOf = async (person: string): Promise<string[] | undefined> =>
    (await gateway.store.contacts.findOne({ index: open.desk.indexOf(person) }))?.subscriptions.map(
      (one) => one.state,
    );

  /** The question is put all the same, and what answers it from then on counts. */
  async function isAskedAll(person: string, said: string[]): Promise<void> {
    expect(said).to.have.lengthOf(1);
    expect(said[0]).to.match(/reply YES/i);
    expect(await stateOf(person)).to.deep.equal(['pending']);
    const [welcome] = await say(await receive(processOf(), textOf(person, 'YES', 1)));
    expect(welcome).to.contain('joined Fernway Deals');
  }

  it('is no consent where it is worked on while the answer is being flagged anew', async () => {
    const person = newPerson();
    const yes = textOf(person, 'YES', 1000);
    const desk = beforeFlag(processOf(4000), () => receive(open.desk, yes));
    await isAskedAll(person, await say(await receive(desk, textOf(person, 'JOIN'))));
  });

  it('is no consent where another process works on it as soon as the question can be read', async () => {
    const person = newPerson();
    const yes = textOf(person, 'YES', 1000);
    const desk = processOf(4000, () => receive(processOf(), yes));
    await isAskedAll(person, await say(await receive(desk, textOf(person, 'JOIN'))));
  });

  it('is none where it is worked on in the very millisecond in which it came', async () => {
    const person = newPerson();
    const desk = processOf(4000, async () => {
      const yes = textOf(person, 'YES');
      await receive(
        processOf(0, undefined, () => yes.receivedAt),
        yes,
      );
    });
    await isAskedAll(person, await say(await receive(desk, textOf(person, 'JOIN'))));
  });

  it('is none where the sweep has taken the process of the question for dead by then', async () => {
    const person = newPerson();
    const join = textOf(person, 'JOIN');
    const yes = textOf(person, 'YES', 1000);
    const desk = processOf(4000, async () => {
      await gateway.store.deliveries.updateOne(
        { 'answers.sid': join.sid },
        { $set: { leaseUntil: new Date(0) } },
      );
      await expireFlags(open.desk.store, 0, new Date());
      await receive(processOf(), yes);
    });
    const said = await say(await receive(desk, join));
    expect(said).to.have.lengthOf(1);
    expect(await stateOf(person)).to.deep.equal(['pending']);
  });

  it('is none where the question is left to the dispatcher', async () => {
    const person = newPerson();
    const yes = textOf(person, 'YES', 1000);
    const desk = processOf(7000, () => receive(processOf(), yes));
    expect(await receive(desk, textOf(person, 'JOIN'))).to.deep.equal([]);
    expect(await stateOf(person)).to.deep.equal(['pending']);
  });

  it('is consent where the question had been said, however soon it came', async () => {
    const person = newPerson();
    await say(await receive(processOf(), textOf(person, 'JOIN')));
    ahead = 2000;
    expect(await say(await receive(processOf(), textOf(person, 'YES')))).to.have.lengthOf(1);
    expect(await stateOf(person)).to.deep.equal(['subscribed']);
  });

  it('is told by when the question was written, once it can only have been said or lost', async () => {
    const person = newPerson();
    await receive(processOf(), textOf(person, 'JOIN'));
    ahead = 11_000;
    await receive(processOf(), textOf(person, 'YES'));
    expect(await stateOf(person)).to.deep.equal(['subscribed']);
  });
});
