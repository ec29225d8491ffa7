import { expect } from 'chai';
import {
  CAMPAIGN_STATES,
  type CampaignCommand,
  type CampaignState,
  MOVES,
  type RunLeft,
  runsSentence,
  type StateCommand,
  transitionTo,
} from '../../../src/domain/campaigns/lifecycle.ts';

const NOW = new Date('2026-03-01T12:00:00Z');
const PLANNED = { deadline: null, plan: { complete: true } };
const at = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);

describe('state change of a campaign', () => {
  const allowed: Record<CampaignCommand, Partial<Record<CampaignState, CampaignState>>> = {
    edit: { draft: 'draft' },
    start: { draft: 'scheduled' },
    pause: { scheduled: 'paused', sending: 'paused' },
    resume: { paused: 'scheduled' },
    cancel: { draft: 'canceled', scheduled: 'canceled', sending: 'canceled', paused: 'canceled' },
  };
  for (const how of MOVES) {
    for (const state of CAMPAIGN_STATES) {
      const to = allowed[how][state];
      it(`${to === undefined ? `refuses to ${how} a campaign` : `makes a campaign ${to} on ${how}`} that is ${state}`, () => {
        const moved = transitionTo({ ...PLANNED, state }, how, NOW);
        if (to !== undefined) expect(moved).to.deep.equal({ ok: true, to });
        else expect(moved.ok ? '' : moved.why).to.match(/^The campaign (is|was) .+; it .+\.$/);
      });
    }
  }

  it('accepts a repeated pause or cancel of a recurrence', () => {
    const weekly = { ...PLANNED, repeat: {} };
    expect(transitionTo({ ...weekly, state: 'paused' }, 'pause', NOW)).to.deep.equal({
      ok: true,
      to: 'paused',
    });
    expect(transitionTo({ ...weekly, state: 'canceled' }, 'cancel', NOW)).to.deep.equal({
      ok: true,
      to: 'canceled',
    });
    expect(transitionTo({ ...weekly, state: 'finished' }, 'cancel', NOW).ok).to.equal(false);
    for (const how of ['start', 'resume'] as const)
      expect(transitionTo({ ...weekly, state: 'scheduled' }, how, NOW).ok).to.equal(false);
  });

  const paused = { id: 'weekly.2612011500', state: 'paused' as const };
  const other = { id: 'weekly.2612081500', state: 'paused' as const };
  const flies = { id: 'weekly.2612151500', state: 'sending' as const };
  const told: [how: StateCommand, runs: RunLeft[], sentence: string][] = [
    [
      'resume',
      [paused, flies, other],
      '2 runs are paused: resume them by their own ids: weekly.2612011500, weekly.2612081500.',
    ],
    ['resume', [paused], '1 run is paused: resume it by its own id: weekly.2612011500.'],
    ['resume', [flies], 'None of its runs is paused.'],
    ['pause', [paused, other], 'Its open runs were moved with it.'],
    ['pause', [paused, flies], 'Not every run could be moved: weekly.2612151500. Repeat the request.'],
    ['cancel', [paused], 'Not every run could be moved: weekly.2612011500. Repeat the request.'],
    ['cancel', [], 'It has no open run.'],
  ];
  for (const [how, runs, sentence] of told) {
    it(`explains after the ${how} of a recurrence with ${runs.length} runs: ${sentence}`, () =>
      expect(runsSentence(how, runs)).to.equal(sentence));
  }

  it('refuses to resume a campaign after its deadline but still cancels it', () => {
    const late = { ...PLANNED, state: 'paused' as const, deadline: NOW };
    expect(transitionTo(late, 'resume', NOW).ok).to.equal(false);
    expect(transitionTo(late, 'cancel', NOW)).to.deep.equal({ ok: true, to: 'canceled' });
    expect(transitionTo({ ...late, deadline: at(1) }, 'resume', NOW).ok).to.equal(true);
  });

  const ways: [who: string, of: { plan: { complete: boolean }; awaitsWinner?: boolean }, next: RegExp][] = [
    ['everybody has a message', { plan: { complete: true } }, /Cancel it; .*\/missed then drafts/],
    ['its winner is known', { plan: { complete: true }, awaitsWinner: false }, /Cancel it; /],
    [
      'some wait for its winner',
      { plan: { complete: true }, awaitsWinner: true },
      /later deadline, .*\/edit/,
    ],
    [
      'some are not planned',
      { plan: { complete: false } },
      /later deadline, POST .*\/edit, and resume the campaign/,
    ],
  ];
  for (const [who, of, next] of ways) {
    it(`names the way out after the deadline where ${who}`, () => {
      const moved = transitionTo({ state: 'paused', deadline: NOW, ...of }, 'resume', NOW);
      expect(moved.ok ? '' : moved.why).to.match(next);
    });
  }
});
