import { expect } from 'chai';
import { ROLES } from '../../src/domain/access/permissions.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { signedIn } from './client.ts';

const ANA = '+15551230001';
const BEN = '+15551230002';

describe('The first page of each role', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    for (const number of [ANA, BEN]) {
      await gateway.text(number, 'JOIN');
      await gateway.text(number, 'YES');
    }
    await gateway.text(ANA, 'you text me too much');
    await gateway.text(BEN, 'where is my order?');
  });
  after(() => gateway.stop());

  const homeOf = async (role: (typeof ROLES)[number]): Promise<string> => {
    const client = await signedIn(gateway.url, role);
    const { html, status } = await client.get('/console');
    expect(status, role).to.equal(200);
    return html;
  };

  it('says to each role what waits for it or works for it, and welcomes nobody', async () => {
    const sentences: Record<(typeof ROLES)[number], RegExp> = {
      support: /1 person waits for an answer, for 1 min\./,
      compliance: /1 text may be an opt-out\. It becomes one in \d days[^.]*\./,
      marketer: /Nothing is scheduled\./,
      admin: /No job has run yet|The last run of/,
      'read-only': /Programs planned .* in the last 7 days\./,
      integrator: /There is no key to the API yet\./,
    };
    for (const role of ROLES) {
      const html = await homeOf(role);
      expect(html, role).to.match(sentences[role]).and.not.include('Welcome');
    }
  });

  it('lists what needs a person by how long it waits, with a door to each', async () => {
    expect(await homeOf('support')).to.match(
      /href="\/console\/inbox\/\w+">ending 0002 · \w{4} waits for an answer/,
    );
    expect(await homeOf('compliance')).to.match(
      /href="\/console\/holds\/[\w.]+">ending 0001 · \w{4} may have opted out/,
    );
    const admin = await homeOf('admin');
    expect(admin).to.include('waits for an answer').and.include('may have opted out');
    expect(await homeOf('read-only')).to.not.include('Needs a person');
  });

  it('has at most four figures, each of which opens what it counts for whoever sees it', async () => {
    for (const role of ROLES) {
      const client = await signedIn(gateway.url, role);
      const { html } = await client.get('/console');
      const figures = [...html.matchAll(/<div><a href="([^"]+)"><b>/g)].map(([, href = '']) => href);
      expect(figures.length, role).to.be.at.most(4);
      for (const href of figures) {
        const { status } = await client.get(href.replaceAll('&amp;', '&'));
        expect(status, `${role} ${href}`).to.equal(200);
      }
    }
  });
});
