import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect } from 'chai';
import type { InboundSms } from '../../src/sending/inbound-sms.ts';
import { parseForm } from '../../src/sending/twilio/webhook-forms.ts';
import { handleInboundPost } from '../../webhooks/twilio-webhooks.ts';
import { ACCOUNT, newSid, textFields } from '../promises/inbound-posts.ts';
import { encodeForm } from '../support/signed-post.ts';

const HOUR = 3_600_000;
const NINE = new Date('2026-12-01T09:00:00.000Z');
const nineAnd = (ms: number): Date => new Date(NINE.getTime() + ms);
const form = (text: string, names = ''): Buffer =>
  Buffer.from(`${names}From=%2B15551240000&To=28555&Body=${text}`);

/** A form that came at `at` as it is taken in. */
async function taken(raw: Buffer, at: Date): Promise<InboundSms> {
  const messages: InboundSms[] = [];
  const deps = {
    account: ACCOUNT,
    now: () => at,
    take: async (inboundSms: InboundSms) => void messages.push(inboundSms),
  };
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  await handleInboundPost(deps, parseForm(raw), raw, response);
  const [message] = messages;
  if (message === undefined || messages.length > 1) throw new Error('a form is taken in once');
  return message;
}

const idOf = async (raw: Buffer, at: Date): Promise<string> => (await taken(raw, at)).sid;

describe('the id of an inbound form', () => {
  it("is the carrier's MessageSid when the form is certain", async () => {
    const fields = textFields('+15551240000', 'HELP');
    expect(await idOf(Buffer.from(encodeForm(fields)), NINE)).to.equal(fields[0]?.[1]);
  });

  it('is a hash of its fields when it is uncertain, beside the first MessageSid it claims', async () => {
    const [sid, other] = [newSid(), newSid()];
    for (const [names, claimed] of [
      [`MessageSid=${sid}&SmsSid=${other}&`, sid],
      [`SmsSid=${sid}&`, sid],
      [`MessageSid=SM1&SmsSid=${other}&`, other],
    ] as const) {
      const message = await taken(form('HELP', names), NINE);
      expect(message.sid).to.match(/^uncertain\.[0-9a-f]{64}$/);
      expect(message.uncertain?.claimed).to.equal(claimed);
      expect(await idOf(form('HELP', names), nineAnd(HOUR))).to.equal(message.sid);
    }
  });

  it('is the same for the same bytes within one hour of the clock when no MessageSid is given', async () => {
    const id = await idOf(form('HELP'), NINE);
    expect(await idOf(form('HELP'), nineAnd(HOUR - 1))).to.equal(id);
    expect(id).to.match(/^unnamed\.[0-9a-f]{64}$/);
  });

  it('differs in the next hour and for other bytes when no MessageSid is given', async () => {
    const id = await idOf(form('HELP'), NINE);
    for (const at of [nineAnd(HOUR), nineAnd(-1)]) {
      expect(await idOf(form('HELP'), at), at.toISOString()).not.to.equal(id);
    }
    expect(await idOf(form('help'), NINE)).not.to.equal(id);
    expect(await idOf(Buffer.alloc(0), NINE)).not.to.equal(id);
  });

  it('reveals nothing of the words', async () => {
    const odd = `MessageSid=SM${'x'.repeat(32)}&`;
    expect(await idOf(form('PLANTEDWORD', odd), NINE)).not.to.match(/PLANTED|x{32}/);
  });
});
