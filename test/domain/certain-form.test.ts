import { expect } from 'chai';
import { doubtAbout, nextFetchAt, type SignedForm } from '../../src/domain/certain-form.ts';

const ACCOUNT = `AC${'a'.repeat(32)}`;
const SID = `SM${'1'.repeat(32)}`;

/** A form as Twilio posts it for an SMS. */
const SMS = {
  ToCountry: 'US',
  ToState: '',
  SmsMessageSid: SID,
  NumMedia: '0',
  ToCity: '',
  FromZip: '98101',
  SmsSid: SID,
  FromState: 'WA',
  SmsStatus: 'received',
  FromCity: 'SEATTLE',
  Body: 'JOIN',
  FromCountry: 'US',
  To: '28555',
  ToZip: '',
  NumSegments: '1',
  ReferralNumMedia: '0',
  MessageSid: SID,
  AccountSid: ACCOUNT,
  From: '+15551230001',
  ApiVersion: '2010-04-01',
};
const without = (name: keyof typeof SMS): SignedForm => {
  const { [name]: _, ...form } = SMS;
  return form;
};

const CERTAIN: [what: string, form: SignedForm][] = [
  ['an SMS', SMS],
  ['an SMS without words', { ...SMS, Body: '' }],
  ['one without a Body, as a picture alone may be', without('Body')],
  ['one by a Messaging Service', { ...SMS, MessagingServiceSid: `MG${'2'.repeat(32)}` }],
  ['one that the carrier answered', { ...SMS, OptOutType: 'STOP' }],
  ['a picture', { ...SMS, NumMedia: '1', MediaUrl0: 'https://m.example/1', MediaContentType0: 'image/png' }],
  ['one of RCS', { ...SMS, From: 'rcs:+15551230001', To: 'rcs:+15550100199', ProfileName: 'Ann' }],
  ['one to a long number', { ...SMS, To: '+15550100199' }],
];

const UNCERTAIN: [what: string, form: SignedForm, kind: string, field: string | null][] = [
  ['a name that nobody documented', { ...SMS, NewField: '1' }, 'unknown-name', null],
  ['a name with an end of its value', { ...without('MessageSid'), MessageSidSM: '1' }, 'unknown-name', null],
  ['a name that comes twice', { ...SMS, From: ['+15551230001', '+15551230002'] }, 'repeated-name', 'From'],
  ['a name that comes twice with one value', { ...SMS, Body: ['JOIN', 'JOIN'] }, 'repeated-name', 'Body'],
  ['no From', without('From'), 'missing', 'From'],
  ['no MessageSid', without('MessageSid'), 'missing', 'MessageSid'],
  ['a From that is no address', { ...SMS, From: 'CitySEATTLE' }, 'shape', 'From'],
  [
    'the name of an agent, which may take in a field',
    { ...SMS, To: 'rcs:fernway_agentZznew' },
    'shape',
    'To',
  ],
  ['an id that is too long', { ...SMS, SmsSid: `${SID}x` }, 'shape', 'SmsSid'],
  ['another version', { ...SMS, ApiVersion: '2010-04-01B' }, 'shape', 'ApiVersion'],
  ['a status of a receipt', { ...SMS, SmsStatus: 'delivered' }, 'shape', 'SmsStatus'],
  ['an odd OptOutType', { ...SMS, OptOutType: 'STOPx' }, 'shape', 'OptOutType'],
  ['more pictures than it counts', { ...SMS, MediaUrl0: 'https://m.example/1' }, 'shape', 'NumMedia'],
  ['another account', { ...SMS, AccountSid: `AC${'b'.repeat(32)}` }, 'other-account', 'AccountSid'],
  ['ids that differ', { ...SMS, SmsSid: `SM${'3'.repeat(32)}` }, 'differing-ids', 'SmsSid'],
  ['a documented name in its words', { ...SMS, Body: 'JOINFrom+15551230002' }, 'name-in-value', 'Body'],
  ['a short one, in ordinary words', { ...SMS, Body: 'Tomorrow?' }, 'name-in-value', 'Body'],
  ['one in another field', { ...SMS, FromCity: 'XMessageSid' }, 'name-in-value', 'FromCity'],
  ['a field of a channel without a channel', { ...SMS, ProfileName: 'Ann' }, 'other-channel', 'ProfileName'],
  [
    'the name of a built-in property',
    JSON.parse(`{"__proto__": "x", "AccountSid": "${ACCOUNT}"}`),
    'unknown-name',
    null,
  ],
];

describe('signed form of a text', () => {
  for (const [what, form] of CERTAIN) {
    it(`is certain: ${what}`, () => {
      expect(doubtAbout(form, ACCOUNT)).to.equal(null);
    });
  }
  for (const [what, form, kind, field] of UNCERTAIN) {
    it(`is uncertain: ${what}`, () => {
      expect(doubtAbout(form, ACCOUNT)).to.deep.equal({ kind, field });
    });
  }

  it('is looked up 1, 5, 30 and 300 seconds after it came, and then no more', () => {
    const came = new Date('2026-12-01T12:00:00.000Z');
    const times: number[] = [];
    for (let at: Date | null = came; at !== null; at = nextFetchAt(came, at)) {
      times.push((at.getTime() - came.getTime()) / 1000);
    }
    expect(times).to.deep.equal([0, 1, 5, 30, 300]);
  });
});
