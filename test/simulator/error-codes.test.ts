import { expect } from 'chai';
import type { FailureStage } from '../../src/domain/hygiene/error-codes.ts';
import { ERROR_CODES } from '../../src/domain/hygiene/error-codes.ts';
import { DICTIONARY, type Entry } from '../domain/hygiene/dictionary.ts';
import { eventually, openBox, SHORT_CODE, type SimulatorBox } from './simulator-box.ts';

/** The codes of the carrier's dictionary and of our table, with their usual status. */
const ALL: readonly Entry[] = ERROR_CODES.map(({ code, seen }) => {
  const entry = DICTIONARY.find((entry) => entry.code === code);
  return { code, where: seen, status: entry?.status ?? { 20005: 401, 20403: 403 }[code] ?? 400 };
});

describe('the simulated carrier, the dictionary and the table of errors', () => {
  let box: SimulatorBox;
  before(async () => {
    box = await openBox();
  });
  after(() => box.close());

  const of = (stage: FailureStage): Entry[] => ALL.filter(({ where }) => where.includes(stage));
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
      const { code, status } = (await answer.json()) as { code: number; status: number };
      expect(status).to.equal(answer.status);
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
