import { expect } from 'chai';
import { SETTINGS } from '../../src/console/pages/setting-rows.ts';
import { SETTINGS_ELSEWHERE } from '../../src/console/pages/settings-elsewhere.ts';
import { BREAKER_RULES } from '../../src/domain/campaigns/auto-pause.ts';
import { USUAL_VERIFICATION } from '../../src/domain/hygiene/number-verification.ts';
import { readSources } from '../honesty/tree.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, signedIn } from './client.ts';

/** Settings that the program keeps for itself, as their declaration names them. Nobody chooses their values. */
const OF_THE_PROGRAM: Readonly<Record<string, string>> = {
  id: 'places of sweeps, and checks of keys',
  "'bounce sweep'": 'how far a sweep is',
  "'retention pass'": 'how far the nightly deletion is',
  'MARK + place': 'triggers of a journey that wait',
  "'journeys driver'": 'which worker drives journeys',
  "'staff changes'": 'a counter that keeps changes of admins apart',
  'MARK + id': 'which migrations ran',
  "'reassigned numbers'": 'whose turn it is',
  "'reassigned numbers asked'": 'questions of a day',
  BUDGET: 'questions of a day',
  "'demo'": 'whether a demo filled the database',
  "'first steps done'": 'whether the first steps were done once',
  "'blind index keys'": 'check of the keys',
  "'installation'": 'the id of the installation',
  'RETIRED + version': 'keys that are out of use',
  "'dailyMoves'": 'how far figures are counted',
  "'quality sources left'": 'how far a measurement is',
  "'duplicates known'": 'whether everybody was compared once',
  '`untaken texts ${number}`': 'texts at the carrier that were not taken',
  'OUTCOMES + day': 'messages of a day without an outcome',
  BOOK_MARK: 'the version of the programs',
  "'incident look'": 'how far the search for incidents is',
  '`inbound list ${number}`': 'how far a list at the carrier was read',
  "'a worker sends only answers'": 'that HAND_OVER=answers is set',
  "'reconcile'": 'how far the comparison with the carrier is',
  "'deactivation files'": 'how far files of the carrier were read',
  "'deactivation files unread'": 'files of the carrier that wait',
};

describe('Settings of the code', () => {
  const declared = readSources(/^src\/(?!store\/settings\.ts).*\.ts$/).flatMap(({ text }) =>
    [...text.matchAll(/\bdefineSetting(?:<[^(]*>)?\(\s*([^,]+),/g)].map(([, name = '']) => name.trim()),
  );
  const shown = [
    ...SETTINGS.map(({ storedAs }) => storedAs.setting),
    ...SETTINGS_ELSEWHERE.map(({ storedAs }) => storedAs),
  ].map((name) => `'${name}'`);

  it('have a row on the page of settings, or are named here as kept by the program for itself', () => {
    expect(declared.length).to.be.above(25);
    const known = new Set([...shown, ...Object.keys(OF_THE_PROGRAM)]);
    expect([...new Set(declared)].filter((name) => !known.has(name))).to.deep.equal([]);
    expect([...known].filter((name) => !declared.includes(name))).to.deep.equal([]);
    expect(Object.keys(OF_THE_PROGRAM).filter((name) => shown.includes(name))).to.deep.equal([]);
  });

  it('have a row for each part that somebody may choose', () => {
    const partsOf = (setting: string): string[] =>
      SETTINGS.filter(({ storedAs }) => storedAs.setting === setting).map(({ storedAs }) => storedAs.part);
    expect(partsOf('verification rules')).to.have.members(Object.keys(USUAL_VERIFICATION));
    expect(partsOf('campaign rules')).to.have.members(['approvalOver', ...BREAKER_RULES]);
  });
});

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

  it('let no marketer lift the second person or what pauses campaigns, nor say how long words are kept', async () => {
    const mia = await signedIn(gateway.url, 'marketer');
    const change = async (id: string, value: string, was: string): Promise<number> =>
      (await mia.post(`/console/settings/${id}`, { value, was })).status;
    expect(await change('words-days', '30', '90')).to.equal(403);
    expect(await change('approval-over', '500', '')).to.equal(403);
    expect(await change('pause-opt-outs', '100', '5')).to.equal(403);
    expect((await ada.post('/console/settings/approval-over', { value: '500', was: '' })).location).to.equal(
      '/console/settings',
    );
  });

  it('say in plain words when a campaign pauses, and over what it is counted', async () => {
    const { html } = await ada.get('/console/settings');
    expect(html).to.include('Pause a campaign when the carrier refuses our number for more than');
    expect(html).to.include('Of the last 120 minutes, from 100 messages on, at least 5 cases');
    for (const path of ['verifications', 'merges', 'test-phones', 'prices'])
      expect(html).to.include(`href="/console/${path}"`);
  });

  it('are chosen from a list where they are no numbers, and show what was chosen', async () => {
    const form = await ada.get('/console/settings/lookup-routes');
    expect(form.html).to.include('type="radio" name="value" value="both" checked');
    const odd = await ada.post('/console/settings/lookup-routes', { value: 'sometimes', was: 'both' });
    expect([odd.status, odd.html.includes('Choose from the list.')]).to.deep.equal([422, true]);
    const saved = await ada.post('/console/settings/lookup-routes', { value: 'opt_ins', was: 'both' });
    expect((await ada.follow(saved)).html).to.include('to those of requests to join.');
    const lines = await ada.post('/console/settings/lookup-lines', { value: 'landline', was: '' });
    expect((await ada.follow(lines)).html).to.include('Changed from none to Landline.');
  });

  it('name what is changed by the API alone', async () => {
    const { html } = await ada.get('/console/settings');
    expect(html).to.include('PUT /quality/rules/{rule}').and.include('Stages of customers');
    expect(html).to.not.include('Second factor at the sign-in');
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
