import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { programAt } from '../support/built.ts';
import type { SimulatorBox } from './simulator-box.ts';
import { LONG_CODE, openBox, PERSON, SHORT_CODE } from './simulator-box.ts';
import { EMPTY, say } from './webhook-receiver.ts';

type Run = { code: number; out: string; err: string };

/** A problem of the API. The field and the reason stand in `errors` alone. */
const TOO_SHORT = {
  title: 'A value in the request cannot be used.',
  detail: 'Nothing was changed.',
  errors: [{ field: 'phone', message: 'It has too few digits.' }],
};

describe('a handset in the terminal', () => {
  let box: SimulatorBox;
  let directory: string;
  let api: Server;
  let lookedUp: unknown[];

  before(async () => {
    box = await openBox();
    directory = await mkdtemp(join(tmpdir(), 'assent-terminal-'));
    api = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const [status, answer] = answerApi(request.url ?? '', body, request.headers.authorization);
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
    const demo = {
      gateway: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
      simulator: box.simulator.url,
      apiKey: 'key-1',
      numbers: { SHOP: SHORT_CODE, CLUB: LONG_CODE },
      logins: [],
      mongodb: 'mongodb://127.0.0.1:1',
      holder: '1 1',
    };
    await writeFile(join(directory, 'demo.json'), JSON.stringify(demo));
  });
  after(async () => {
    await box.close();
    await new Promise((resolve) => api.close(resolve));
    await rm(directory, { recursive: true });
  });
  beforeEach(async () => {
    lookedUp = [];
    await box.control('DELETE', '/sim');
    box.receiver.answer = () => EMPTY;
  });

  function answerApi(path: string, body: string, authorization: string | undefined): [number, unknown] {
    if (authorization !== 'Bearer key-1') return [401, { title: 'No key' }];
    if (path.startsWith('/api/v1/deliveries?')) return [200, { items: [] }];
    if (path === '/api/v1/contacts/lookup') {
      const asked = JSON.parse(body) as { phone: string };
      lookedUp.push(asked);
      if (asked.phone === '+1') return [422, TOO_SHORT];
      return asked.phone === PERSON ? [200, { id: 'c1' }] : [404, { title: 'Not found' }];
    }
    return [
      200,
      {
        masked: '+1••••••0001',
        sentence: 'Opted out of everything since yesterday.',
        zone: 'America/New_York',
        subscriptions: [
          {
            program: 'shop',
            name: 'The Shop',
            zone: 'America/Los_Angeles',
            state: 'unsubscribed',
            since: '2026-05-03T14:02:00.000Z',
            topics: [{ id: 'a', name: 'Offers', on: false }],
            because: { at: '2026-05-01T10:00:00.000Z', channel: 'VIA_TEXT', words: 'Yes!' },
            can_be_texted_now: false,
            why_not: [{ code: 'opted-out', sentence: 'The person opted out.' }],
            held: null,
          },
        ],
        topics: [],
        suppressions: [
          {
            scope: 'all',
            kind: 'opt-out',
            since: '2026-05-03T14:02:00.000Z',
            stands: true,
            lifted_for: [],
            source: 'VIA_TEXT exact:stop',
            sentence: 'Opted out of everything by text with "stop" on May 3, 2026, 12:00 PM EDT; it stands.',
          },
          {
            scope: 'topic:club/news',
            kind: 'opt-out',
            since: '2026-05-02T14:02:00.000Z',
            stands: true,
            lifted_for: ['club'],
            source: 'VIA_TEXT some:named',
            sentence:
              'Opted out of Store news of The Club on May 2, 2026, 12:00 PM EDT; it stands, but not for The Club.',
          },
        ],
        holds: [],
        paused_until: null,
        last_message: { sentence: 'A marketing message: Not delivered.', extra: true },
        failing: {
          count: 2,
          since: '2026-05-03T13:02:00.000Z',
          sentence: 'The number is unknown or no longer exists.',
        },
        extra: true,
      },
    ];
  }

  function run(script: string, args: string[], dataDir = directory): Promise<Run> {
    const command = [...programAt(resolve('scripts', `${script}.ts`)), ...args];
    const options = { env: { ...process.env, DATA_DIR: dataDir } };
    return new Promise((resolve) => {
      execFile(process.execPath, command, options, (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
      });
    });
  }

  it('prints the new exchange, and the whole conversation on request', async () => {
    box.receiver.answer = ({ form }) => say(`you said ${form.Body}\nReply HELP`);
    await box.text(SHORT_CODE, 'JOIN');

    const second = await run('text', [PERSON, 'STOP', 'DEALS']);
    expect(second.code).to.equal(0);
    expect(second.out).to.match(
      /^> \d\d:\d\d:\d\d {2}SHOP {2}STOP DEALS\n< \d\d:\d\d:\d\d {2}SHOP {2}you said STOP DEALS\n {18}Reply HELP\n$/,
    );

    const all = await run('text', [PERSON, 'WHY', '--to', 'CLUB', '--all']);
    expect(all.out.split('\n').filter((line) => line.startsWith('>'))).to.have.length(3);
    expect(all.out).to.match(/> \S+ {2}CLUB {2}WHY/);
  });

  it('says that a reply was stopped by the carrier', async () => {
    await box.text(LONG_CODE, 'STOP');
    box.receiver.answer = () => say('hello');

    expect((await run('text', [PERSON, 'hi', '--to', 'CLUB'])).out).to.contain('did not reach the handset');
  });

  it('says that the gateway did not take the text', async () => {
    box.receiver.answer = () => ({ status: 500 });

    const failed = await run('text', [PERSON, 'JOIN']);

    expect(failed.code).to.equal(1);
    expect(failed.out).to.contain('did not take it (500)');
  });

  it('tells what to do next when something is missing or wrong', async () => {
    const next = async (script: string, args: string[], dataDir?: string) => {
      const { code, err } = await run(script, args, dataDir);
      expect(code).to.equal(1);
      return err;
    };

    expect(await next('text', [PERSON, 'JOIN'], '/nowhere')).to.contain('Start it first: npm run demo');
    expect(await next('status', [PERSON], '/nowhere')).to.contain('Start it first: npm run demo');
    expect(await next('text', [PERSON])).to.contain('npm run text -- <from> <words…>');
    expect(await next('text', ['12', 'JOIN'])).to.contain('from must be a phone number');
    expect(await next('text', [PERSON, 'JOIN', '--to', 'X'])).to.match(/SHOP {2}24680/);
    expect((await run('text', ['--help'])).out).to.contain('--all');
  });

  it('prints what support would read: the sentence first, then the facts', async () => {
    const { code, out } = await run('status', [PERSON]);

    expect(code).to.equal(0);
    expect(out.split('\n')).to.deep.equal([
      'Opted out of everything since yesterday.',
      '',
      '  number        +1••••••0001',
      '  program       The Shop: unsubscribed since May 3, 2026, 7:02 AM PDT',
      '                on: nothing',
      '                had agreed May 1, 2026, 3:00 AM PDT, by text, words "Yes!"',
      '                The person opted out.',
      '  opt-out       Opted out of everything by text with "stop" on May 3, 2026, 12:00 PM EDT; it stands.',
      '  opt-out       Opted out of Store news of The Club on May 2, 2026, 12:00 PM EDT; it stands, but not for The Club.',
      '  last message  A marketing message: Not delivered.',
      '  failing       the last 2 messages, since May 3, 2026, 9:02 AM EDT: The number is unknown or no longer exists.',
      '',
    ]);
    expect(lookedUp).to.deep.equal([{ phone: PERSON, reason: 'command line' }]);
  });

  it('finds the demo where the .env says that its data is, as the demo itself does', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'assent-env-'));
    await writeFile(join(cwd, '.env'), `DATA_DIR=${directory}\n`);
    const { DATA_DIR: _, ...env } = process.env;
    const command = [...programAt(resolve('scripts', 'status.ts')), '+15551239999'];

    const out = await new Promise((resolve) =>
      execFile(process.execPath, command, { cwd, env }, (_error, said) => resolve(said)),
    );

    expect(out).to.equal('Nothing is held about this number.\n');
    await rm(cwd, { recursive: true });
  });

  it('says when nothing is held, and what the gateway objects to', async () => {
    expect((await run('status', ['+15551239999'])).out).to.equal('Nothing is held about this number.\n');
    expect((await run('status', ['+1'])).err).to.equal(
      'The gateway refused: phone: It has too few digits.\n',
    );
  });
});
