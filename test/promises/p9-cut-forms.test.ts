import { expect } from 'chai';
import { doubtAbout } from '../../src/domain/certain-form.ts';
import { parseForm } from '../../src/sending/twilio/webhook-forms.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { encodeForm, type Field, type HttpAnswer, post, sign } from '../support/signed-post.ts';
import { cutForms } from '../webhooks/cut-forms.ts';
import {
  ACCOUNT,
  EMPTY,
  INBOUND,
  indexOf,
  newPerson,
  newSid,
  postAndWait,
  textFields,
} from './inbound-posts.ts';

describe('P9: a captured signed request cut into another text', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'replies' });
  });
  after(() => gateway.stop());

  /** The signature of a captured request. */
  const captured = (fields: readonly Field[]): string =>
    sign(gateway.config.twilio.authToken, gateway.url + INBOUND, fields);

  /** Posts other fields with a captured signature. Their joined text is the same, or else they are refused. */
  const postCut = async (fields: readonly Field[], signature: string): Promise<HttpAnswer> => {
    const headers = { 'X-Twilio-Signature': signature };
    const answer = await post(gateway.url + INBOUND, encodeForm(fields), headers);
    expect([answer.status, answer.body], 'the signature fits the cut form').to.deep.equal([200, EMPTY]);
    return answer;
  };

  const standingOf = async (person: string) => {
    const contact = await gateway.store.contacts.findOne({ index: indexOf(gateway, person), current: true });
    const deliveries = await gateway.store.deliveries.countDocuments({ contact: contact?._id ?? '' });
    const states = contact?.subscriptions.map(({ state }) => state) ?? [];
    const asked = contact?.prompts.filter(({ state }) => state === 'open').length ?? 0;
    return { states, asked, deliveries };
  };

  const replaced = (fields: readonly Field[], name: string, by: readonly Field[]): Field[] =>
    fields.flatMap((field) => (field[0] === name ? by : [field]));

  it('does nothing when the MessageSid is cut away from an old JOIN', async () => {
    const person = newPerson();
    const join = textFields(person, 'JOIN');
    await postAndWait(gateway, join);
    await postAndWait(gateway, textFields(person, 'STOP'));
    const before = await standingOf(person);
    const sid = String(join[0]?.[1]);
    const cutName = (name: string): Field => [`${name}${sid.slice(0, 2)}`, sid.slice(2)];
    const cut = ['MessageSid', 'SmsSid'].reduce(
      (fields, name) => replaced(fields, name, [cutName(name)]),
      join,
    );
    await postCut(cut, captured(join));
    expect(await standingOf(person)).to.deep.equal(before);
  });

  it('prompts no stranger when another From is cut out of the words of a text', async () => {
    const [attacker, stranger] = [newPerson(), newPerson()];
    await postAndWait(gateway, textFields(stranger, 'STOP'));
    const before = await standingOf(stranger);
    const text = textFields(attacker, `JOINFrom${stranger}Gx`);
    const cut = replaced(replaced(text, 'Body', [['Body', 'JOIN']]), 'From', [
      ['From', stranger],
      ['Gx', `From${attacker}FromCitySEATTLEFromCountryUS`],
    ]).filter(([name]) => name !== 'FromCity' && name !== 'FromCountry');
    await postCut(cut, captured(text));
    expect(await standingOf(stranger)).to.deep.equal(before);
  });

  it('does nothing and sends nothing in a sample of cuts of honest and hostile forms', async () => {
    const before = await gateway.store.deliveries.countDocuments({});
    let posted = 0;
    for (const { fields, signature } of cutForms(7, {
      publicUrl: gateway.url,
      token: gateway.config.twilio.authToken,
    })) {
      if (doubtAbout(parseForm(Buffer.from(encodeForm(fields))), ACCOUNT) === null) continue;
      await postCut(fields, signature);
      posted += 1;
      if (posted === 60) break;
    }
    expect(await gateway.store.deliveries.countDocuments({})).to.equal(before);
    const opened = { subscriptions: { $elemMatch: { state: 'subscribed' as const } } };
    expect(await gateway.store.contacts.countDocuments(opened)).to.equal(0);
    expect(await gateway.store.uncertainTexts.countDocuments({ open: true })).to.be.greaterThan(30);
  });

  it('does nothing when documented field names are cut out of the words of a text', async () => {
    const [attacker, stranger] = [newPerson(), newPerson()];
    const forged = newSid();
    const text = textFields(attacker, `JOINFrom${stranger}MessageSid${forged}`);
    const genuine = String(text[0]?.[1]);
    const rest = `From${attacker}FromCitySEATTLEFromCountryUSMessageSid${genuine}`;
    const cut = replaced(replaced(text, 'Body', [['Body', 'JOIN']]), 'From', [['From', stranger]])
      .filter(([name]) => name !== 'FromCity' && name !== 'FromCountry')
      .map(([name, value]): Field => (name === 'MessageSid' ? [name, `${forged}${rest}`] : [name, value]));
    await postCut(cut, captured(text));
    expect(await standingOf(stranger)).to.deep.equal({ states: [], asked: 0, deliveries: 0 });
  });
});
