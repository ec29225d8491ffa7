import { expect } from 'chai';
import type { FailureStage } from '../../src/domain/hygiene/error-codes.ts';
import { ERROR_CODES } from '../../src/domain/hygiene/error-codes.ts';
import { DICTIONARY, type DictionaryEntry } from '../domain/hygiene/dictionary.ts';
import { ACCOUNT, eventually, openBox, SHORT_CODE, type SimulatorBox } from './simulator-box.ts';

/** The codes of the carrier's dictionary and of our table, with their usual status. */
const ALL: readonly DictionaryEntry[] = ERROR_CODES.map(({ code, seen }) => {
  const entry = DICTIONARY.find((entry) => entry.code === code);
  return { code, where: seen, status: entry?.status ?? { 20005: 401, 20403: 403 }[code] ?? 400 };
});

type FailedMessage = { error_code: number | null; error_message: string | null };
type RestBody = { code: number; status: number; message: string; more_info: string };

/** Some titles of the carrier's dictionary, kept apart from the simulator's. */
const TITLES: Readonly<Record<number, string>> = {
  20429: 'Too many requests',
  21211: "Invalid 'To' Phone Number",
  21212: "Invalid 'From' Number",
  21408: 'Message blocked: permissions disabled for the destination region',
  21606: "'From' number is not a valid message-capable Twilio number for this account",
  21610: 'Attempt to send to unsubscribed recipient',
  21611: "This 'From' number has exceeded the maximum number of queued messages",
  21612: 'Message cannot be sent with the current combination of "To" and/or "From" parameters',
  21614: "'To' number is not a valid mobile number",
  21663: "'From' phone number routing configuration is incorrect",
  21703: 'The Messaging Service does not have a phone number available to send a message',
  21711: 'Sender is not associated with the specified Messaging Service',
  30002: 'Account suspended',
  30003: 'Unreachable destination handset',
  30032: 'Toll-Free Number Has Not Been Verified',
  30037: 'Outbound Messaging Disabled',
  30046: 'Message delivery not confirmed',
  30047: 'Failed to schedule message for a compliant time window',
};

describe('the simulated carrier, the dictionary and the table of errors', () => {
  let box: SimulatorBox;
  before(async () => {
    box = await openBox();
  });
  after(() => box.close());

  const of = (stage: FailureStage): DictionaryEntry[] => ALL.filter(({ where }) => where.includes(stage));
  const codesOf = (stage: FailureStage): string[] => of(stage).map(({ code }) => code);
  const numberOf = (code: string): string => `+1212555${code.slice(1)}`;
  const behave = async (stage: FailureStage, kind: 'errorSync' | 'errorCallback'): Promise<void> => {
    const rules = codesOf(stage).map((code) => ({
      ...{ match: { number: numberOf(code) }, on: 'create', effect: { kind, code: Number(code) } },
    }));
    expect((await box.control('PUT', '/sim/behaviours', rules)).ok).to.equal(true);
  };
  const create = (code: string): Promise<Response> => {
    const StatusCallback = `${box.receiver.url}/status?code=${code}`;
    return box.create({ To: numberOf(code), From: SHORT_CODE, Body: 'news', StatusCallback });
  };

  it('know every code of the dictionary', () => {
    for (const stage of ['create', 'callback'] as const) {
      const written = DICTIONARY.filter(({ where }) => where.includes(stage)).map(({ code }) => code);
      expect(codesOf(stage)).to.include.members(written);
    }
  });

  it('refuse a create call with each code that is seen there, and with its status', async () => {
    await behave('create', 'errorSync');
    const answers = await Promise.all(codesOf('create').map(create));
    const told = answers.map(async (answer) => {
      const { code, status, message, more_info } = (await answer.json()) as RestBody;
      expect(status).to.equal(answer.status);
      expect(more_info).to.equal(`https://www.twilio.com/docs/errors/${code}`);
      expect(message, `${code} has a title`).to.not.equal('The request was refused');
      if (code in TITLES) expect(message).to.equal(TITLES[code]);
      return `${code} ${answer.status}`;
    });
    expect(await Promise.all(told)).to.deep.equal(
      of('create').map(({ code, status }) => `${code} ${status}`),
    );
  });

  it('report each code that is seen in a receipt', async () => {
    await behave('callback', 'errorCallback');
    await Promise.all(codesOf('callback').map(create));
    const told = () =>
      box.receiver.received.flatMap(({ form }) =>
        ['failed', 'undelivered'].includes(form.MessageStatus ?? '') ? (form.ErrorCode ?? []) : [],
      );
    await eventually(() => told().length === codesOf('callback').length);
    expect(told().sort()).to.deep.equal(codesOf('callback'));
    const list = await box.get(`/2010-04-01/Accounts/${ACCOUNT}/Messages.json?PageSize=1000`);
    const { messages } = (await list.json()) as { messages: FailedMessage[] };
    for (const { error_code: code, error_message } of messages) {
      if (code === null) continue;
      expect(error_message, `${code} has a title`).to.be.a('string');
      if (code in TITLES) expect(error_message).to.equal(TITLES[code]);
    }
  });
});
