import { expect } from 'chai';
import { PROGRAMS, SENDERS } from '../../scripts/seed/programs.ts';
import type { Program, Topic } from '../../src/domain/program.ts';
import type { OpenedContext } from '../../src/open-context.ts';
import { createSenderQueue } from '../../src/sending/dispatcher.ts';
import { createTwilioClient, type TwilioClient } from '../../src/sending/twilio/client.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/delivery.ts';
import { contextOf } from '../receipts/rows.ts';
import { carrierOf, dispatchDeps } from '../sending/dispatch-deps.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';
import { repliesTaken } from '../support/replies.ts';
import { newPerson, optOutOf } from './inbound-posts.ts';

const [DEALS] = PROGRAMS as [Program];
const inEach = (text: string) => ({ en: text, es: text, fr: text });
const TOPICS = 190;
/** Topics whose names fill a MENU of eight messages. */
const moreTopic = (_: unknown, at: number): Topic => ({
  ...(DEALS.topics[0] as Topic),
  ...{
    id: `t${at}`,
    code: String(at + 100),
    word: `WORD${at}`,
    name: inEach(`Topic number ${at} ${'x'.repeat(20)}`),
  },
});
const MANY_TOPICS: Program = {
  ...DEALS,
  languages: ['en'],
  topics: [...DEALS.topics, ...Array.from({ length: TOPICS }, moreTopic)],
};
/** The smallest number of messages in that MENU. */
const EIGHT = 8;

describe('P3 STOP wins: replies to one person, in the order in which they wrote', () => {
  let gateway: Gateway;
  let open: OpenedContext;
  let carrier: TwilioClient;
  before(async () => {
    gateway = await startGateway({ worker: false, programs: [MANY_TOPICS] });
    open = await contextOf(gateway);
    carrier = createTwilioClient({ ...gateway.config.twilio, publicUrl: gateway.config.publicUrl });
  });
  after(async () => {
    await carrier.close();
    await open.close();
    await gateway.stop();
  });

  /** Lets one worker take turns. Each turn sends the next due reply of every person. */
  const turns = async (most = Number.POSITIVE_INFINITY): Promise<void> => {
    const { ring, indexOf } = open.context;
    const over = { carrier: carrierOf(carrier.transport), program: () => MANY_TOPICS };
    const queue = createSenderQueue(dispatchDeps(gateway.store, { ring, indexOf }, over), () => SENDERS.shop);
    for (let turn = 0; turn < most; turn += 1) {
      const senderQueueTurn = await queue.turn();
      if (senderQueueTurn.kind !== 'sending') return;
      await senderQueueTurn.done;
    }
  };
  /** Texts and returns the replies to the text in order. */
  const text = async (person: string, body: string): Promise<() => Promise<DeliveryDoc[]>> => {
    const { sid, status } = await gateway.textWithoutWaiting(person, body);
    expect(status).to.equal(200);
    return () => gateway.store.deliveries.find({ 'answers.sid': sid }).sort({ place: 1 }).toArray();
  };
  const someone = async (): Promise<string> => {
    const person = newPerson();
    for (const body of ['JOIN', 'YES']) {
      await text(person, body);
      await turns();
    }
    await heard(person, 2);
    return person;
  };
  /** Resolves with the texts on the handset once there are `count`. */
  const heard = async (person: string, count: number): Promise<string[]> => {
    await until(
      `${count} messages are on the handset`,
      async () => (await gateway.received(person)).length >= count,
    );
    return gateway.received(person);
  };
  const codesIn = (bodies: string[]): number[] =>
    bodies.flatMap((body) => [...body.matchAll(/^(\d{3}) WORD/gm)].map(([, code]) => Number(code)));
  const isWaiting = ({ state }: DeliveryDoc): boolean => state === 'planned';

  it('arrive as they were planned: a MENU of eight messages', async () => {
    const person = await someone();
    const menu = await (await text(person, 'MENU'))();
    expect(menu.length).to.be.at.least(EIGHT);
    expect(menu.map(({ place }) => place)).to.deep.equal(menu.map((_, at) => at));
    await turns();
    const codes = codesIn((await heard(person, menu.length + 2)).slice(2));
    expect(codes).to.deep.equal(Array.from({ length: TOPICS }, (_, at) => at + 100));
  });

  it('arrive in the order of two texts of one second', async () => {
    const person = await someone();
    const [why, help] = await Promise.all([text(person, 'WHY'), text(person, 'HELP')]);
    const rows = [...(await why()), ...(await help())];
    await turns();
    const inOrder = rows.toSorted((row, other) => row.rev - other.rev);
    const said = await Promise.all(inOrder.map(({ answers }) => repliesTaken(gateway, answers?.sid ?? '')));
    expect((await heard(person, 4)).slice(2)).to.deep.equal(said.flat());
    expect(said.flat()).to.have.lengthOf(2);
  });

  it('end after a STOP in the middle of a MENU, except HELP and the confirmation', async () => {
    const person = await someone();
    const menu = await text(person, 'MENU');
    const help = await text(person, 'HELP');
    await turns(3);
    expect((await menu()).filter(isWaiting)).to.have.lengthOf((await menu()).length - 3);
    const stop = await text(person, 'STOP');
    expect(await optOutOf(gateway, person)).not.to.equal(null);
    const canceled = (await menu()).slice(3);
    expect(canceled.map(({ state, error }) => [state, error])).to.deep.equal(
      canceled.map(() => ['canceled', 'opted out']),
    );
    expect(
      (await help()).map(({ state }) => state),
      'HELP stays',
    ).to.deep.equal(['planned']);
    await turns();
    const shown = (await heard(person, 7)).slice(2);
    expect(shown).to.have.lengthOf(5);
    expect(codesIn(shown.slice(0, 3)).length).to.be.greaterThan(0);
    expect(codesIn(shown.slice(3))).to.deep.equal([]);
    expect(shown.slice(3).filter((body) => body.includes('unsubscribed'))).to.have.lengthOf(1);
    for (const rows of [await help(), await stop()]) {
      expect(rows.map(({ state }) => state)).to.have.lengthOf(1);
      expect(rows[0]?.state).to.be.oneOf(['accepted', 'sent', 'delivered']);
    }
  });
});
