import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import type { AppContext } from '../../src/consent/app-context.ts';
import { recordAndReply } from '../../src/consent/inbound/handle-inbound.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { DRAIN_LIMIT_MS } from '../../src/sending/cancel-and-drain.ts';
import { addressed, type InboundSms } from '../../src/sending/inbound-sms.ts';
import { expireClaims } from '../../src/store/deliveries/unknown-outcomes.ts';
import { newPerson } from '../promises/inbound-posts.ts';
import { contextOf } from '../receipts/rows.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { claim, leave, leaveAll, repliesTo, replyTo, stillClock, textOf } from './inbound-texts.ts';

/** The ledger entry of a YES that came before its prompt. */
const TOO_EARLY = { kind: 'ineffective', reason: 'older than its prompt' };

describe('a YES that comes near the hand-over of its prompt', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  before(async () => {
    const programs = PROGRAMS.map((program) =>
      program.id === 'stylist' ? { ...program, minimumAge: 21 } : program,
    );
    gateway = await startGateway({ worker: false, programs });
    open = await contextOf(gateway);
  });
  after(async () => {
    await open.close();
    await gateway.stop();
  });

  /** A JOIN whose question is planned. */
  const join = async (from: string): Promise<InboundSms> => {
    const text = textOf(from, 'JOIN');
    await recordAndReply(open.context, text);
    return text;
  };
  const claimed = async (from: string) => claim(open.context, await replyTo(open.context, await join(from)));

  const contactOf = async (number: string) => {
    const contact = await gateway.store.contacts.findOne({ index: open.context.indexOf(number) });
    if (contact === null) throw new Error('nobody has this number');
    return contact;
  };
  const stateOf = async (number: string): Promise<string[]> =>
    (await contactOf(number)).subscriptions.map(({ state }) => state);
  /** The newest entry of the ledger. */
  const newestOf = async (number: string) => {
    const { _id } = await contactOf(number);
    const entry = await gateway.store.consentEvents.findOne({ contact: _id }, { sort: { seq: -1 } });
    return { kind: entry?.kind, reason: entry?.reason };
  };
  /** A YES from after the question left counts: the question is still open. */
  const isStillAsked = async (number: string): Promise<void> => {
    await recordAndReply(open.context, textOf(number, 'YES'));
    expect(await stateOf(number)).to.deep.equal(['subscribed']);
  };

  /** Receives a text with a clock that stands still, so that a wait lasts until the test sets the clock. */
  function receiving(text: InboundSms, by: AppContext = open.context) {
    const clock = stillClock();
    let over = false;
    const done = recordAndReply({ ...by, monotonic: clock.monotonic }, text).finally(() => {
      over = true;
    });
    const waits = async (): Promise<void> => {
      const { looks } = clock;
      await until(
        'the YES has looked four times for the hand-over of its prompt',
        async () => over || clock.looks > looks + 4,
      );
      expect(over, 'it waits').to.equal(false);
      expect(await gateway.store.inbound.findOne({ _id: text.sid }), 'nothing is written yet').to.equal(null);
    };
    return { clock, done, waits };
  }
  const later = (than: Date): Promise<void> =>
    until('the next millisecond has begun', async () => Date.now() > than.getTime());

  it('counts once the prompt is known to have left before it, though the carrier had not answered yet', async () => {
    const person = newPerson();
    const attempt = await claimed(person);
    const begunAt = new Date();
    const { done, waits } = receiving(textOf(person, 'YES'));
    await waits();
    await leave(open.context, attempt, begunAt);
    await done;
    expect(await stateOf(person)).to.deep.equal(['subscribed']);
  });

  it('counts when both are of the same millisecond', async () => {
    const person = newPerson();
    const attempt = await claimed(person);
    const yes = textOf(person, 'YES');
    const { done, waits } = receiving(yes);
    await waits();
    await leave(open.context, attempt, yes.receivedAt);
    await done;
    expect(await stateOf(person)).to.deep.equal(['subscribed']);
  });

  it("does not count when it came before the prompt's socket write, however late it is processed", async () => {
    const person = newPerson();
    const attempt = await claimed(person);
    const yes = textOf(person, 'YES');
    const { done, waits } = receiving(yes);
    await waits();
    await later(yes.receivedAt);
    await leave(open.context, attempt, new Date());
    await done;
    expect([await stateOf(person), await newestOf(person)]).to.deep.equal([['pending'], TOO_EARLY]);
    await isStillAsked(person);
  });

  it('does not count when it came before the socket write and is processed afterwards', async () => {
    const person = newPerson();
    const yes = textOf(person, 'YES');
    await later(yes.receivedAt);
    await leaveAll(open.context, await join(person));
    await recordAndReply(open.context, yes);
    expect([await stateOf(person), await newestOf(person)]).to.deep.equal([['pending'], TOO_EARLY]);
    await isStillAsked(person);
  });

  it("waits for a lease and its slack at most, by its process's own clock, and then counts as older than its prompt", async () => {
    const person = newPerson();
    const attempt = await claimed(person);
    const begunAt = new Date();
    const { clock, done, waits } = receiving(textOf(person, 'YES'));
    await waits();
    clock.at = DRAIN_LIMIT_MS - 1;
    await waits();
    clock.at = DRAIN_LIMIT_MS;
    await done;
    expect([await stateOf(person), await newestOf(person)]).to.deep.equal([['pending'], TOO_EARLY]);
    await leave(open.context, attempt, begunAt);
    await isStillAsked(person);
  });

  const ENDS: [how: string, end: (attempt: Awaited<ReturnType<typeof claim>>) => Promise<unknown>][] = [
    [
      'is put back meanwhile',
      (attempt) =>
        open.context.outcomeRecorder.record([{ ...attempt, result: 'put-back', why: 'no connection' }]),
    ],
    [
      'ends as unknown meanwhile',
      (attempt) => open.context.outcomeRecorder.record([{ ...attempt, result: 'unknown', why: 'no answer' }]),
    ],
    [
      'is given up meanwhile, its worker taken for dead',
      async ({ delivery }) => {
        const past = { $set: { leaseUntil: new Date(0) } };
        await gateway.store.deliveries.updateOne({ _id: delivery }, past);
        await expireClaims(gateway.store, 0, new Date());
      },
    ],
  ];
  for (const [how, end] of ENDS) {
    it(`does not count when the prompt ${how}, since the prompt is not known to have left`, async () => {
      const person = newPerson();
      const attempt = await claimed(person);
      const { done, waits } = receiving(textOf(person, 'YES'));
      await waits();
      await end(attempt);
      await done;
      expect([await stateOf(person), await newestOf(person)]).to.deep.equal([['pending'], TOO_EARLY]);
    });
  }

  it('does not wait for a prompt that is only planned, and counts as older than it', async () => {
    const person = newPerson();
    const text = await join(person);
    await receiving(textOf(person, 'YES')).done;
    expect([await stateOf(person), await newestOf(person)]).to.deep.equal([['pending'], TOO_EARLY]);
    await leaveAll(open.context, text);
    await isStillAsked(person);
  });

  it('does not wait when the prompt is known to have left, though its outcome is not recorded yet', async () => {
    const person = newPerson();
    const attempt = await claimed(person);
    await leave(open.context, attempt, new Date());
    const again = { $set: { state: 'sending' as const, open: true as const } };
    await gateway.store.deliveries.updateOne({ _id: attempt.delivery }, again);
    await receiving(textOf(person, 'YES')).done;
    expect(await stateOf(person)).to.deep.equal(['subscribed']);
  });

  it('is asked for the birth date again without a wait, while the age prompt is with a worker', async () => {
    const person = newPerson();
    const to = addressed(person, SENDERS.stylist.number);
    const style = textOf(person, 'STYLE', to);
    await recordAndReply(open.context, style);
    await leaveAll(open.context, style);
    const yes = textOf(person, 'YES', to);
    await recordAndReply(open.context, yes);
    await claim(open.context, await replyTo(open.context, yes));
    const again = textOf(person, 'YES', to);
    await receiving(again).done;
    expect(await replyTo(open.context, again)).to.include({ template: 'prompt-age', state: 'planned' });
    expect((await contactOf(person)).prompts[0]?.handedOverAt).to.be.instanceOf(Date);
  });

  it('is the only text that waits for the prompt: HELP is answered meanwhile', async () => {
    const person = newPerson();
    await claimed(person);
    const help = textOf(person, 'HELP');
    await receiving(help).done;
    expect(await replyTo(open.context, help)).to.include({ class: 'help', state: 'planned' });
  });

  it('does not count when a STOP comes during its wait, though the prompt left before both', async () => {
    const person = newPerson();
    const attempt = await claimed(person);
    const begunAt = new Date();
    const { done, waits } = receiving(textOf(person, 'YES'));
    await waits();
    const stop = textOf(person, 'STOP');
    const stopped = recordAndReply({ ...open.context, monotonic: () => 0 }, stop);
    await until(
      'the STOP is recorded with its confirmation',
      async () => (await repliesTo(open.context, stop)).length === 1,
    );
    await leave(open.context, attempt, begunAt);
    await Promise.all([done, stopped]);
    expect(await stateOf(person)).not.to.include('subscribed');
    const reason = 'older than the last opt-out';
    expect(await newestOf(person)).to.deep.equal({ kind: 'ineffective', reason });
  });

  it('is answered once when it comes twice during its wait', async () => {
    const person = newPerson();
    const attempt = await claimed(person);
    const begunAt = new Date();
    const yes = textOf(person, 'YES');
    const [first, second] = [receiving(yes), receiving(yes)];
    await Promise.all([first.waits(), second.waits()]);
    await leave(open.context, attempt, begunAt);
    await Promise.all([first.done, second.done]);
    expect(await stateOf(person)).to.deep.equal(['subscribed']);
    expect((await repliesTo(open.context, yes)).map(({ state }) => state)).to.deep.equal(['planned']);
  });
});

