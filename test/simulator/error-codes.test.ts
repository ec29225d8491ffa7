import { expect } from 'chai';
import type { FailureStage } from '../../src/domain/hygiene/error-codes.ts';
import { ERROR_CODES } from '../../src/domain/hygiene/error-codes.ts';
import { DICTIONARY, type DictionaryEntry } from '../domain/hygiene/dictionary.ts';
import { eventually, openBox, SHORT_CODE, type SimulatorBox } from './simulator-box.ts';

/** The codes of the carrier's dictionary and of our table, with their usual status. */
const ALL: readonly DictionaryEntry[] = ERROR_CODES.map(({ code, seen }) => {
  const entry = DICTIONARY.find((entry) => entry.code === code);
  return { code, where: seen, status: entry?.status ?? { 20005: 401, 20403: 403 }[code] ?? 400 };
});

type RestBody = { code: number; status: number; message: string; more_info: string };

/** Some titles of the carrier's dictionary, kept apart from the simulator's. */
const TITLES: Readonly<Record<number, string>> = {
  21211: "Invalid 'To' Phone Number",
  21408: "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
  21610: 'Attempt to send to unsubscribed recipient',
  21611: "This 'From' number has exceeded the maximum number of queued messages",
  21614: "'To' number is not a valid mobile number",
  21703: 'The Messaging Service does not have a phone number available to send a message',
  30002: 'Account suspended',
  30032: 'Toll-Free Number Has Not Been Verified',
};

/** Codes whose title in the dictionary nobody knows here. */
const UNTITLED = [21663, 30037];

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
      expect(message === 'The request was refused', `${code} has a title`).to.equal(UNTITLED.includes(code));
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
  });
});
