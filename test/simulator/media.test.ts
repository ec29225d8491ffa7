import { expect } from 'chai';
import type { SimulatorBox } from './simulator-box.ts';
import { ACCOUNT, eventually, openBox, PERSON, SHORT_CODE } from './simulator-box.ts';

const MESSAGES = `/2010-04-01/Accounts/${ACCOUNT}/Messages`;
const PICTURES = ['a.png', 'b.JPG', 'c.vcf', 'd'].map((name) => `https://example.com/${name}`);

type Medium = Record<string, string>;
type MediaPage = Record<string, string | number | null> & { media_list: Medium[] };

describe('media of messages at the simulated carrier', () => {
  let box: SimulatorBox;
  before(async () => {
    box = await openBox();
  });
  after(() => box.close());
  beforeEach(() => box.control('DELETE', '/sim'));

  const page = async (path: string) => (await (await box.get(path)).json()) as MediaPage;
  const texted = async (media: string[] = PICTURES): Promise<string> =>
    (await box.text(SHORT_CODE, 'look', { media })).sid;
  const statusOf = async (path: string) => (await box.get(path)).status;

  it('are counted in the message and listed in their order, with their types', async () => {
    const sid = await texted();
    const message = (await (await box.get(`${MESSAGES}/${sid}.json`)).json()) as {
      num_media: string;
      subresource_uris: { media: string };
    };
    expect(message.num_media).to.equal('4');

    const { media_list: media, ...rest } = await page(message.subresource_uris.media);

    const types = ['image/png', 'image/jpeg', 'text/vcard', 'application/octet-stream'];
    expect(media.map(({ content_type }) => content_type)).to.deep.equal(types);
    const [first] = media;
    expect(first?.sid).to.match(/^ME[\da-f]{32}$/);
    expect(first).to.deep.include({ account_sid: ACCOUNT, parent_sid: sid });
    expect(first?.uri).to.equal(`${MESSAGES}/${sid}/Media/${first?.sid}.json`);
    expect(first?.date_created).to.match(/ \d{4} \d\d:\d\d:\d\d \+0000$/);
    expect(new Set(media.map((medium) => medium.sid)).size).to.equal(4);
    expect(rest).to.include({ page: 0, page_size: 50, start: 0, end: 3, next_page_uri: null });
  });

  it('are listed in pages that lead to each other', async () => {
    const sid = await texted();
    const whole = (await page(`${MESSAGES}/${sid}/Media.json`)).media_list;

    const first = await page(`${MESSAGES}/${sid}/Media.json?PageSize=3`);
    const second = await page(String(first.next_page_uri));

    expect([...first.media_list, ...second.media_list]).to.deep.equal(whole);
    expect([first.media_list.length, second.media_list.length]).to.deep.equal([3, 1]);
    expect(first.previous_page_uri).to.equal(null);
    expect(second).to.include({ page: 1, start: 3, end: 3, next_page_uri: null });
    expect(second.previous_page_uri).to.equal(first.uri);
  });

  it('are filtered by the day of the message', async () => {
    const sid = await texted();
    const since = async (filter: string) =>
      (await page(`${MESSAGES}/${sid}/Media.json?DateCreated${filter}`)).media_list.length;
    expect(await since(`%3E=2999-01-01T00:00:00Z`)).to.equal(0);
    expect(await since(`%3C=2999-01-01T00:00:00Z`)).to.equal(4);
    expect(await statusOf(`${MESSAGES}/${sid}/Media.json?DateCreated=2999-01-01x`)).to.equal(400);
  });

  it('can be fetched one by one, under their own message alone', async () => {
    const sid = await texted();
    const other = await texted();
    const [medium] = (await page(`${MESSAGES}/${sid}/Media.json`)).media_list;

    expect(await (await box.get(String(medium?.uri))).json()).to.deep.equal(medium);
    expect(await statusOf(`${MESSAGES}/${other}/Media/${medium?.sid}.json`)).to.equal(404);
    expect(await statusOf(`${MESSAGES}/${sid}/Media/ME0.json`)).to.equal(404);
  });

  it('are none for a plain message, and unknown for one that is not there', async () => {
    const sid = await texted([]);
    expect((await page(`${MESSAGES}/${sid}/Media.json`)).media_list).to.deep.equal([]);
    expect(await statusOf(`${MESSAGES}/SM0/Media.json`)).to.equal(404);
    const withMedia = await texted();
    const [medium] = (await page(`${MESSAGES}/${withMedia}/Media.json`)).media_list;
    const authorization = `Basic ${btoa(`${ACCOUNT}:wrong`)}`;
    for (const uri of [medium?.uri, `${MESSAGES}/${withMedia}/Media.json`]) {
      const stranger = await fetch(`${box.simulator.url}${uri}`, { headers: { authorization } });
      expect(stranger.status, uri).to.equal(401);
    }
  });

  it('can be read of a message that was sent, until the message is deleted', async () => {
    const created = await box.create({
      ...{ To: PERSON, From: SHORT_CODE, Body: 'look', MediaUrl: 'https://example.com/a.png' },
    });
    const { sid } = (await created.json()) as { sid: string };
    const path = `${MESSAGES}/${sid}/Media.json`;
    expect((await page(path)).media_list.map(({ content_type }) => content_type)).to.deep.equal([
      'image/png',
    ]);
    await eventually(async () => (await box.handset()).length === 1);
    const authorization = `Basic ${btoa(`${ACCOUNT}:a-token-for-tests`)}`;
    await fetch(`${box.simulator.url}${MESSAGES}/${sid}.json`, {
      ...{ method: 'DELETE', headers: { authorization } },
    });
    expect(await statusOf(path)).to.equal(404);
  });

  it('fail to be read as the behaviors of the person say', async () => {
    const sid = await texted();
    const [medium] = (await page(`${MESSAGES}/${sid}/Media.json`)).media_list;
    await box.control('PUT', '/sim/behaviours', [
      { match: { number: PERSON }, on: 'read', effect: { kind: 'http5xx' } },
    ]);
    expect(await statusOf(`${MESSAGES}/${sid}/Media.json`)).to.equal(503);
    expect(await statusOf(String(medium?.uri))).to.equal(503);
  });
});