describe('a YES from a handset that shows the prompt before the carrier has answered its create call', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
  });
  after(() => gateway.stop());

  /** Resolves with the recorded hand-over of a person's prompt, as soon as their handset shows it. */
  const ask = async (person: string, more: object[]): Promise<Date | null | undefined> => {
    const match = { number: person };
    const slow = { match, on: 'create', effect: { kind: 'delay', ms: 1500 } };
    await gateway.sim('PUT', '/sim/behaviours', [
      slow,
      ...more.map((behaviour) => ({ match, ...behaviour })),
    ]);
    await gateway.textWithoutWaiting(person, 'JOIN');
    await until('the prompt is on the handset', async () => (await gateway.received(person)).length === 1);
    const [contact] = await gateway.store.contacts.find().sort({ createdAt: -1 }).limit(1).toArray();
    await gateway.sim('PUT', '/sim/behaviours', []);
    return contact?.prompts[0]?.handedOverAt;
  };
  const answerOf = async (person: string): Promise<string> =>
    (await gateway.text(person, 'YES')).replies.join();

  it('counts when no receipt says that the prompt left', async () => {
    const person = newPerson();
    const asked = await ask(person, [{ on: 'status', effect: { kind: 'lose' } }]);
    expect(asked, 'nobody knows yet that it left').to.equal(null);
    expect(await answerOf(person)).to.contain('joined Fernway Deals');
  });

  it('counts when a receipt says that the prompt left', async () => {
    const person = newPerson();
    await ask(person, []);
    expect(await answerOf(person)).to.contain('joined Fernway Deals');
  });
});
