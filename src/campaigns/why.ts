import type { Desk } from '../consent/desk.ts';
import {
  type DecidingClause,
  lastRunSentence,
  type WhyFacts,
  whySentence,
} from '../domain/campaigns/why-sentence.ts';
import { type WithStop, withStop } from '../sending/with-stop.ts';
import { type CampaignDoc, findCampaign } from '../store/campaigns/campaigns.ts';
import { missedRow, rowOfCampaign } from '../store/campaigns/missed.ts';
import { type ContactDoc, findContact } from '../store/people/contacts.ts';
import { clausesByRows } from './audience/clauses-by-rows.ts';
import { decidingClauses, said } from './audience/deciding-clauses.ts';
import { readSayer, resolveTree } from './audience/segments.ts';
import { turnOf } from './flight/turns.ts';

export type Why = {
  sentence: string;
  row: WithStop | null;
  /** In the audience by its row, or by what is known now. */
  inAudience: boolean;
  /** Variant, `holdout`, or null where there is no split or the winner is not chosen. */
  group: string | null;
  clauses: readonly DecidingClause[];
};

/**
 * Why somebody got a campaign, or did not; `contact` null: nobody holds the number. A recurrence answers as its last run
 * does. Throws `SegmentRefused`.
 */
export async function whyOf(desk: Desk, campaign: CampaignDoc, contact: string | null): Promise<Why> {
  const { lastRun = null } = campaign.repeat ?? {};
  const run = lastRun === null ? null : await findCampaign(desk.store, lastRun);
  if (run === null) return ownWhy(desk, campaign, contact);
  const why = await ownWhy(desk, run, contact);
  return { ...why, sentence: lastRunSentence(run._id, why.sentence) };
}

async function ownWhy(desk: Desk, campaign: CampaignDoc, contact: string | null): Promise<Why> {
  const found = contact === null ? null : await rowOfCampaign(desk.store, campaign._id, contact);
  const row = found === null ? null : await withStop(desk.store, found);
  const stored = contact === null ? null : await findContact(desk.store, contact);
  const audience = row === null ? await standing(desk, campaign, stored) : PASSED;
  const { state, startAt, deadline, trip = null, halted = null } = campaign;
  const about = { state, startAt, deadline, trip, halted: halted?.why ?? null };
  const facts: WhyFacts = { campaign: about, row, audience };
  // Each run divides people anew.
  const split = campaign.split !== undefined && campaign.repeat === undefined && contact !== null;
  return {
    sentence: whySentence(facts, desk.now()),
    row,
    inAudience: audience.kind === 'in' || audience.kind === 'no-run',
    group: row?.variant ?? (split ? turnOf(campaign, contact) : null),
    clauses: audience.kind === 'out' ? audience.clauses : [],
  };
}

const PASSED: WhyFacts['audience'] = { kind: 'in', turn: 'passed', readAt: null };

async function standing(
  desk: Desk,
  campaign: CampaignDoc,
  stored: ContactDoc | null,
): Promise<WhyFacts['audience']> {
  if (stored === null || stored.sealed === null || !stored.current) return { kind: 'gone' };
  const { missed, frozen, plan } = campaign;
  if (missed !== undefined) {
    const { missed: did, served, row } = await missedRow(desk.store, missed, campaign._id, stored._id);
    if (!did) return { kind: 'did-not-miss', of: missed.of, row };
    if (served) return { kind: 'got-since', of: missed.of };
  } else {
    const clauses = await clausesOf(desk, campaign, stored);
    if (clauses.length > 0) return { kind: 'out', clauses };
  }
  if (campaign.repeat !== undefined) return { kind: 'no-run', nextAt: campaign.repeat.nextAt };
  const readAt = frozen?.at ?? null;
  const late = frozen !== null && missed === undefined && stored.createdAt > frozen.at;
  const waits = !late && campaign.awaitsWinner === true && turnOf(campaign, stored._id) === null;
  if (waits) return { kind: 'in', turn: 'waits-for-winner', readAt };
  // Of the test, or held out: once its winner is chosen only the others have their turn.
  const had = campaign.winner !== undefined && turnOf(campaign, stored._id) === null;
  const passed = late || had || plan.complete || (plan.cursor !== null && stored._id <= plan.cursor);
  return { kind: 'in', turn: passed ? 'passed' : 'to-come', readAt };
}

async function clausesOf(desk: Desk, campaign: CampaignDoc, stored: ContactDoc): Promise<DecidingClause[]> {
  const { book } = desk.catalog.current();
  const { frozen } = campaign;
  const at = campaign.repeat === undefined ? (frozen?.at ?? desk.now()) : desk.now();
  const tree = frozen?.segment ?? (await resolveTree(desk.store, book, campaign.segment, at));
  const say = await readSayer(desk.store, book, [tree]);
  const clauses = await decidingClauses({ store: desk.store, contact: stored._id, at, say }, tree);
  if (clauses.length > 0 || frozen === null) return clauses;
  return clausesByRows(desk, { campaign, segment: tree, stored }, (leaf) => said({ say }, leaf));
}
