import { expect } from 'chai';
import { ERROR_CODES } from '../../src/domain/hygiene/error-codes.ts';
import type { Stage } from '../../src/domain/hygiene/error-row.ts';
import { type Box, eventually, openBox, SHORT_CODE } from './box.ts';

describe('the simulated carrier and the table of errors', () => {
  let box: Box;
  before(async () => {
    box = await openBox();
  });
  after(() => box.close());

  const codesOf = (stage: Stage): string[] =>
    ERROR_CODES.filter(({ seen }) => seen.includes(stage)).map(({ code }) => code);
  const numberOf = (code: string): string => `+1212555${code.slice(1)}`;
  const behave = async (stage: Stage, kind: 'errorSync' | 'errorCallback'): Promise<void> => {
    const rules = codesOf(stage).map((code) => ({
      ...{ match: { number: numberOf(code) }, on: 'create', effect: { kind, code: Number(code) } },
    }));
    expect((await box.control('PUT', '/sim/behaviours', rules)).ok).to.equal(true);
  };
  const create = (code: string): Promise<Response> => {
    const StatusCallback = `${box.receiver.url}/status?code=${code}`;
    return box.create({ To: numberOf(code), From: SHORT_CODE, Body: 'news', StatusCallback });
  };

  it('refuses a create call with each code that is seen there', async () => {
    await behave('create', 'errorSync');
    const answers = await Promise.all(codesOf('create').map(create));
    const codes = await Promise.all(
      answers.map(async (one) => ((await one.json()) as { code: number }).code),
    );
    expect(codes.map(String)).to.deep.equal(codesOf('create'));
    expect(answers.every(({ status }) => status >= 400)).to.equal(true);
  });

  it('tells of each code that is seen in a receipt', async () => {
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
