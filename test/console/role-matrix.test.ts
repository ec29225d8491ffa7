import { expect } from 'chai';
import { createKey, SCOPES } from '../../src/access/api-keys.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { PAGES } from '../../src/console/pages.ts';
import { may, PERMISSIONS_OF, ROLES, type Role } from '../../src/domain/access/permissions.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { type ConsoleClient, colleague, consoleClient, firstAdmin, signedIn } from './client.ts';

const ANA = '+15551230001';

/** A value for each place in a path; nothing has these ids. */
const filled = (path: string): string => path.replace(/:\w+|\{\w+\}/g, '0123456789abcdef01234567');

/** What a role that may not see numbers must never meet: the number in any of the usual spellings. */
const CLEAR = /555\D{0,3}123\D{0,2}0001/;

describe('The permissions of the roles', () => {
  let gateway: Gateway;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'demo' } });
    await gateway.text(ANA, 'JOIN');
    await gateway.text(ANA, 'YES');
    await gateway.text(ANA, 'you text me too much');
  });
  after(() => gateway.stop());

  for (const role of ROLES) {
    it(`lets ${role} open exactly the pages of the role, without a dead end and without a number`, async () => {
      const client = await signedIn(gateway.url, role);
      for (const { method, path, permission, only } of PAGES) {
        // These end the sign-in, or lead to another one.
        if (path.startsWith('/sign-') || only === 'accounts') continue;
        const { status, html } = await client[method](filled(`/console${path}`));
        const what = `${role} ${method} ${path}`;
        const allowed = permission === null || may(role, permission);
        expect(status === 403, `${what} was answered ${status}`).to.equal(!allowed);
        expect(status, what).to.be.below(500);
        if (!allowed) expect(html, what).to.include('These roles may:');
        expect(html, what).to.not.match(CLEAR);
      }
    });

    it(`lets a key with what ${role} may do call exactly those routes`, async () => {
      const scopes = SCOPES.filter((scope) => may(role, scope));
      const { key } = await createKey(gateway.store, { name: role, scopes }, new Date());
      for (const { method, path, scope } of ROUTES) {
        const { status, text } = await called(gateway, key, { method, path });
        const isRefused = status === 403 && text.includes('missing-scope');
        expect(isRefused, `${role} ${method} ${path} was answered ${status}`).to.equal(!may(role, scope));
        expect(status, `${method} ${path}`).to.be.below(500);
      }
    });
  }

  it('keeps words, numbers and acts from read-only, and everything about people from integrators', () => {
    const forbidden: [Role, RegExp][] = [
      ['read-only', /:(write|send|answer|overturn|reveal|manage)$|^evidence:|^audit:/],
      [
        'integrator',
        /^(contacts|reviews|evidence|consent|messages|inbox|campaigns|numbers|suppressions|audit):/,
      ],
      ['marketer', /^(evidence|numbers|consent|reviews|audit|keys|jobs|campaigns:limit)/],
      ['support', /^(programs:write|messages|campaigns|keys|jobs|audit|consent:overturn)/],
    ];
    for (const [role, pattern] of forbidden) {
      expect(
        PERMISSIONS_OF[role].filter((permission) => pattern.test(permission)),
        role,
      ).to.deep.equal([]);
    }
  });
});

/** Pages that end the sign-in or lead to another one. */
const LEADS_AWAY = /^\/sign-|^\/account\/devices\/end-all$/;

describe('The permissions of the roles with accounts', () => {
  let gateway: Gateway;
  let admin: ConsoleClient;
  before(async () => {
    gateway = await startGateway({ worker: 'replies', env: { CONSOLE: 'on' } });
    admin = await firstAdmin(gateway);
  });
  after(() => gateway.stop());

  for (const role of ROLES) {
    it(`let ${role} open exactly the pages of the role`, async () => {
      const member = { name: `A ${role}`, email: `${role}@fernway.example`, role };
      const client = await colleague(gateway, admin, member);
      for (const { method, path, permission, only } of PAGES) {
        if (only === 'demo' || LEADS_AWAY.test(path)) continue;
        const { status } = await client[method](filled(`/console${path}`));
        const what = `${role} ${method} ${path} was answered ${status}`;
        expect(status === 403, what).to.equal(permission !== null && !may(role, permission));
        expect(status, what).to.be.below(500);
      }
    });
  }

  it('open nothing but the sign-in to whoever is not signed in', async () => {
    for (const { method, path, permission, only } of PAGES) {
      if (only === 'demo' || permission === null) continue;
      const { status, location } = await consoleClient(gateway.url)[method](filled(`/console${path}`));
      expect(status, path).to.equal(303);
      expect(location, path).to.match(/^\/console\/sign-in\?next=/);
    }
  });
});

/** What begins a campaign or a journey, or lets it go on. */
const SENDING_TO_MANY = [
  '/campaigns/{id}/start',
  '/campaigns/{id}/resume',
  '/campaigns/{id}/approve',
  '/journeys/{id}/start',
];

describe('Sending to many', () => {
  it('needs a permission of its own, apart from editing and from messages to one person', () => {
    const scopes = SENDING_TO_MANY.map((path) => ROUTES.find((route) => route.path === path)?.scope);
    expect(new Set(scopes)).to.deep.equal(new Set(['campaigns:send']));
    for (const path of ['/campaigns/{id}/edit', '/messages', '/inbox/{id}/answer'])
      expect(ROUTES.find((route) => route.path === path)?.scope, path).to.not.equal('campaigns:send');
    expect(ROUTES.find(({ method, path }) => method === 'put' && path === '/campaigns/{id}')?.scope).to.equal(
      'programs:write',
    );
  });

  it('is for marketers and admins alone', () => {
    expect(ROLES.filter((role) => may(role, 'campaigns:send'))).to.deep.equal(['marketer', 'admin']);
    expect(ROLES.filter((role) => may(role, 'campaigns:limit'))).to.deep.equal(['admin']);
    expect(ROLES.filter((role) => may(role, 'messages:write'))).to.deep.equal(['marketer', 'admin']);
    expect(ROLES.filter((role) => may(role, 'inbox:answer'))).to.deep.equal(['support', 'admin']);
  });
});

async function called(
  { url }: Gateway,
  key: string,
  { method, path }: { method: string; path: string },
): Promise<{ status: number; text: string }> {
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  const body = method === 'get' ? null : '{}';
  const response = await fetch(`${url}/api/v1${filled(path)}`, {
    method: method.toUpperCase(),
    headers,
    body,
  });
  return { status: response.status, text: await response.text() };
}
