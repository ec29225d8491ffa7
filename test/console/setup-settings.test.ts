import { expect } from 'chai';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

describe('The settings at the console', () => {
  let gateway: Gateway;
  let ada: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    ada = await signedIn(gateway.url, 'admin');
  });
  after(() => gateway.stop());

  it('change with the name of who changed them, and refuse what cannot be', async () => {
    expect((await ada.get('/console/settings')).html).to.include('Everything is set as usual.');
    const odd = await ada.post('/console/settings/words-days', { value: '12', was: '400' });
    expect(odd.status).to.equal(422);
    expect(odd.html).to.include('Type a whole number from 30 to 1,830.').and.include('value="12"');
    const stale = await ada.post('/console/settings/words-days', { value: '90', was: '300' });
    expect(stale.html).to.include('Somebody changed it meanwhile.');
    const saved = await ada.post('/console/settings/words-days', { value: '90', was: '400' });
    const { html } = await ada.follow(saved);
    expect(html).to.include('Changed from 400 days to 90 days.').and.include('Ada Brandt');
    expect(html).to.include('1 setting differs from the usual.');
  });

  it('let a marketer change rules of campaigns, and not how long words are kept', async () => {
    const mia = await signedIn(gateway.url, 'marketer');
    expect((await mia.post('/console/settings/words-days', { value: '30', was: '90' })).status).to.equal(403);
    const saved = await mia.post('/console/settings/approval-over', { value: '500', was: '' });
    expect(saved.location).to.equal('/console/settings');
  });

  it('keep the price table that was typed where a line cannot be read, and replace it whole', async () => {
    const form = { currency: 'USD', as_of: '2026-01-05', prices: 'US, any, sms, 0.0083\nUS sms cheap' };
    const odd = await ada.post('/console/prices', form);
    expect(odd.status).to.equal(422);
    expect(odd.html).to.include('Line 2 cannot be read.').and.include('US sms cheap');
    const saved = await ada.post('/console/prices', { ...form, prices: 'US, any, sms, 0.0083' });
    expect((await ada.follow(saved)).html)
      .to.include('the prices of Jan 5, 2026.')
      .and.include('0.0083');
  });
});
