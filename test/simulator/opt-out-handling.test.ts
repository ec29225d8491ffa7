import { expect } from 'chai';
import type { SimulatedTextResult, SimulatorBox } from './simulator-box.ts';
import {
  DEFAULT_SERVICE,
  DEFAULT_SERVICE_NUMBER,
  eventually,
  LONG_CODE,
  OTHER_LONG_CODE,
  openBox,
  PERSON,
  SERVICE,
  SERVICE_NUMBER,
  SERVICE_SIBLING,
  SHORT_CODE,
  TOLL_FREE,
  TOLL_FREE_IN_SERVICE,
} from './simulator-box.ts';
import { EMPTY, say } from './webhook-receiver.ts';

type Cell = { to: string; word: string; answers: SimulatedTextResult['answered']; optOutType?: string };

const STOPS = [
  'STOP',
  'stop',
  ' Stop ',
  'STOPALL',
  'UNSUBSCRIBE',
  'CANCEL',
  'END',
  'QUIT',
  'REVOKE',
  'OPTOUT',
];

/** Each of our numbers with each class of word, for a person on no block list. */
const CELLS: Cell[] = [
  ...[...STOPS, 'START', 'UNSTOP', 'YES', 'HELP', 'INFO', 'JOIN'].map(
    (word): Cell => ({ to: SHORT_CODE, word, answers: 'twiml' }),
  ),
  ...STOPS.map((word): Cell => ({ to: SERVICE_NUMBER, word, answers: 'carrier', optOutType: 'STOP' })),
  ...['START', 'UNSTOP'].map(
    (word): Cell => ({ to: SERVICE_NUMBER, word, answers: 'carrier', optOutType: 'START' }),
  ),
  ...['HELP', 'INFO'].map(
    (word): Cell => ({ to: SERVICE_NUMBER, word, answers: 'carrier', optOutType: 'HELP' }),
  ),
  ...['YES', 'JOIN', 'stop please'].map((word): Cell => ({ to: SERVICE_NUMBER, word, answers: 'twiml' })),
  ...[...STOPS, 'HELP', 'INFO'].map((word): Cell => ({ to: LONG_CODE, word, answers: 'carrier' })),
  ...['START', 'UNSTOP', 'YES', 'JOIN', 'stop please'].map(
    (word): Cell => ({ to: LONG_CODE, word, answers: 'twiml' }),
  ),
  ...STOPS.map((word): Cell => ({ to: TOLL_FREE_IN_SERVICE, word, answers: 'carrier', optOutType: 'STOP' })),
  { to: TOLL_FREE_IN_SERVICE, word: 'START', answers: 'carrier', optOutType: 'START' },
  { to: TOLL_FREE_IN_SERVICE, word: 'HELP', answers: 'carrier', optOutType: 'HELP' },
  { to: TOLL_FREE_IN_SERVICE, word: 'YES', answers: 'twiml' },
  ...[...STOPS, 'HELP', 'INFO'].map((word): Cell => ({ to: TOLL_FREE, word, answers: 'carrier' })),
  ...['START', 'UNSTOP', 'YES', 'JOIN', 'stop please'].map(
    (word): Cell => ({ to: TOLL_FREE, word, answers: 'twiml' }),
  ),
];

