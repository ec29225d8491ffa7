import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import fc from 'fast-check';
import twilio from 'twilio';
import { stranger } from '../../src/domain/consent/person.ts';
import { NO_TEXT } from '../../src/domain/text/render.ts';
import { statusAddress } from '../../src/sending/carrier/status-address.ts';
import { type Cleared, clear, handOver } from '../../src/sending/gate.ts';
import { twimlTransport } from '../../src/sending/twiml.ts';
import type { DeliveryDoc } from '../../src/store/deliveries/deliveries.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const CLOCKS = { monotonic: () => 0, now: () => NOW };
const DEADLINE = { monotonic: 3000, wall: NOW.getTime() + 3000 };

describe('answers in TwiML', () => {
  /** An answer to HELP that the gate cleared. */
  const cleared = (text: string, at: number): Cleared => {
    const row = {
      _id: `0${at}`,
      index: '1.x',
      class: 'help',
      epoch: 1,
      own: true,
      prompt: null,
      topic: null,
    };
    const answers = { sid: 'SM1', receivedAt: NOW };
    const to = { program: null, sender: '28555', service: null, answers };
    const facts = {
      person: stranger(),
      program: null,
      handling: null,
      index: '1.x',
      now: NOW,
      hoursEnd: null,
    };
    const words = { to: '+15551230001', text };
    const decision = clear({ ...row, ...to } as unknown as DeliveryDoc, words, facts, DEADLINE, CLOCKS);
    if ('refused' in decision) throw new Error(decision.refused.join());
    return decision.cleared;
  };
  const responding = (ending: (text: string, response: EventEmitter) => void): ServerResponse => {
    const response = Object.assign(new EventEmitter(), {
      destroyed: false,
      setHeader: () => undefined,
      end: (text: string) => ending(text, response),
    });
    return response as unknown as ServerResponse;
  };
  const written = async (going: Cleared[], publicUrl: string): Promise<string> => {
    let body = '';
    const response = responding((text, ended) => {
      body = text;
      ended.emit('finish');
    });
    await handOver(going, twimlTransport(response, publicUrl, CLOCKS.now));
    return body;
  };
  const byLibrary = (going: readonly Cleared[], publicUrl: string): string => {
    const answer = new twilio.twiml.MessagingResponse();
    for (const [at, { ref, text }] of going.entries()) {
      const statusCallback = statusAddress(publicUrl, ref);
      const action = at === going.length - 1 ? { action: statusCallback } : {};
      answer.message({ statusCallback, ...action, method: 'POST' }, text);
    }
    return answer.toString();
  };

  const character = fc.oneof(
    fc.constantFrom('&', '<', '>', '"', "'", '\n', ']]>', '&amp;', '<!--', 'é', '🙂', 'م'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }),
  );
  const text = fc.array(character, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(''));

  it('are what the library of Twilio makes of them', () =>
    fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 3 }), async (texts) => {
        // What no text holds, none of ours does.
        const going = texts.map((one, at) => cleared(one.replace(new RegExp(NO_TEXT, 'gu'), ''), at));
        for (const publicUrl of ['https://texts.example', 'https://texts.example/a"<b>&c']) {
          const expected = byLibrary(going, publicUrl);
          const again = going.map(({ text: said }, at) => cleared(said, at));
          expect(await written(again, publicUrl)).to.equal(expected);
        }
      }),
      { numRuns: 500 },
    ));

  for (const [events, result] of [
    [['finish', 'close'], 'accepted'],
    [['close', 'finish'], 'unknown'],
  ] as const)
    it(`end once, as what came first of their connection says: ${events.join(' before ')}`, async () => {
      const response = responding((_, ended) => {
        for (const event of events) ended.emit(event);
      });
      let looks = 0;
      const now = (): Date => {
        looks += 1;
        return NOW;
      };
      const outcomes = await handOver(
        [cleared('a', 0)],
        twimlTransport(response, 'https://texts.example', now),
      );
      expect(outcomes.map((one) => one.result)).to.deep.equal([result]);
      expect(looks).to.equal(1);
    });
});
