import { expect } from 'chai';
import type { SimulatorBox } from './simulator-box.ts';
import { openBox, PERSON } from './simulator-box.ts';

const OTHER = '+15551230002';
const FIELDS = 'Fields=line_type_intelligence';
const BOTH = `${FIELDS},reassigned_number&LastVerifiedDate=20240301`;

describe('Lookup at the simulated carrier', () => {
  let box: SimulatorBox;
  before(async () => {
    box = await openBox();
  });
  after(() => box.close());
  beforeEach(() => box.control('DELETE', '/sim'));

  const behave = (...rules: [match: object, effect: object][]) =>
    box.control(
      'PUT',
      '/sim/behaviours',
      rules.map(([match, effect]) => ({ match, on: 'lookup', effect })),
    );
  const ask = (number: string, query = FIELDS) =>
    box.get(`/v2/PhoneNumbers/${encodeURIComponent(number)}?${query}`);
  const answerOf = async (number: string, query?: string) =>
    (await ask(number, query)).json() as Promise<never>;

  it('answers for one number what its behaviors say, and for any other that it is a mobile', async () => {
    await behave(
      [{ number: PERSON }, { kind: 'line', type: 'landline', carrier: 'Old Bell' }],
      [{ number: PERSON }, { kind: 'line', reassigned: 'yes' }],
    );
    expect(await answerOf(PERSON, BOTH)).to.deep.include({
      valid: true,
      line_type_intelligence: {
        ...{ error_code: null, mobile_country_code: '310', mobile_network_code: '260' },
        ...{ carrier_name: 'Old Bell', type: 'landline' },
      },
      reassigned_number: { last_verified_date: '2024-03-01', is_number_reassigned: 'yes', error_code: null },
    });
    expect(await answerOf(OTHER, BOTH)).to.have.nested.property(
      'reassigned_number.is_number_reassigned',
      'no',
    );
    expect(await answerOf(OTHER)).to.deep.include({ reassigned_number: null });
  });

  it('calls a number invalid, and leaves out a package that is not enabled', async () => {
    await behave(
      [{ prefix: '+1555123' }, { kind: 'line', valid: false }],
      [{ prefix: '+1444' }, { kind: 'line', errorCode: 60606 }],
    );
    expect(await answerOf(PERSON)).to.deep.include({
      ...{ valid: false, validation_errors: ['INVALID_BUT_POSSIBLE'], line_type_intelligence: null },
    });
    expect(await answerOf('+14441230001', BOTH)).to.have.nested.include({
      ...{ valid: true, 'line_type_intelligence.error_code': 60606, 'line_type_intelligence.type': null },
      ...{ 'reassigned_number.error_code': '60606', 'reassigned_number.is_number_reassigned': null },
    });
  });

  it('gives the same answer for a share of numbers at every look-up', async () => {
    const numbers = Array.from({ length: 40 }, (_, at) => `+1555123${1000 + at}`);
    const landlines = async (order: readonly string[]) => {
      const found: string[] = [];
      for (const number of order) {
        const { line_type_intelligence: line } = (await answerOf(number)) as {
          line_type_intelligence: { type: string };
        };
        if (line.type === 'landline') found.push(number);
      }
      return found.sort();
    };
    await behave([{ share: 0.3 }, { kind: 'line', type: 'landline' }]);
    const first = await landlines(numbers);
    expect(first.length).to.be.within(4, 22);
    expect(await landlines(numbers.toReversed())).to.deep.equal(first);
  });

  const FAILURES: [object, number][] = [
    [{ kind: 'http429' }, 429],
    [{ kind: 'http5xx' }, 503],
    [{ kind: 'errorSync', code: 20003 }, 401],
    [{ kind: 'delay', ms: 1 }, 200],
  ];
  for (const [effect, status] of FAILURES) {
    it(`answers ${status} on ${JSON.stringify(effect)}`, async () => {
      await behave([{ number: PERSON }, effect]);
      expect((await ask(PERSON)).status).to.equal(status);
      expect((await ask(OTHER)).status).to.equal(200);
    });
  }

  it('refuses to report reassignment without a date in the past', async () => {
    for (const date of ['', '20240301x', '29990101']) {
      expect((await ask(PERSON, `Fields=reassigned_number&LastVerifiedDate=${date}`)).status, date).to.equal(
        400,
      );
    }
  });

  it('reads a number in national format as one of the country that the call names, else as American', async () => {
    expect(await answerOf('07700 900123', `${FIELDS}&CountryCode=GB`)).to.have.nested.include({
      ...{ valid: true, country_code: 'GB', calling_country_code: '44', phone_number: '+447700900123' },
      ...{ national_format: '07700 900123', 'line_type_intelligence.type': 'mobile' },
      url: `${box.simulator.url}/v2/PhoneNumbers/%2B447700900123`,
    });
    expect(await answerOf('(555) 123-0001')).to.include({ valid: true, phone_number: PERSON });
    expect(await answerOf('5551230001', 'CountryCode=us')).to.include({ valid: true, phone_number: PERSON });
    for (const country of ['GB', 'XX'])
      expect(await answerOf(PERSON, `CountryCode=${country}`)).to.include({
        valid: true,
        phone_number: PERSON,
      });
  });

  it('finds the behaviors of a number that the call gives in national format', async () => {
    await behave([{ number: PERSON }, { kind: 'line', type: 'landline' }]);
    expect(await answerOf('5551230001')).to.have.nested.property('line_type_intelligence.type', 'landline');
  });

  const PROBLEMS: [number: string, query: string, problem: string][] = [
    ['07700900123', 'CountryCode=XX', 'INVALID_COUNTRY_CODE'],
    ['07700', 'CountryCode=GB', 'TOO_SHORT'],
    ['077009001230000', 'CountryCode=GB', 'TOO_LONG'],
    ['+15551230', '', 'TOO_SHORT'],
    ['+155512300011', '', 'TOO_LONG'],
    ['+9991230001', '', 'INVALID_COUNTRY_CODE'],
    ['nobody', '', 'NOT_A_NUMBER'],
  ];
  for (const [number, query, problem] of PROBLEMS) {
    it(`calls ${number} invalid with ${problem}${query && ` for ${query}`}`, async () => {
      const answer = await ask(number, `${FIELDS}&${query}`);
      expect(answer.status).to.equal(200);
      expect(await answer.json()).to.deep.include({
        ...{ valid: false, validation_errors: [problem], line_type_intelligence: null },
      });
    });
  }

  it('keeps each look-up in the ledger', async () => {
    await ask(PERSON);
    const [line] = (await box.ledger()).filter((line) => line.kind === 'lookup');
    expect(line).to.include({ to: PERSON, httpStatus: 200, outcome: 'answered' });
  });
});
