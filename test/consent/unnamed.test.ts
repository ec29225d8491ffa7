import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import { parseForm } from '../../webhooks/form.ts';
import { answerInbound } from '../../webhooks/inbound.ts';
import { newSid } from '../promises/inbound-posts.ts';

const HOUR = 3_600_000;
const NINE = new Date('2026-12-01T09:00:00.000Z');
const nineAnd = (ms: number): Date => new Date(NINE.getTime() + ms);
const form = (text: string, names = ''): Buffer =>
  Buffer.from(`${names}From=%2B15551240000&To=28555&Body=${text}`);

/** The id under which a form that came at `at` is taken in. */
async function idOf(raw: Buffer, at: Date): Promise<string> {
  const ids: string[] = [];
  const deps = {
    now: () => at,
    take: async ({ sid }: { sid: string }) => void ids.push(sid),
  };
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  await answerInbound(deps, parseForm(raw), raw, response);
  expect(ids).to.have.length(1);
  return ids.join();
}

describe('the id of a form', () => {
  it('is the first of its names that is one of the carrier’s', async () => {
    const [sid, other] = [newSid(), newSid()];
    expect(await idOf(form('HELP', `MessageSid=${sid}&SmsSid=${other}&`), NINE)).to.equal(sid);
    expect(await idOf(form('HELP', `SmsSid=${sid}&`), NINE)).to.equal(sid);
    expect(await idOf(form('HELP', `MessageSid=SM1&SmsSid=${other}&`), NINE)).to.equal(other);
  });

  it('is, where it has no such name, the same for the same bytes within one hour of the clock', async () => {
    const id = await idOf(form('HELP'), NINE);
    expect(await idOf(form('HELP'), nineAnd(HOUR - 1))).to.equal(id);
    expect(id).to.match(/^unnamed\.[0-9a-f]{64}$/);
  });

  it('is, where it has no such name, another one in the next hour, and another one for other bytes', async () => {
    const id = await idOf(form('HELP'), NINE);
    for (const at of [nineAnd(HOUR), nineAnd(-1)]) {
      expect(await idOf(form('HELP'), at), at.toISOString()).not.to.equal(id);
    }
    expect(await idOf(form('help'), NINE)).not.to.equal(id);
    expect(await idOf(Buffer.alloc(0), NINE)).not.to.equal(id);
  });

  it('tells nothing that was said', async () => {
    const odd = `MessageSid=SM${'x'.repeat(32)}&`;
    expect(await idOf(form('PLANTEDWORD', odd), NINE)).not.to.match(/PLANTED|x{32}/);
  });
});
