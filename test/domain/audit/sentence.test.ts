import { expect } from 'chai';
import type { Actor } from '../../../src/domain/access/actor.ts';
import {
  AUDIT_ACT_NAMES,
  AUDIT_SUBJECTS,
  readSubject,
  ruleOfAct,
  subjectText,
} from '../../../src/domain/audit/acts.ts';
import {
  type AuditFacts,
  type AuditNames,
  auditSentence,
  verificationSentence,
  withoutNumbers,
} from '../../../src/domain/audit/sentence.ts';

const ROSA: Actor = { kind: 'staff', id: 'rosa' };
const SHOP: Actor = { kind: 'key', id: 'k1' };
const ANA = { kind: 'person', id: 'c_ana' } as const;

const NAMES: AuditNames = {
  keys: new Map([['k1', 'shop']]),
  staff: new Map([['rosa', { name: 'Rosa', role: 'support' }]]),
  people: new Map([['c_ana', 'ending 0102 · K7FQ']]),
};

const facts = (more: Partial<AuditFacts>): AuditFacts => ({
  ...{ act: 'number-looked-up', actor: ROSA, subject: ANA, reason: null, details: {} },
  ...more,
});

describe('The sentence of an audit entry', () => {
  const cases: [Partial<AuditFacts>, string][] = [
    [{ reason: 'call' }, 'Rosa (support) looked up the person ending 0102 · K7FQ, because of a call.'],
    [{ subject: null }, 'Rosa (support) looked up a number that nobody has here.'],
    [
      { act: 'number-shown', reason: 'the courier asks' },
      'Rosa (support) saw the whole number of the person ending 0102 · K7FQ, with the reason “the courier asks”.',
    ],
    [
      { act: 'evidence-read', actor: SHOP, details: { of: 'ledger' } },
      'The key “shop” read the consent ledger of the person ending 0102 · K7FQ, words included.',
    ],
    [{ act: 'signed-in', subject: null }, 'Rosa (support) signed in.'],
    [
      { act: 'signed-in', actor: { kind: 'staff', id: 'gone' }, subject: null },
      'A former member of staff (gone) signed in.',
    ],
    [
      { act: 'job-paused', actor: { kind: 'key', id: 'k9' }, subject: { kind: 'job', id: 'quality' } },
      'The key k9 paused the job quality.',
    ],
    [
      { act: 'opt-in-refused', actor: SHOP, details: { why: 'already-in' } },
      'The key “shop” handed in an opt-in of the person ending 0102 · K7FQ, who was not asked: subscribed already.',
    ],
    [
      { act: 'opt-in-refused', actor: SHOP, details: { why: 'newer-act' } },
      'The key “shop” handed in an opt-in of the person ending 0102 · K7FQ, who was not asked: a newer act of the person counts.',
    ],
    [
      { act: 'hold-decided', reason: 'She means the parking.', details: { decision: 'release' } },
      'Rosa (support) decided that the words of the person ending 0102 · K7FQ were no opt-out, with the reason “She means the parking.”',
    ],
    [
      { act: 'number-shown', reason: 'Was it us?' },
      'Rosa (support) saw the whole number of the person ending 0102 · K7FQ, with the reason “Was it us?”',
    ],
    [
      { act: 'hold-decided', details: { decision: 'release' } },
      'Rosa (support) decided that the words of the person ending 0102 · K7FQ were no opt-out.',
    ],
    [
      { act: 'campaign-moved', subject: { kind: 'campaign', id: 'coats' }, details: { move: 'pause' } },
      'Rosa (support) paused the campaign coats.',
    ],
    [{ act: 'audit-read', subject: null }, 'Rosa (support) read the audit trail.'],
    [
      { act: 'audit-read', details: { about_one: true } },
      'Rosa (support) read the audit trail about the person ending 0102 · K7FQ.',
    ],
    [
      { act: 'audit-read', subject: null, details: { handle: 'K7FQ' } },
      'Rosa (support) read the audit trail about the handle K7FQ.',
    ],
    [{ subject: { kind: 'person', id: 'c_erased' } }, 'Rosa (support) looked up the person c_erased.'],
  ];
  for (const [more, sentence] of cases) {
    it(`reads "${sentence}"`, () => {
      expect(auditSentence(facts(more), NAMES)).to.equal(sentence);
    });
  }

  for (const act of AUDIT_ACT_NAMES) {
    it(`is whole for ${act}, with details and without`, () => {
      const details = {
        ...{ lines: 2, matches: 3, version: 3, archived: true, move: 'resume' },
        ...{ day: '2026-12-01', of: 'record', campaign: 'coats' },
        ...{ role: 'support', from: 'ak_old', why: 'unverified' },
      };
      for (const subject of [ANA, null])
        for (const given of [details, {}]) {
          const sentence = auditSentence(facts({ act, subject, details: given }), NAMES);
          expect(sentence)
            .to.match(/^Rosa \(support\) [a-z].*[^.]\.$/)
            .and.not.match(/\[object|NaN| {2}/);
        }
      expect(auditSentence(facts({ act, details }), NAMES)).to.not.include('undefined');
      expect(ruleOfAct(act).log).to.match(/^[a-zA-Z]/);
    });
  }
});

describe('A reason', () => {
  const cases: [string, string][] = [
    ['call of +1 (555) 123-0001 today', 'call of [a number] today'],
    ['ring 5551230001, then 555.123.0002', 'ring [a number], then [a number]'],
    ['order 12345 of May 2026', 'order 12345 of May 2026'],
  ];
  for (const [typed, kept] of cases) {
    it(`keeps no number of "${typed}"`, () => {
      expect(withoutNumbers(typed)).to.equal(kept);
    });
  }
});

describe('A subject', () => {
  it('is read back from what filters call it', () => {
    for (const kind of AUDIT_SUBJECTS)
      expect(readSubject(subjectText({ kind, id: 'a:b-c' }))).to.deep.equal({ kind, id: 'a:b-c' });
    expect(readSubject('nothing:x')).to.equal(null);
  });
});

describe('The sentence of a verification', () => {
  const found = { day: '2026-12-01', entries: 1204, isClosed: true, faults: [] as unknown[] };
  it('says what was followed, and whether the end of the day is known', () => {
    expect(verificationSentence(found, true)).to.equal(
      'Checked: 1,204 entries of Dec 1, 2026 (UTC) follow one another and carry our signature. They end as they did when the day was closed.',
    );
    expect(verificationSentence({ ...found, isClosed: false }, true)).to.include('The day is not closed yet');
    expect(verificationSentence({ ...found, isClosed: false }, false)).to.include('The day is not over');
    expect(verificationSentence({ ...found, entries: 1 }, true)).to.include('the one entry of Dec 1, 2026');
    expect(verificationSentence({ ...found, entries: 0 }, true)).to.equal(
      'Checked: nothing is on record for Dec 1, 2026 (UTC).',
    );
  });

  it('tells of faults first, whatever else is so', () => {
    expect(verificationSentence({ ...found, faults: [1] }, true)).to.match(/^One fault was found/);
    expect(verificationSentence({ ...found, entries: 0, faults: [1, 2] }, true)).to.match(
      /^2 faults were found/,
    );
  });
});
