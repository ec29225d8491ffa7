import { expect } from 'chai';
import twilio from 'twilio';
import { lookupPath, readLookup } from '../../../src/sending/twilio/lookup.ts';
import { ACCOUNT, TOKEN } from './scripted-server.ts';

const NUMBER = '+15551230001';

/** Records the address that the SDK would have called. */
class Listener extends twilio.RequestClient {
  asked = '';
  override async request<T>({ uri, params }: Parameters<twilio.RequestClient['request']>[0]) {
    this.asked = `${new URL(uri).pathname}?${new URLSearchParams(params as Record<string, string>)}`;
    return { statusCode: 200, body: {} as T, headers: {} };
  }
}

describe('a Lookup request to the carrier', () => {
  const line = { fields: 'line_type_intelligence' };
  const both = { fields: 'line_type_intelligence,reassigned_number', lastVerifiedDate: '20240301' };
  for (const [params, since] of [
    [line, null],
    [both, '2024-03-01'],
  ] as const) {
    it(`has the form of the twilio SDK: ${params.fields}`, async () => {
      const httpClient = new Listener();
      await twilio(ACCOUNT, TOKEN, { httpClient }).lookups.v2.phoneNumbers(NUMBER).fetch(params);
      // The SDK leaves + unencoded in a path, where it stands for itself.
      const own = lookupPath({ number: NUMBER, line: true, reassignedSince: since });
      expect(decodeURIComponent(own)).to.equal(decodeURIComponent(httpClient.asked));
    });
  }

  const told = {
    ...{ valid: true, line: null, untoldLine: 'not-told', carrier: null },
    ...{ reassigned: null, untoldReassigned: 'not-told' },
  };
  const answer = (parts: object, valid = true) => JSON.stringify({ valid, ...parts });
  const lti = (type: unknown, more: object = {}) => answer({ line_type_intelligence: { type, ...more } });
  const TOLD: [what: string, status: number, body: string, told: object][] = [
    ['nothing but that it is valid', 200, answer({}), told],
    ['that it is invalid', 200, answer({ line_type_intelligence: null }, false), { ...told, valid: false }],
    ['a landline', 200, lti('landline'), { ...told, line: 'landline', untoldLine: null }],
    ['an internet line', 200, lti('nonFixedVoip'), { ...told, line: 'non-fixed-voip', untoldLine: null }],
    ['a kind that is new', 200, lti('satellite'), { ...told, line: 'unknown', untoldLine: null }],
    [
      'a carrier',
      200,
      lti('mobile', { carrier_name: ' T-Mobile USA ' }),
      { ...told, line: 'mobile', untoldLine: null, carrier: 'T-Mobile USA' },
    ],
    [
      'a name with a number in it',
      200,
      lti('mobile', { carrier_name: 'of +15551230001' }),
      { ...told, line: 'mobile', untoldLine: null },
    ],
    [
      'that the package is not enabled',
      200,
      lti(null, { error_code: 60606 }),
      { ...told, untoldLine: 'not-enabled' },
    ],
    [
      'that the account has no approval for Canada',
      200,
      lti(null, { error_code: 60601 }),
      { ...told, untoldLine: 'not-approved' },
    ],
    [
      'that it has no data there',
      200,
      lti(null, { error_code: 60600 }),
      { ...told, untoldLine: 'out-of-coverage' },
    ],
    [
      'a new holder',
      200,
      answer({ reassigned_number: { is_number_reassigned: 'yes' } }),
      { ...told, reassigned: 'yes', untoldReassigned: null },
    ],
    [
      'no data about holders',
      200,
      answer({ reassigned_number: { is_number_reassigned: 'no_data_available' } }),
      { ...told, reassigned: 'no-data', untoldReassigned: null },
    ],
    [
      'a refusal of the package',
      403,
      '{"code": 60606}',
      { ...told, untoldLine: 'not-enabled', untoldReassigned: 'not-enabled' },
    ],
  ];
  for (const [what, status, body, expected] of TOLD) {
    it(`understands the answer: ${what}`, () => {
      expect(readLookup(status, body)).to.deep.equal(expected);
    });
  }

  it('returns nothing when it failed or got an unknown answer', () => {
    const others: [number, string][] = [
      ...[401, 404, 429, 500, 503].map((status): [number, string] => [
        status,
        '{"code": 20404, "valid": true}',
      ]),
      ...['', '<html>', 'null', '[]', '{}', '{"valid": "true"}'].map((body): [number, string] => [200, body]),
    ];
    for (const [status, body] of others) expect(readLookup(status, body), `${status} ${body}`).to.equal(null);
  });
});
