import { expect } from 'chai';
import { type Gateway, startGateway } from '../support/gateway.ts';

const PERSON = '+15551230001';

describe('the dialogue of the README', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'sending' });
  });
  after(() => gateway.stop());

  const answer = async (body: string, from = PERSON): Promise<string> =>
    (await gateway.text(from, body)).replies.join('\n');

  it('asks once, with content, frequency, rates, HELP, STOP, terms and privacy', async () => {
    const text = await answer('JOIN');
    for (const item of [
      'Fernway Deals',
      'YES',
      '4 msgs/month',
      'Msg&data rates',
      'HELP',
      'STOP',
      '/terms',
      '/privacy',
    ]) {
      expect(text).to.contain(item);
    }
  });

  it('confirms on YES and welcomes', async () => {
    expect(await answer('Yes!')).to.match(/joined Fernway Deals.*HELP.*STOP/);
  });

  it('shows topics, codes, frequency, and which topics are on', async () => {
    const text = await answer('MENU');
    expect(text).to.match(/1 DEALS: Weekly deals, 4 msgs\/month - on/);
    expect(text).to.match(/2 NEWS: Store news, 2 msgs\/month - off/);
  });

  it('turns topics on by code and by word', async () => {
    expect(await answer('1 3')).to.contain('Weekly deals, Local events');
    expect(await answer('DEALS, NEWS')).to.contain('Weekly deals, Store news, Local events');
  });

  it('turns one topic off, says what still comes and that STOP ends everything', async () => {
    const text = await answer('STOP DEALS');
    expect(text).to.match(/no more Weekly deals.*still get.*Store news, Local events.*STOP/s);
  });

  it('answers WHY, PAUSE and HELP', async () => {
    expect(await answer('WHY')).to.contain('"Yes!"');
    expect(await answer('PAUSE 30')).to.contain('until');
    expect(await answer('HELP')).to.contain('1-800-555-0142');
  });

  it('ends everything on ordinary words, and says so once', async () => {
    expect(await answer('take me off this list please')).to.contain('unsubscribed');
    expect(await answer('STOP')).to.equal('');
  });

  it('asks again on JOIN after an opt-out', async () => {
    expect(await answer('JOIN')).to.contain('reply YES');
  });

  it('keeps and confirms a STOP from a person never seen before', async () => {
    expect(await answer('STOP', '+15551230009')).to.contain('unsubscribed');
    expect(await gateway.store.suppressions.countDocuments({ kind: 'opt-out' })).to.equal(3);
  });
});
