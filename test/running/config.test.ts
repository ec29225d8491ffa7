import { resolve } from 'node:path';
import { expect } from 'chai';
import { ConfigError, loadConfig, loadGatewayConfig } from '../../src/config.ts';

const KEY_A = Buffer.alloc(32, 1).toString('base64');
const KEY_B = Buffer.alloc(32, 2).toString('base64');

/** Everything that has no default. */
const LEAST = {
  TWILIO_ACCOUNT_SID: 'AC0123456789abcdef0123456789abcdef',
  TWILIO_AUTH_TOKEN: '0123456789abcdef0123456789abcdef',
  KEYRING: `k1:${KEY_A}`,
  BLIND_INDEX_KEY: `1:${KEY_B}`,
  LEDGER_KEY: `1:${KEY_A}`,
};

function problemsOf(env: NodeJS.ProcessEnv, load = loadConfig): readonly string[] {
  try {
    load(env);
  } catch (failure) {
    if (failure instanceof ConfigError) return failure.problems;
    throw failure;
  }
  return [];
}

const problemsWith = (env: NodeJS.ProcessEnv) => problemsOf({ ...LEAST, ...env });

describe('the configuration', () => {
  it('fills in every default', () => {
    const config = loadConfig(LEAST);
    expect(config).to.include({
      port: 3000,
      workerPort: undefined,
      publicUrl: 'http://localhost:3000',
      mongodbUri: undefined,
      dataDir: resolve('.data'),
      simulatorPort: 4010,
      role: 'all',
      handOver: 'all',
      logLevel: 'info',
      shutdownSeconds: 20,
    });
    expect(config.planAgain).to.deep.equal({ transactional: false });
    expect(config.twilio.apiBase).to.equal('https://api.twilio.com');
  });

  it('counts an empty variable as unset', () => {
    expect(
      loadConfig({ ...LEAST, PORT: '', MONGODB_URI: '', TWILIO_AUTH_TOKEN_SECONDARY: '' }),
    ).to.deep.equal(loadConfig(LEAST));
  });

  it('allows only listed classes to be planned again after a crash', () => {
    expect(loadConfig({ ...LEAST, PLAN_AGAIN: 'transactional' }).planAgain).to.deep.equal({
      transactional: true,
    });
    expect(problemsWith({ PLAN_AGAIN: 'marketing' })).to.deep.equal([
      'PLAN_AGAIN must be none or transactional',
    ]);
  });

  it('cannot be changed', () => {
    const config = loadConfig(LEAST);
    expect(config).to.be.frozen;
    expect(config.twilio).to.be.frozen;
    expect(config.keyRing).to.be.frozen;
  });

  it('names all problems at once', () => {
    expect(problemsOf({ PORT: 'http', ROLE: 'boss', PUBLIC_URL: 'example.com' })).to.deep.equal([
      'PORT must be a whole number',
      'PUBLIC_URL must be an absolute http or https URL without user, query and fragment',
      'TWILIO_ACCOUNT_SID is required',
      'TWILIO_AUTH_TOKEN is required',
      'KEYRING is required; docs/operations/keys.md says how to make one',
      'BLIND_INDEX_KEY is required; docs/operations/keys.md says how to make one',
      'LEDGER_KEY is required; docs/operations/keys.md says how to make one',
      'ROLE must be web, worker or all',
    ]);
  });

  it('names also a role without a database', () => {
    for (const ROLE of ['web', 'worker']) {
      const missing = `MONGODB_URI is required with ROLE=${ROLE}: only ROLE=all starts the embedded database`;
      expect(problemsWith({ ROLE, PORT: 'http' })).to.deep.equal(['PORT must be a whole number', missing]);
      expect(problemsWith({ ROLE, MONGODB_URI: '' })).to.deep.equal([missing]);
      expect(problemsWith({ ROLE, MONGODB_URI: 'mongodb://a' })).to.deep.equal([]);
    }
    for (const ROLE of ['', 'all']) expect(problemsWith({ ROLE })).to.deep.equal([]);
  });

  it('never repeats a wrong value, which may be a secret in the wrong place', () => {
    const secret = 'hunter2-hunter2';
    for (const name of [...Object.keys(LEAST), 'PORT', 'PUBLIC_URL', 'MONGODB_URI', 'ROLE', 'LOG_LEVEL']) {
      try {
        loadConfig({ ...LEAST, [name]: secret });
        expect.fail(`${name} was accepted`);
      } catch (failure) {
        expect(failure).to.be.instanceOf(ConfigError);
        expect(String((failure as Error).message))
          .to.include(name)
          .and.not.include('hunter2');
      }
    }
  });

  it('accepts a public URL with a path, and drops the slash at its end', () => {
    const publicUrl = (text: string) => loadConfig({ ...LEAST, PUBLIC_URL: text }).publicUrl;
    expect(publicUrl('https://sms.example.com/')).to.equal('https://sms.example.com');
    expect(publicUrl('https://example.com/texts/')).to.equal('https://example.com/texts');
    expect(publicUrl('https://EXAMPLE.com:8443')).to.equal('https://example.com:8443');
  });

  for (const url of [
    '/texts',
    'ftp://example.com',
    'https://a:b@example.com',
    'https://example.com/?a=1',
    'https://e.com/#a',
  ]) {
    it(`refuses the public URL ${url}`, () => {
      expect(problemsWith({ PUBLIC_URL: url })).to.have.length(1);
    });
  }

  const LOCAL = 'http://localhost:4010';
  for (const [publicUrl, apiBase, reached] of [
    ['https://sms.fernway.example', 'https://api.twilio.com', true],
    ['https://localhost.fernway.example', 'https://api.twilio.com', true],
    ['http://localhost:3000', 'https://api.twilio.com', false],
    ['http://LOCALHOST', 'https://api.twilio.com', false],
    ['http://texts.localhost/a', 'https://api.twilio.com', false],
    ['http://127.1:3000', 'https://api.twilio.com', false],
    ['http://0.0.0.0:3000', 'https://api.twilio.com', false],
    ['http://[::1]:3000', 'https://api.twilio.com', false],
    ['http://localhost:3000', LOCAL, true],
    ['http://localhost:3000', 'http://127.0.0.1:4010', true],
  ] as const) {
    it(`${reached ? 'lets' : 'does not let'} a carrier at ${apiBase} call ${publicUrl}`, () => {
      const start = () => loadGatewayConfig({ ...LEAST, PUBLIC_URL: publicUrl, TWILIO_API_BASE: apiBase });
      if (reached) expect(start).not.to.throw();
      else
        expect(start).to.throw(
          ConfigError,
          /PUBLIC_URL is http.* the carrier at TWILIO_API_BASE cannot reach/,
        );
    });
  }

  it('tells a gateway that nobody can call it, beside other faults, and a command not', () => {
    const env = { ...LEAST, PUBLIC_URL: '', PORT: 'x', ROLE: 'worker' };
    const others = [
      'PORT must be a whole number',
      'MONGODB_URI is required with ROLE=worker: only ROLE=all starts the embedded database',
    ];
    const unreachable =
      'PUBLIC_URL is http://localhost:3000, which the carrier at TWILIO_API_BASE cannot reach: set the address that the gateway has on the internet';
    expect(problemsOf(env, loadGatewayConfig)).to.deep.equal([...others, unreachable]);
    expect(problemsOf(env)).to.deep.equal(others);
    const wrong = 'TWILIO_API_BASE must be an absolute http or https URL without user, query and fragment';
    expect(problemsOf({ ...LEAST, TWILIO_API_BASE: 'x' }, loadGatewayConfig)).to.deep.equal([wrong]);
  });

  it('refuses a public host with an underscore', () => {
    expect(problemsWith({ PUBLIC_URL: 'https://my_host.example.com' })).to.deep.equal([
      'PUBLIC_URL must not have an underscore in its host',
    ]);
  });

  it('refuses ports that do not exist', () => {
    for (const port of ['0', '65536', '-1', '3000.5', '0x10', ' 80', '99999999']) {
      expect(problemsWith({ PORT: port }), port).to.have.length(1);
    }
  });

  it('reads a key ring: the first key is the active one', () => {
    const { keyRing } = loadConfig({ ...LEAST, KEYRING: `k2:${KEY_B}, k1:${KEY_A}` });
    expect(keyRing.active).to.equal('k2');
    expect([...keyRing.keys]).to.deep.equal([
      ['k2', Buffer.alloc(32, 2)],
      ['k1', Buffer.alloc(32, 1)],
    ]);
  });

  it('names the wrong entry of a key ring', () => {
    const malformed = (entry: number) => [
      `KEYRING entry ${entry} is not <id>:<base64 of 32 bytes>; docs/operations/keys.md says how to make one`,
    ];
    expect(problemsWith({ KEYRING: KEY_A })).to.deep.equal(malformed(1));
    expect(problemsWith({ KEYRING: `k1:${KEY_A},` })).to.deep.equal(malformed(2));
    expect(problemsWith({ KEYRING: `k1:${KEY_A},k2:c2hvcnQ=` })).to.deep.equal(malformed(2));
    expect(problemsWith({ KEYRING: `k1:${KEY_A},k1:${KEY_B}` })).to.deep.equal([
      'KEYRING entry 2 repeats an id',
    ]);
  });

  it('signs the ledger with the first key of LEDGER_KEY, and verifies it with all of them', () => {
    const { ledgerKeys } = loadConfig({ ...LEAST, LEDGER_KEY: `2:${KEY_B}, 1:${KEY_A}` });
    expect([ledgerKeys.active, [...ledgerKeys.keys.keys()]]).to.deep.equal(['2', ['2', '1']]);
    expect(problemsWith({ LEDGER_KEY: 'x' })[0]).to.match(
      /^LEDGER_KEY entry 1 is not <version>:<base64 of 32 bytes>;/,
    );
  });

  it('accepts one blind index key, of version 1: more would make everybody a stranger', () => {
    expect(loadConfig({ ...LEAST, BLIND_INDEX_KEY: `1:${KEY_A}` }).blindIndexKeys).to.have.length(1);
    for (const versions of [`1:${KEY_A},2:${KEY_B}`, `2:${KEY_A}`, `2:${KEY_A},1:${KEY_B}`]) {
      expect(problemsWith({ BLIND_INDEX_KEY: versions }), versions).to.deep.equal([
        'BLIND_INDEX_KEY must be one key, of version 1: there is no way yet to change the key of a database',
      ]);
    }
  });

  it('accepts signatures of two auth tokens during a rotation', () => {
    const second = 'fedcba9876543210fedcba9876543210';
    const { twilio } = loadConfig({ ...LEAST, TWILIO_AUTH_TOKEN_SECONDARY: second });
    expect(twilio.signingTokens).to.deep.equal([LEAST.TWILIO_AUTH_TOKEN, second]);
    expect(loadConfig(LEAST).twilio.signingTokens).to.deep.equal([LEAST.TWILIO_AUTH_TOKEN]);
  });

  it('accepts signatures of every configured shared key, by its id', () => {
    const first = 'webhooks_sharedkey_1:A/secret+with=signs:in.it';
    const second = 'webhooks_sharedkey_2:another-secret-of-twilio';
    expect(
      loadConfig({ ...LEAST, TWILIO_SHARED_KEYS: `${first}, ${second}` }).twilio.sharedKeys,
    ).to.deep.equal(
      new Map([
        ['webhooks_sharedkey_1', 'A/secret+with=signs:in.it'],
        ['webhooks_sharedkey_2', 'another-secret-of-twilio'],
      ]),
    );
    expect(loadConfig(LEAST).twilio.sharedKeys).to.deep.equal(new Map());
    const malformed =
      'is not <key id>:<secret of at least 16 characters>; docs/operations/keys.md says where Twilio has both';
    expect(problemsWith({ TWILIO_SHARED_KEYS: `${first},` })).to.deep.equal([
      `TWILIO_SHARED_KEYS entry 2 ${malformed}`,
    ]);
    expect(problemsWith({ TWILIO_SHARED_KEYS: 'short:secret' })).to.deep.equal([
      `TWILIO_SHARED_KEYS entry 1 ${malformed}`,
    ]);
    expect(problemsWith({ TWILIO_SHARED_KEYS: `${first},${first}` })).to.deep.equal([
      'TWILIO_SHARED_KEYS entry 2 repeats a key id',
    ]);
  });

  it('serves the console only with a long secret, and over https', () => {
    const secret = 'x'.repeat(32);
    const on = { CONSOLE: 'on', SESSION_SECRET: secret, PUBLIC_URL: 'https://sms.example.com' };
    expect(loadConfig({ ...LEAST, ...on }).console).to.deep.equal({
      kind: 'on',
      sessionSecret: secret,
      proxies: 0,
      oidc: null,
    });
    expect(problemsWith({ ...on, PUBLIC_URL: 'http://localhost:3000' })).to.deep.equal([]);
    expect(problemsWith({ ...on, SESSION_SECRET: '' })).to.deep.equal([
      'SESSION_SECRET is required with CONSOLE=on',
    ]);
    expect(problemsWith({ ...on, SESSION_SECRET: 'short' })).to.deep.equal([
      'SESSION_SECRET must be at least 32 characters',
    ]);
    expect(problemsWith({ ...on, PUBLIC_URL: 'http://sms.example.com' })).to.deep.equal([
      'PUBLIC_URL must begin with https:// with CONSOLE=on: over http, passwords can be read on the way',
    ]);
    expect(problemsWith({ ...on, PUBLIC_URL: 'http://0.0.0.0.example.com' })).to.have.length(1);
  });

  it('takes a provider of sign-ins only whole, and over https', () => {
    const on = { CONSOLE: 'on', SESSION_SECRET: 'x'.repeat(32), PUBLIC_URL: 'https://sms.example.com' };
    const client = { OIDC_CLIENT_ID: 'assent', OIDC_CLIENT_SECRET: 'secret' };
    const issuer = 'https://login.example.com/app/';
    const { console } = loadConfig({ ...LEAST, ...on, ...client, OIDC_ISSUER: issuer });
    expect(console?.oidc).to.deep.equal({ issuer, clientId: 'assent', clientSecret: 'secret' });
    expect(problemsWith({ ...on, OIDC_ISSUER: issuer })).to.deep.equal([
      'OIDC_CLIENT_ID is required with the other OIDC variables',
      'OIDC_CLIENT_SECRET is required with the other OIDC variables',
    ]);
    expect(problemsWith({ ...on, ...client, OIDC_ISSUER: 'http://127.0.0.1:4000' })).to.deep.equal([]);
    expect(problemsWith({ ...on, ...client, OIDC_ISSUER: 'http://login.example.com' })).to.deep.equal([
      'OIDC_ISSUER must begin with https://: over http, anybody can sign in as anybody',
    ]);
    expect(problemsWith({ ...on, ...client, OIDC_ISSUER: 'login.example.com' })).to.deep.equal([
      'OIDC_ISSUER must be an absolute http or https URL without user, query and fragment',
    ]);
  });
});
