import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { Pool } from 'undici';
import { type ActLog, emptyActLog, performActs } from '../../scripts/crash/race/acts.ts';
import { type ScriptedAct, UNKNOWN_BODY } from '../../scripts/crash/race/scenes.ts';
import type { RaceSystem } from '../../scripts/crash/race/system.ts';
import { NUMBER } from './race-evidence.ts';

type ReceivedRequest = { web: number; path: string; key: string; once: string; text: string };

/** `null`: the connection breaks. */
type Answer = { status: number; body?: object; again?: string } | null;

const MESSAGE: ScriptedAct = { do: 'message', web: 0, program: 'deals' };

describe('messages that the race orders by the API', () => {
  const asked: ReceivedRequest[] = [];
  let answerTo: (request: ReceivedRequest) => Answer;
  let servers: Server[] = [];
  let system: RaceSystem;
  let actLog: ActLog;

  beforeEach(async () => {
    asked.length = 0;
    actLog = emptyActLog();
    servers = await Promise.all([0, 1].map((web) => serve(web)));
    const webs = servers.map(
      (server) => new Pool(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
    system = { webs, apiKeys: ['a', 'b', 'c'] } as unknown as RaceSystem;
  });
  afterEach(async () => {
    await Promise.all(system.webs.map((web) => web.destroy()));
    for (const server of servers) server.close();
  });

  function serve(web: number): Promise<Server> {
    const server = createServer((request, response) => {
      void read(request).then(({ text }) => {
        const { authorization = '', 'idempotency-key': once = '' } = request.headers;
        const received = { web, path: request.url ?? '', key: authorization, once: String(once), text };
        asked.push(received);
        const answer = answerTo(received);
        if (answer === null) return void response.destroy();
        const { status, body = {}, again } = answer;
        response.writeHead(status, again === undefined ? {} : { 'retry-after': again });
        response.end(JSON.stringify(body));
      });
    });
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
  }

  const read = async (request: IncomingMessage): Promise<{ text: string }> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString()) as { text: string };
  };

  const TAKEN: Answer = { status: 202, body: { id: 'message-1' } };

  it('are recorded with the id of each accepted message, which ends in its own token', async () => {
    answerTo = () => TAKEN;
    await performActs(system, NUMBER, [MESSAGE, MESSAGE], actLog);
    expect(actLog.acknowledged).to.deep.equal(['message-1', 'message-1']);
    const tokens = asked.map(({ text }) => /#([\w-]+)$/.exec(text)?.[1]);
    expect([asked.length, new Set(tokens).size, tokens.includes(undefined)]).to.deep.equal([2, 2, false]);
  });

  it('are not recorded or repeated after a refusal', async () => {
    answerTo = () => ({ status: 409 });
    await performActs(system, NUMBER, [MESSAGE], actLog);
    expect([actLog.acknowledged, asked.length]).to.deep.equal([[], 1]);
  });

  for (const [title, first] of [
    ['that nobody answered', null],
    ['that failed', { status: 503 }],
  ] as const) {
    it(`are ordered once more at the other process, as the same order, after a call ${title}`, async () => {
      answerTo = ({ web }) => (web === 0 ? first : TAKEN);
      await performActs(system, NUMBER, [MESSAGE], actLog);
      expect(actLog.acknowledged).to.deep.equal(['message-1']);
      const [{ web: _, ...once }, { web, ...other }] = asked as [ReceivedRequest, ReceivedRequest];
      expect([web, other]).to.deep.equal([1, once]);
    });
  }

  it('wait as long as the answer says while the first order is still held', async () => {
    const answers: Answer[] = [null, { status: 409, again: '0' }, TAKEN];
    answerTo = () => answers.shift() ?? null;
    await performActs(system, NUMBER, [MESSAGE], actLog);
    expect([actLog.acknowledged, asked.map(({ web }) => web)]).to.deep.equal([['message-1'], [0, 1, 1]]);
  });

  it('are given up when nobody answers twice', async () => {
    answerTo = () => null;
    await performActs(system, NUMBER, [MESSAGE], actLog);
    expect([actLog.acknowledged, asked.length]).to.deep.equal([[], 2]);
  });

  it('include answers of staff, repeated by the same key in the same words, with their delivery', async () => {
    actLog.typed.push({ number: NUMBER, sid: 'SM1', body: UNKNOWN_BODY });
    let isFirst = true;
    answerTo = ({ path }) => {
      if (path === '/api/v1/messages') return TAKEN;
      const answer = isFirst
        ? { status: 503 }
        : { status: 200, body: { delivery: 'answer-1', repeated: true } };
      isFirst = false;
      return answer;
    };
    await Promise.all([
      performActs(system, NUMBER, [{ do: 'staff-answer', web: 0 }], actLog),
      performActs(system, NUMBER, [MESSAGE], actLog),
    ]);
    expect(actLog.acknowledged).to.have.members(['answer-1', 'message-1']);
    const [first, second] = asked.filter(({ path }) => path.startsWith('/api/v1/inbox/')) as [
      ReceivedRequest,
      ReceivedRequest,
    ];
    expect([first.web, second.web]).to.deep.equal([0, 1]);
    expect({ ...second, web: 0 }).to.deep.equal(first);
    expect(first.text).to.match(/#[\w-]+$/);
  });
});