describe('opt-out handling of the simulated carrier', () => {
  let box: SimulatorBox;

  before(async () => {
    box = await openBox();
  });
  after(() => box.close());
  beforeEach(async () => {
    await box.control('DELETE', '/sim');
    box.receiver.received.length = 0;
    // A gateway that stays silent exactly when the carrier has answered.
    box.receiver.answer = ({ form }) =>
      carrierAnswers(form.To ?? '', form.Body ?? '') ? EMPTY : say('from us');
  });

  for (const { to, word, answers, optOutType } of CELLS) {
    it(`lets ${answers} answer "${word}" to ${to}, once, and posts the webhook`, async () => {
      const result = await box.text(to, word);

      expect(result.answered).to.equal(answers);
      const conversation = await eventually(async () => {
        const messages = await box.handset();
        return messages.length === 2 && messages;
      });
      expect(conversation.map(({ direction }) => direction)).to.deep.equal(['in', 'out']);
      expect(box.receiver.received.map(({ form }) => form.OptOutType)).to.deep.equal([optOutType]);
    });
  }

  function carrierAnswers(to: string, word: string): boolean {
    return CELLS.some((cell) => cell.to === to && cell.word === word && cell.answers === 'carrier');
  }

  it('refuses a create call at once with 21610 after STOP to a number under default handling', async () => {
    await box.text(LONG_CODE, 'STOP');

    const refused = await box.create({ To: PERSON, From: LONG_CODE, Body: 'offer' });

    expect(refused.status).to.equal(400);
    expect(await refused.json()).to.include({ code: 21610, status: 400 });
    const other = await box.create({ To: PERSON, From: OTHER_LONG_CODE, Body: 'offer' });
    expect(other.status, 'the block is of one number').to.equal(201);
  });

  it('accepts and then fails a message by a service with 21610 after STOP to its number under default handling', async () => {
    await box.text(DEFAULT_SERVICE_NUMBER, 'STOP');
    const StatusCallback = `${box.receiver.url}/status`;

    const own = { From: DEFAULT_SERVICE_NUMBER, To: PERSON, Body: 'offer' };
    const accepted = await box.create({ ...own, MessagingServiceSid: DEFAULT_SERVICE, StatusCallback });

    expect(accepted.status).to.equal(201);
    const told = await eventually(() => box.receiver.received.find(({ path }) => path === '/status'));
    expect(told.form).to.include({ MessageStatus: 'failed', ErrorCode: '21610' });
    expect((await box.create(own)).status, 'without the service').to.equal(400);
  });

  it('accepts and then fails with 21610 after STOP under Advanced Opt-Out, for the whole service', async () => {
    await box.text(SERVICE_NUMBER, 'STOP');
    const callback = `${box.receiver.url}/status`;

    for (const sender of [{ From: SERVICE_SIBLING }, { MessagingServiceSid: SERVICE }]) {
      box.receiver.received.length = 0;
      const accepted = await box.create({ To: PERSON, ...sender, Body: 'offer', StatusCallback: callback });

      expect(accepted.status).to.equal(201);
      const told = await eventually(() => box.receiver.received.find(({ path }) => path === '/status'));
      expect(told.form).to.include({ MessageStatus: 'failed', ErrorCode: '21610' });
    }
    expect((await box.handset()).filter(({ body }) => body === 'offer')).to.deep.equal([]);
  });

  it('accepts and then reports 30004 after STOP on a toll-free network', async () => {
    await box.text(TOLL_FREE, 'STOP');

    const callback = `${box.receiver.url}/status`;
    const accepted = await box.create({
      To: PERSON,
      From: TOLL_FREE,
      Body: 'offer',
      StatusCallback: callback,
    });

    expect(accepted.status).to.equal(201);
    const told = await eventually(() => box.receiver.received.find(({ form }) => form.ErrorCode));
    expect(told.form).to.include({ MessageStatus: 'undelivered', ErrorCode: '30004' });
  });

  it('marks what a network answers to STOP and START by its own words, outside the account', async () => {
    for (const word of ['STOP', 'START']) {
      const [reply] = (await box.text(TOLL_FREE, word)).messages;

      expect(reply?.body, word).to.match(/^NETWORK MSG: /);
      const fetched = await box.get(`/2010-04-01/Accounts/AC${'0'.repeat(32)}/Messages/${reply?.sid}.json`);
      expect(fetched.status, word).to.equal(404);
    }
  });

  it('repeats the word that lifted the block of a toll-free network', async () => {
    box.receiver.answer = () => EMPTY;
    for (const [word, echo] of [
      ['START', 'Start'],
      ['unstop', 'Unstop'],
    ] as const) {
      await box.text(TOLL_FREE, 'STOP');
      const [reply] = (await box.text(TOLL_FREE, word)).messages;
      expect(reply?.body).to.equal(
        `NETWORK MSG: You have replied "${echo}" and will begin receiving messages again from this number.`,
      );
    }
  });

  it('has both the network and the service answer START to a toll-free number of the service', async () => {
    box.receiver.answer = () => EMPTY;
    await box.text(TOLL_FREE_IN_SERVICE, 'STOP');
    const { messages } = await box.text(TOLL_FREE_IN_SERVICE, 'START');
    expect(messages.map(({ body }) => body.slice(0, 46))).to.deep.equal([
      'NETWORK MSG: You have replied "Start" and will',
      'You have successfully been re-subscribed to me',
    ]);
  });

  it('blocks nobody on a number with own handling', async () => {
    await box.text(SHORT_CODE, 'STOP');

    expect((await box.create({ To: PERSON, From: SHORT_CODE, Body: 'x' })).status).to.equal(201);
  });

  const LIFTS: [string, string, string, boolean][] = [
    [LONG_CODE, 'STOP', 'START', true],
    [LONG_CODE, 'QUIT', 'UNSTOP', true],
    [LONG_CODE, 'STOP', 'YES', true],
    [SERVICE_NUMBER, 'STOP', 'START', true],
    [SERVICE_NUMBER, 'STOP', 'YES', false],
    [TOLL_FREE, 'STOP', 'START', true],
    [TOLL_FREE, 'STOP', 'UNSTOP', true],
    [TOLL_FREE, 'QUIT', 'START', true],
    [TOLL_FREE, 'STOP', 'YES', false],
    [TOLL_FREE_IN_SERVICE, 'STOP', 'START', true],
    [TOLL_FREE_IN_SERVICE, 'STOP', 'YES', false],
    [TOLL_FREE, 'QUIT', 'YES', false],
    [LONG_CODE, 'STOP', 'JOIN', false],
  ];
  for (const [to, stop, word, lifts] of LIFTS) {
    it(`${word} ${lifts ? 'lifts, and is answered by the carrier' : 'does not lift'} after ${stop} to ${to}`, async () => {
      box.receiver.answer = () => EMPTY;
      await box.text(to, stop);

      const result = await box.text(to, word);

      expect(result.answered).to.equal(lifts ? 'carrier' : 'none');
      await box.create({ To: PERSON, From: to, Body: 'offer' });
      const settled = await eventually(async () => {
        const list = await box.get(
          `/2010-04-01/Accounts/AC${'0'.repeat(32)}/Messages.json?To=${encodeURIComponent(PERSON)}`,
        );
        const { messages } = (await list.json()) as { messages: { body: string; status: string }[] };
        const offer = messages.find(({ body }) => body === 'offer');
        return offer ? /delivered|failed/.test(offer.status) && offer.status : 'refused';
      });
      expect(settled === 'delivered').to.equal(lifts);
    });
  }

  for (const to of [SERVICE_NUMBER, LONG_CODE, TOLL_FREE]) {
    it(`gives an opted-out person no HELP answer and a repeated STOP no second one on ${to}`, async () => {
      box.receiver.answer = () => EMPTY;
      await box.text(to, 'STOP');

      expect((await box.text(to, 'HELP')).answered).to.equal('none');
      expect((await box.text(to, 'STOP')).answered).to.equal('none');
    });

    it(`does not let a TwiML reply pass a block on ${to}`, async () => {
      await box.text(to, 'STOP');
      box.receiver.answer = () => ({
        type: 'text/xml',
        body: `<Response><Message statusCallback="/status">us too</Message></Response>`,
      });

      const result = await box.text(to, 'hello');

      expect(result.answered).to.equal('twiml');
      const told = await eventually(() => box.receiver.received.find(({ form }) => form.ErrorCode));
      expect(told.form.ErrorCode).to.equal(to === TOLL_FREE ? '30004' : '21610');
      expect((await box.handset()).map(({ body }) => body)).to.not.include('us too');
    });
  }
});
