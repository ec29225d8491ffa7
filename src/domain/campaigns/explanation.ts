import { momentWords } from '../console-time.ts';
import { type DeliveryFacts, deliverySentence } from '../sending/delivery-sentence.ts';
import { type AutoPause, tripSentence } from './auto-pause.ts';
import type { CampaignState } from './lifecycle.ts';

/**
 * A clause that keeps a person out of an audience. `must-fit`: the person does not match the clause, and must.
 * `leaves-out`: the person matches the clause, which excludes its matches.
 */
export type DecidingClause = { clause: string; how: 'must-fit' | 'leaves-out' };

/** The facts about one person and one campaign from which the explanation is made. */
export type WhyFacts = {
  /** `halted`: what stopped a paused campaign, or why a campaign that is being sent waits. */
  campaign: {
    state: CampaignState;
    startAt: Date | null;
    deadline: Date | null;
    trip: AutoPause | null;
    halted: string | null;
  };
  row: DeliveryFacts | null;
  /** Where the person has no delivery: whether the person belongs to the audience. */
  audience:
    | { kind: 'out'; clauses: readonly DecidingClause[] }
    /**
     * The campaign is a resend to people who missed another campaign, and this person did not miss that one. `row`:
     * the person's delivery of that other campaign; null: none.
     */
    | { kind: 'did-not-miss'; of: string; row: DeliveryFacts | null }
    /**
     * The person missed that campaign, but another resend of it was sent to them, is about to be sent, or holds
     * them out.
     */
    | { kind: 'got-since'; of: string }
    | { kind: 'gone' }
    /** A recurrence without a run so far; `nextAt` null: no run will follow. */
    | { kind: 'no-run'; nextAt: Date | null }
    | { kind: 'in'; turn: 'to-come' | 'waits-for-winner' | 'passed'; readAt: Date | null };
};

/**
 * Says in one sentence, which support can read out, why a person got a campaign or did not. `zone`: as for
 * `deliverySentence`.
 */
export function whySentence(
  { campaign, row, audience }: WhyFacts,
  now: Date,
  zone: string | null = null,
): string {
  if (row !== null) {
    if (row.state === 'planned' && campaign.state === 'paused') return pausedSentence(campaign);
    const paused = row.state === 'expired' && campaign.state === 'paused';
    const became = deliverySentence(row, now, zone);
    return paused ? `${became} ${pauseOf(campaign)}` : became;
  }
  switch (audience.kind) {
    case 'gone':
      return 'Not sent: no contact has this number now.';
    case 'did-not-miss': {
      const had = audience.row === null ? 'It had nothing for them.' : deliverySentence(audience.row, now);
      const noMiss = audience.row?.state === 'canceled' ? ', and what was canceled is not missed' : '';
      return `Not in the audience: it goes to those who missed "${audience.of}"${noMiss}. ${had}`;
    }
    case 'got-since':
      return `Not in the audience: it goes to those who missed "${audience.of}", and they have got it since, are about to, or were held out of it.`;
    case 'out':
      return `Not in the audience, by what is known of the person now: ${audience.clauses.map(clauseSentence).join('; ')}.`;
    case 'no-run':
      return noRunSentence(campaign, audience.nextAt);
    case 'in':
      return turnSentence(campaign, audience, now);
    default:
      return audience satisfies never;
  }
}

/** A recurrence sends nothing itself, so its explanation is that of its last run. */
export const lastRunSentence = (run: string, sentence: string): string =>
  `Of its last run, ${run}: ${sentence}`;

function noRunSentence(campaign: WhyFacts['campaign'], nextAt: Date | null): string {
  const { state } = campaign;
  if (state === 'paused') return pausedSentence(campaign);
  if (state === 'canceled') return 'Not sent: the campaign was canceled before its first run.';
  return nextAt === null
    ? 'Not sent: the recurrence was never run, and it has no times left.'
    : `Waits: its first run begins at ${momentWords(nextAt)}, for whoever is in the audience then.`;
}

const clauseSentence = ({ clause, how }: DecidingClause): string =>
  how === 'must-fit'
    ? `the segment requires that the person ${clause}`
    : `the segment leaves out a person who ${clause}`;

const pausedSentence = (campaign: WhyFacts['campaign']): string => `Waits: ${pauseOf(campaign, 'the')}`;

function pauseOf({ trip, halted }: WhyFacts['campaign'], the: 'the' | 'The' = 'The'): string {
  const why = trip === null ? halted : tripSentence(trip);
  return why === null ? `${the} campaign is paused.` : `${the} campaign is paused. ${why}`;
}

function turnSentence(
  campaign: WhyFacts['campaign'],
  { turn, readAt }: Extract<WhyFacts['audience'], { kind: 'in' }>,
  now: Date,
): string {
  const { state, startAt, deadline, halted } = campaign;
  if (state === 'draft')
    return 'Not sent: the campaign is a draft and was not started; the person fits it now.';
  if (turn === 'passed') {
    const when = readAt === null ? '' : ` for ${momentWords(readAt)}`;
    return `Not sent: the person fits now, but did not when the audience was read${when}, or could not be opened then.`;
  }
  if (state === 'canceled')
    return "Not sent: the campaign was canceled before the person's message was planned.";
  if (deadline !== null && deadline <= now) return lateSentence(campaign);
  if (state === 'paused') return pausedSentence(campaign);
  if (state === 'sending' && halted !== null) return `Waits, because the whole campaign waits. ${halted}`;
  if (turn === 'waits-for-winner') {
    return 'Waits: an A/B test tries the variants on other people first, and the person gets the winner.';
  }
  if (startAt !== null && startAt > now) return `Waits: the campaign starts at ${momentWords(startAt)}.`;
  return "Waits: the campaign is being planned, and the person's message is not planned yet.";
}

/**
 * For a person without a delivery: nothing is sent any more, unless somebody moves the deadline of a paused
 * campaign.
 */
function lateSentence(campaign: WhyFacts['campaign']): string {
  const late = "Not sent: the deadline of the campaign passed before the person's message was planned.";
  if (campaign.state !== 'paused') return late;
  return `${late} ${pauseOf(campaign)} They get it only if it is given a later deadline and resumed.`;
}
