import { readFileSync } from 'node:fs';
import { seedAudience } from '../../../scripts/seed/audience/audience.ts';
import { createKey, SCOPES } from '../../../src/access/api-keys.ts';
import { type Gateway, startGateway } from '../../support/gateway.ts';
import type { Values } from './page.ts';
import { runPage } from './run-page.ts';

const PAGE = ['docs/tutorial.md', 'docs/tutorial-campaign.md']
  .map((page) => readFileSync(page, 'utf8'))
  .join('\n');

describe('the tutorial, from its top to its end', () => {
  let gateway: Gateway;
  const values: Values = {};
  before(async () => {
    gateway = await startGateway();
    const { key } = await createKey(gateway.store, { name: 'tutorial', scopes: SCOPES }, new Date());
    Object.assign(values, { URL: gateway.url, KEY: key });
    const people = { people: 40, seed: 1, now: new Date(), progress: () => undefined };
    await seedAudience(gateway.store, gateway.config, people);
  });
  after(() => gateway.stop());

  runPage(PAGE, () => ({ gateway, values }));
});
