import { expect } from 'chai';
import { MongoNetworkError } from 'mongodb';
import type { Desk } from '../../src/consent/desk.ts';
import type { InboundMessage } from '../../src/consent/inbound/message.ts';
import { receive } from '../../src/consent/inbound/receive.ts';
import { createTakeIn } from '../../src/consent/inbound/take-in.ts';
import type { Writer } from '../../src/consent/writer.ts';
import type { OpenDesk } from '../../src/open-desk.ts';
import { expireFlags } from '../../src/store/deliveries/look-ups.ts';
import { newPerson, newSid } from '../promises/inbound-posts.ts';
import { deskOf, plant, rowOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

describe('a text that went to the spool and was committed after all', () => {
  let gateway: Gateway;
  let open: OpenDesk;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
    open = await deskOf(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  const textOf = (from: string, body: string, over: Partial<InboundMessage> = {}): InboundMessage => {
    const odd = { post: 'first', otherBodies: [], optOutType: null, form: { Body: body } };
    const at = new Date();
    return { sid: newSid(), from, to: '28555', body, receivedAt: at, door: 'webhook', ...odd, ...over };
  };
  /** As `createTakeIn` takes it where the word that it is committed is lost. Resolves with what the spool has. */
  function unheard(text: InboundMessage): Promise<InboundMessage[]> {
    const submit: Writer['submit'] = async (work) => {
      await open.desk.writer.submit(work);
      throw new MongoNetworkError('the connection broke');
    };
    return spooledBy({ ...open.desk, writer: { ...open.desk.writer, submit } }, text);
  }
  async function spooledBy(desk: Desk, text: InboundMessage): Promise<InboundMessage[]> {
    const lines: InboundMessage[] = [];
    const append = async (line: InboundMessage) => void lines.push({ ...line, door: 'spool' });
    const spool = { append } as unknown as Parameters<typeof createTakeIn>[1];
    expect(await createTakeIn(desk, spool, () => undefined)(text)).to.deep.equal([]);
    return lines;
  }
  /** The same, where the answer was being flagged anew: that is written, and the word of it lost. */
  function unheardOfFlag(text: InboundMessage): Promise<InboundMessage[]> {
    let ahead = 0;
    const clock = { monotonic: () => performance.now() + ahead, now: () => new Date(Date.now() + ahead) };
    const submit: Writer['submit'] = async (work) => {
      const done = await open.desk.writer.submit(work);
      ahead += 4000;
      return done;
    };
    const { store, writer } = open.desk;
    const findOneAndUpdate = async (...args: Parameters<typeof store.deliveries.findOneAndUpdate>) => {
      await store.deliveries.findOneAndUpdate(...args);
      throw new MongoNetworkError('the connection broke');
    };
    const deliveries = Object.assign(Object.create(store.deliveries), { findOneAndUpdate });
    return spooledBy(
      { ...open.desk, ...clock, store: { ...store, deliveries }, writer: { ...writer, submit } },
      text,
    );
  }
  async function replay(lines: InboundMessage[]): Promise<void> {
    expect(lines).to.have.lengthOf(1);
    for (const line of lines) expect(await receive(open.desk, line)).to.deep.equal([]);
  }
  const stateOf = async ({ sid }: InboundMessage): Promise<unknown[]> => {
    const row = await gateway.store.deliveries.findOne({ 'answers.sid': sid });
    return [row?.state, row?.epoch, row?.open, row?.lookUpAt];
  };
  const PLANNED = ['planned', 1, true, undefined];

  for (const body of ['HELP', 'JOIN', 'STOP']) {
    it(`is answered by the dispatcher: ${body}`, async () => {
      const text = textOf(newPerson(), body);
      await replay(await unheard(text));
      expect(await stateOf(text)).to.deep.equal(PLANNED);
    });
  }

  it('is answered too where its answer was flagged anew, and nobody heard of that', async () => {
    const text = textOf(newPerson(), 'HELP');
    await replay(await unheardOfFlag(text));
    expect(await stateOf(text)).to.deep.equal(['planned', 2, true, undefined]);
  });

  it('is answered too where the sweep took its process for dead meanwhile', async () => {
    const text = textOf(newPerson(), 'HELP');
    const lines = await unheard(text);
    const long = { $set: { leaseUntil: new Date(Date.now() - 60_000) } };
    await gateway.store.deliveries.updateOne({ 'answers.sid': text.sid }, long);
    await expireFlags(gateway.store, 0, new Date());
    await replay(lines);
    expect(await stateOf(text)).to.deep.equal(PLANNED);
  });

  it('ends what its opt-out forbids, though the process never came to that', async () => {
    const person = newPerson();
    for (const body of ['JOIN', 'YES']) await gateway.text(person, body);
    const lines = await unheard(textOf(person, 'STOP'));
    const planned = await plant(open, person, 'Hello', { state: 'planned', rev: 1 });
    await replay(lines);
    expect(await rowOf(gateway.store, planned)).to.include({ state: 'canceled', error: 'opted out' });
  });

  it('waits, where it is a PAUSE, for an offer under way, though the process never came to that', async () => {
    const person = newPerson();
    for (const body of ['JOIN', 'YES']) await gateway.text(person, body);
    const text = textOf(person, 'PAUSE 30');
    const [line] = await unheard(text);
    const offer = await plant(open, person, 'Deals!', { owner: 'another', leaseUntil: new Date() });
    let looks = 0;
    let over = false;
    const monotonic = (): number => {
      looks += 1;
      return 0;
    };
    const replayed = receive({ ...open.desk, monotonic }, line as InboundMessage).finally(() => {
      over = true;
    });
    await until('it looks again and again', async () => over || looks > 4);
    expect(await stateOf(text)).to.deep.equal(['sending', 1, true, undefined]);
    const settled = { $set: { state: 'accepted' as const }, $unset: { open: '' as const } };
    await gateway.store.deliveries.updateOne({ _id: offer._id }, settled);
    await replayed;
    expect(await stateOf(text)).to.deep.equal(PLANNED);
  });

  it('asked nothing yet: a YES from before its question leaves does nothing', async () => {
    const person = newPerson();
    await replay(await unheard(textOf(person, 'JOIN')));
    await receive(open.desk, textOf(person, 'YES'));
    const contact = await gateway.store.contacts.findOne({ index: open.desk.indexOf(person) });
    expect(contact?.subscriptions.map((one) => one.state)).to.deep.equal(['pending']);
  });

  const STAYS: [what: string, then: (text: InboundMessage) => Promise<InboundMessage[]>, left: unknown[]][] =
    [
      [
        'another post of it, of the same millisecond, may have been answered',
        async (text) => {
          await receive(open.desk, text);
          return [{ ...text, post: 'second', door: 'spool' }];
        },
        ['sending', 1, true, undefined],
      ],
      [
        'it was posted again and has the first answer under a new epoch',
        async (text) => {
          const lines = await unheard(text);
          await receive(open.desk, { ...text, receivedAt: new Date() });
          return lines;
        },
        ['sending', 2, true, undefined],
      ],
      [
        'it was posted again after its answer was flagged anew',
        async (text) => {
          const lines = await unheardOfFlag(text);
          await receive(open.desk, { ...text, receivedAt: new Date() });
          return lines;
        },
        ['sending', 3, true, undefined],
      ],
      [
        'a dispatcher has it since another line of the spool',
        async (text) => {
          const line = { ...text, door: 'spool' as const };
          await receive(open.desk, line);
          const flagged = { $set: { state: 'sending' as const, owner: 'a dispatcher', epoch: 1 } };
          await gateway.store.deliveries.updateOne({ 'answers.sid': text.sid }, flagged);
          return [line];
        },
        ['sending', 1, true, undefined],
      ],
    ];
  for (const [what, then, left] of STAYS) {
    it(`is not answered once more where ${what}`, async () => {
      const text = textOf(newPerson(), 'HELP');
      await replay(await then(text));
      expect(await stateOf(text)).to.deep.equal(left);
    });
  }
});
