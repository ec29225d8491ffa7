import { expect } from 'chai';
import { BILLINGS, billingOf } from '../../../src/domain/campaigns/cost.ts';
import { CANCEL_CAUSES, DELIVERY_STATES } from '../../../src/domain/sending/delivery-sentence.ts';
import {
  firstReason,
  NO_REASON,
  nextStepWords,
  WITHOUT_REASON,
} from '../../../src/domain/sending/first-reason.ts';
import { REASONS } from '../../../src/domain/sending/send-rules.ts';
import {
  groupOf,
  readStates,
  SENT_GROUP_NAMES,
  SENT_GROUPS,
  sentQueryFault,
} from '../../../src/domain/sending/sent-query.ts';

const NOTHING = { campaign: null, contact: null, journey: null, program: null, since: null, until: null };

describe('a query of sent messages', () => {
  const REFUSED: [string, Partial<typeof NOTHING> | object, string | null][] = [
    ['nothing', {}, 'Give a campaign'],
    ['a last day alone', { until: '2026-12-01' }, 'Give a campaign'],
    ['a first day alone', { since: '2026-12-01' }, null],
    ['a campaign', { campaign: 'spring' }, null],
    ['a campaign until a day', { campaign: 'spring', until: '2026-12-01' }, null],
    ['a campaign and a program', { campaign: 'spring', program: 'deals' }, 'Give only one'],
    ['a journey and a contact', { journey: 'welcome', contact: 'c_1' }, 'Give only one'],
    ['one day', { program: 'deals', since: '2026-12-01', until: '2026-12-01' }, null],
    [
      'days in the wrong order',
      { program: 'deals', since: '2026-12-01', until: '2026-11-30' },
      'not be before',
    ],
  ];
  for (const [what, given, fault] of REFUSED)
    it(`${fault === null ? 'may be' : 'must not be'} ${what}`, () => {
      const found = sentQueryFault({ ...NOTHING, ...given });
      if (fault === null) expect(found).to.equal(null);
      else expect(found?.message).to.include(fault);
    });

  it('has each state in exactly one group', () => {
    const grouped = SENT_GROUP_NAMES.flatMap((group) => [...SENT_GROUPS[group]]);
    expect(grouped).to.have.members([...DELIVERY_STATES]);
    expect(grouped).to.have.length(DELIVERY_STATES.length);
  });

  it('knows a group by its states in any order, and no part of it', () => {
    expect(groupOf(['failed', 'undelivered'])).to.equal('failed');
    expect(groupOf(['failed'])).to.equal(null);
    expect(groupOf(['failed', 'undelivered', 'skipped'])).to.equal(null);
  });

  it('names states with commas between them, each once', () => {
    expect(readStates('undelivered,failed')).to.have.members(['failed', 'undelivered']);
    for (const wrong of ['', 'x', 'failed,', 'failed,failed', 'failed undelivered', '$ne'])
      expect(readStates(wrong), wrong).to.equal(null);
  });
});

describe('the counts of sent messages', () => {
  it('has a reason for exactly the states in which a message did not arrive or may not have', () => {
    for (const state of DELIVERY_STATES) {
      const reason = firstReason({ state, decision: null });
      expect(reason === null, state).to.equal(WITHOUT_REASON.includes(state));
    }
  });

  it('bills what the carrier took, and nothing that it refused', () => {
    const inState = (billing: string) => DELIVERY_STATES.filter((state) => billingOf({ state }) === billing);
    expect(inState('billed')).to.deep.equal(['accepted', 'sent', 'delivered', 'undelivered']);
    expect(inState('open')).to.deep.equal(['planned', 'sending']);
    expect(inState('uncertain')).to.deep.equal(['unknown']);
    expect(inState('free')).to.deep.equal(['failed', 'skipped', 'canceled', 'expired']);
    expect(billingOf({ state: 'failed', error: '21211' })).to.equal('free');
    expect(billingOf({ state: 'failed', error: '30410' })).to.equal('uncertain');
    expect(BILLINGS.flatMap(inState)).to.have.length(DELIVERY_STATES.length);
  });

  it('knows what can be done about every rule, cause and code', () => {
    const reasons = [...Object.keys(REASONS), ...Object.keys(CANCEL_CAUSES), '30007', '99999', NO_REASON];
    for (const reason of [...reasons, 'no answer', 'constructor']) {
      expect(nextStepWords(reason), reason).to.match(/^[A-Z].{15,160}\.$/);
    }
    expect(nextStepWords('30007')).to.include('Change the words');
    expect(nextStepWords('not-subscribed')).to.include('Only they can');
  });
});
