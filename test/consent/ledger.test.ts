import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { appendTo, GENESIS, hashOf, type LedgerProvenance } from '../../src/consent/ledger/ledger.ts';
import { CHANNELS } from '../../src/domain/consent/consent-state.ts';
import { EVENT_KINDS, type LedgerDraft } from '../../src/domain/consent/decision.ts';

const key = randomBytes(32);
const text = fc.string({ unit: 'binary', maxLength: 30 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const at = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });

const draft: fc.Arbitrary<LedgerDraft> = fc.record({
  kind: fc.constantFrom(...EVENT_KINDS),
  program: maybe(text),
  topics: fc.array(text, { maxLength: 3 }),
  scope: maybe(fc.constantFrom('all', 'program:p', 'topic:p/t')),
  reason: maybe(text),
  disclosure: maybe(fc.record({ version: fc.nat(), touchpoint: text })),
  shown: maybe(text),
  answers: maybe(fc.nat()),
});
const about: fc.Arbitrary<LedgerProvenance> = fc.record({
  channel: fc.constantFrom(...CHANNELS),
  sender: maybe(text),
  actor: text,
  rules: text,
  actedAt: at,
  recordedAt: at,
  personal: fc.record({ number: text, words: text, messageSid: text, origin: text }, { requiredKeys: [] }),
});

describe('an entry of the ledger', () => {
  it('carries the hash of its canonical form, whatever it holds, and links to the entry before it', () => {
    fc.assert(
      fc.property(fc.array(draft, { minLength: 1, maxLength: 3 }), about, (drafts, circumstances) => {
        const chain = { contact: 'c_1', seq: 4, hash: GENESIS, key };
        const { events, head } = appendTo(chain, drafts, circumstances);
        let prev = GENESIS;
        for (const { sealed: _, hash, ...open } of events) {
          expect(open.prev).to.equal(prev);
          expect(hash).to.equal(hashOf(open));
          prev = hash;
        }
        expect(head).to.deep.equal({ seq: 4 + drafts.length, hash: prev });
      }),
    );
  });
});
