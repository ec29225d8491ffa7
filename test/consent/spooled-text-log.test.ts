import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { AppContext } from '../../src/consent/app-context.ts';
import { createInboundAcceptor } from '../../src/consent/inbound/handle-inbound.ts';
import type { Spool } from '../../src/consent/inbound/spool.ts';
import { createLog } from '../../src/running/log.ts';
import { addressed, type InboundSms } from '../../src/sending/inbound-sms.ts';

describe('a text that goes to the spool', () => {
  it('logs what went wrong and none of its words', async () => {
    const lines: string[] = [];
    const updateOne = async (): Promise<never> => {
      throw new RangeError('PLANTEDWORD');
    };
    const context = {
      log: createLog('warn', 'test', { write: (line) => void lines.push(line) }),
      ring: { active: 'k1', keys: new Map([['k1', randomBytes(32)]]) },
      store: { inbound: { updateOne } },
      now: () => new Date(),
    };
    const spooled: string[] = [];
    const spool = { append: async ({ sid }: InboundSms) => void spooled.push(sid) };
    const take = createInboundAcceptor(
      context as unknown as AppContext,
      spool as unknown as Spool,
      () => undefined,
    );
    const odd = { otherBodies: [], optOutType: null, form: { Body: 'PLANTEDWORD' } };
    const sent = { sid: 'SM1', ...addressed('', '28555'), body: 'PLANTEDWORD', receivedAt: new Date() };
    await take({ ...sent, ...odd, door: 'webhook' });
    expect(spooled).to.deep.equal(['SM1']);
    const line = lines.find((line) => line.includes('written to the spool')) ?? '';
    expect(JSON.parse(line).error).to.include({ name: 'RangeError' });
    expect(lines.join('')).not.to.contain('PLANTED');
  });
});
