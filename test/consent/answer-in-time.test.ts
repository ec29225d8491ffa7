import { expect } from 'chai';
import type { Desk } from '../../src/consent/desk.ts';
import type { InboundMessage } from '../../src/consent/inbound/message.ts';
import { receive } from '../../src/consent/inbound/receive.ts';
import { settleAnswers } from '../../src/consent/inbound/unsaid.ts';
import { createWriter, type Writer } from '../../src/consent/writer.ts';
import type { OpenDesk } from '../../src/open-desk.ts';
import type { Cleared } from '../../src/sending/gate.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/deliveries.ts';
import { expireFlags } from '../../src/store/deliveries/look-ups.ts';
import { newPerson, newSid, optOutOf } from '../promises/inbound-posts.ts';
import { deskOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

describe('the answer to a text whose transaction took long', () => {
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

  /** A desk whose clocks are `ms` on once a text is written; `then` happens meanwhile. */
  function slowDesk(ms: number, then: () => Promise<unknown> = async () => undefined): Desk {
    const monotonic = () => performance.now() + ahead;
    const now = () => new Date(Date.now() + ahead);
    const writer = createWriter({ store: open.desk.store, ring: open.desk.ring, now, monotonic });
    const submit: Writer['submit'] = async (work) => {
      const done = await writer.submit(work);
      ahead += ms;
      await then();
      return done;
    };
    return { ...open.desk, now, monotonic, writer: { ...writer, submit } };
  }

  /** The same, where to flag the answer anew takes `flagMs`. */
  function slowerDesk(ms: number, flagMs: number): Desk {
    const desk = slowDesk(ms);
    const { deliveries } = desk.store;
    const findOneAndUpdate = async (...args: Parameters<typeof deliveries.findOneAndUpdate>) => {
      const row = await deliveries.findOneAndUpdate(...args);
      ahead += flagMs;
      return row;
    };
    const slow = Object.assign(Object.create(deliveries), { findOneAndUpdate });
    return { ...desk, store: { ...desk.store, deliveries: slow } };
  }

  const textOf = (from: string, body: string): InboundMessage => {
    const odd = { post: 'first', otherBodies: [], optOutType: null, form: { Body: body } };
    const receivedAt = new Date(Date.now() + ahead);
    return { sid: newSid(), from, to: '28555', body, receivedAt, door: 'webhook', ...odd };
  };
  /** What the HTTP answer would say, and that it left. */
  async function say(cleared: Cleared[]): Promise<string[]> {
    const going = cleared.filter((one) => one.takeTurn());
    const sent = { result: 'accepted' as const, carrierSid: null, at: new Date() };
    await open.desk.settler.record(going.map(({ ref }) => ({ ...ref, ...sent })));
    return going.map(({ text }) => text);
  }
  const rows = (text: InboundMessage): Promise<DeliveryDoc[]> =>
    gateway.store.deliveries.find({ 'answers.sid': text.sid }).toArray();
  const statesOf = async (text: InboundMessage): Promise<[string, number][]> =>
    (await rows(text)).map(({ state, epoch }) => [state, epoch]);

  /** When the question of whoever wrote it left. */
  const askedAt = async (text: InboundMessage): Promise<Date | null | undefined> => {
    const index = open.desk.indexOf(text.from);
    return (await gateway.store.contacts.findOne({ index }))?.prompts[0]?.handedOverAt;
  };

  const asked: [body: string, words: RegExp][] = [
    ['HELP', /Fernway/],
    ['JOIN', /reply YES/i],
    ['STOP', /unsubscribed/],
  ];
  for (const [body, words] of asked) {
    it(`of four seconds is given all the same, once: ${body}`, async () => {
      const text = textOf(newPerson(), body);
      const said = await say(await receive(slowDesk(4000), text));
      expect(said).to.have.lengthOf(1);
      expect(said[0]).to.match(words);
      expect(await statesOf(text)).to.deep.equal([['accepted', 2]]);
    });

    it(`of seven seconds is left to the dispatcher: ${body}`, async () => {
      const text = textOf(newPerson(), body);
      expect(await receive(slowDesk(7000), text)).to.deep.equal([]);
      expect(await statesOf(text)).to.deep.equal([['planned', 1]]);
      expect((await rows(text))[0]).to.include({ open: true, owner: null });
    });

    it(`of four seconds is left to the dispatcher where its new flag took as long: ${body}`, async () => {
      const text = textOf(newPerson(), body);
      expect(await receive(slowerDesk(4000, 3500), text)).to.deep.equal([]);
      expect(await statesOf(text)).to.deep.equal([['planned', 2]]);
      expect((await rows(text))[0]).to.include({ open: true, owner: null });
      expect(await askedAt(text)).to.be.oneOf([null, undefined]);
    });

    it(`of four seconds is left to the dispatcher where its process stood still after that: ${body}`, async () => {
      const text = textOf(newPerson(), body);
      const [one] = await receive(slowDesk(4000), text);
      ahead += 3500;
      expect(one?.takeTurn()).to.equal(false);
      const late = { result: 'late' as const, why: 'the deadline had passed' };
      await settleAnswers(open.desk, one === undefined ? [] : [{ ...one.ref, ...late }]);
      expect(await statesOf(text)).to.deep.equal([['planned', 2]]);
      expect(await askedAt(text)).to.be.oneOf([null, undefined]);
    });

    it(`of a moment is the one that was cleared with it: ${body}`, async () => {
      const text = textOf(newPerson(), body);
      expect(await say(await receive(slowDesk(0), text))).to.have.lengthOf(1);
      expect(await statesOf(text)).to.deep.equal([['accepted', 1]]);
    });
  }

  it('is a question whose YES counts', async () => {
    const person = newPerson();
    expect(await say(await receive(slowDesk(4000), textOf(person, 'JOIN')))).to.have.lengthOf(1);
    const [welcome] = await say(await receive(open.desk, textOf(person, 'YES')));
    expect(welcome).to.contain('joined Fernway Deals');
  });

  for (const [ms, after] of [
    [4000, 2000],
    [1500, 700],
  ] as const) {
    it(`of ${ms} ms is a question that is asked when it leaves: a YES of ${after} ms after its JOIN counts for nothing`, async () => {
      const person = newPerson();
      const join = textOf(person, 'JOIN');
      const yes = { ...textOf(person, 'YES'), receivedAt: new Date(join.receivedAt.getTime() + after) };
      expect(await say(await receive(slowDesk(ms), join))).to.have.lengthOf(1);
      await receive(open.desk, yes);
      const stateOf = async () => {
        const contact = await gateway.store.contacts.findOne({ index: open.desk.indexOf(person) });
        return contact?.subscriptions.map((one) => one.state);
      };
      expect(await stateOf()).to.deep.equal(['pending']);
      const [welcome] = await say(await receive(open.desk, textOf(person, 'YES')));
      expect(welcome).to.contain('joined Fernway Deals');
    });
  }

  it('is no question yet where the dispatcher is to ask it: a YES from before counts for nothing', async () => {
    const person = newPerson();
    expect(await receive(slowerDesk(4000, 3500), textOf(person, 'JOIN'))).to.deep.equal([]);
    await receive(open.desk, textOf(person, 'YES'));
    const contact = await gateway.store.contacts.findOne({ index: open.desk.indexOf(person) });
    expect(contact?.subscriptions.map((one) => one.state)).to.deep.equal(['pending']);
  });

  it('is given to the next STOP, where the dispatcher came too late to confirm the first', async () => {
    const person = newPerson();
    expect(await receive(slowerDesk(4000, 3500), textOf(person, 'STOP'))).to.deep.equal([]);
    ahead += 6 * 60_000;
    expect(await say(await receive(slowDesk(0), textOf(person, 'STOP')))).to.have.lengthOf(1);
  });

  it('is given to the next STOP, where nobody knows what became of it and the carrier has no trace', async () => {
    const person = newPerson();
    const text = textOf(person, 'STOP');
    await receive(slowDesk(4000), text);
    const look = { at: new Date(), epoch: 2, found: 0 };
    const lost = {
      $set: { state: 'unknown' as const, lookups: [look, look] },
      $unset: { open: '' as const },
    };
    await gateway.store.deliveries.updateOne({ 'answers.sid': text.sid }, lost);
    expect(await say(await receive(open.desk, textOf(person, 'STOP')))).to.have.lengthOf(1);
  });

  it('is left to the dispatcher where the sweep takes its process for dead just as it is flagged anew', async () => {
    const text = textOf(newPerson(), 'HELP');
    const desk = slowDesk(4000);
    const { deliveries } = desk.store;
    const findOneAndUpdate = async (...args: Parameters<typeof deliveries.findOneAndUpdate>) => {
      await deliveries.updateOne({ 'answers.sid': text.sid }, { $set: { leaseUntil: new Date(0) } });
      await expireFlags(open.desk.store, 0, new Date());
      return deliveries.findOneAndUpdate(...args);
    };
    const swept = Object.assign(Object.create(deliveries), { findOneAndUpdate });
    expect(await receive({ ...desk, store: { ...desk.store, deliveries: swept } }, text)).to.deep.equal([]);
    expect(await statesOf(text)).to.deep.equal([['planned', 1]]);
  });

  it('is not given after a STOP that came meanwhile, and ends as what it is', async () => {
    const person = newPerson();
    const text = textOf(person, 'JOIN');
    let stopped: Promise<Cleared[]> | null = null;
    const desk = slowDesk(4000, () => {
      stopped = receive(open.desk, textOf(person, 'STOP'));
      return until('the opt-out', async () => (await optOutOf(gateway, person)) !== null);
    });
    expect(await receive(desk, text)).to.deep.equal([]);
    expect(await stopped).to.have.lengthOf(1);
    const [row] = await rows(text);
    expect([row?.state, row?.decision?.reasons, row?.open]).to.deep.equal([
      'skipped',
      ['prompt-closed'],
      undefined,
    ]);
  });

  it('ends where the number changed hands meanwhile, though its words cannot be opened any more', async () => {
    const text = textOf(newPerson(), 'HELP');
    const desk = slowDesk(4000, async () => {
      const [row] = await rows(text);
      await gateway.store.contacts.updateOne({ _id: row?.contact ?? '' }, { $set: { current: false } });
      await gateway.store.deliveries.updateOne(
        { _id: row?._id ?? '' },
        { $set: { sealed: Buffer.alloc(64) } },
      );
    });
    expect(await receive(desk, text)).to.deep.equal([]);
    const [row] = await rows(text);
    expect([row?.state, row?.decision?.reasons]).to.deep.equal(['skipped', ['number-changed']]);
  });

  it('is not given again on what a primary shows from before the text, as one that was elected just now may', async () => {
    const text = textOf(newPerson(), 'STOP');
    expect(await say(await receive(slowDesk(0), text))).to.have.lengthOf(1);
    await gateway.store.inbound.updateOne({ _id: text.sid }, { $inc: { rev: 1 } });
    const again = receive(open.desk, text).then(
      () => 'answered',
      ({ name }: Error) => name,
    );
    expect(await again).to.equal('StaleRead');
  });

  it('is given once where the text was posted again meanwhile', async () => {
    const text = textOf(newPerson(), 'HELP');
    const said: string[] = [];
    const again = async () => said.push(...(await say(await receive(open.desk, text))));
    said.push(...(await say(await receive(slowDesk(4000, again), text))));
    expect(said).to.have.lengthOf(1);
    expect(await statesOf(text)).to.deep.equal([['accepted', 2]]);
  });
});
