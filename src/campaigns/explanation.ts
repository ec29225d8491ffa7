import type { AppContext } from '../consent/app-context.ts';
import {
  type DecidingClause,
  lastRunSentence,
  type WhyFacts,
  whySentence,
} from '../domain/campaigns/explanation.ts';
import { isOfCampaign } from '../domain/campaigns/recurrence.ts';
import { sentAsked } from '../domain/segments/asks.ts';
import { compile } from '../domain/segments/query.ts';
import { isGroup, type LeafOf, type Resolved, type Tree } from '../domain/segments/tree.ts';
import { readSentenceWriter, resolveTree } from '../segments/segments.ts';
import { type WithStop, withSenderStop } from '../sending/circuit-breaker.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { findCampaign } from '../store/campaigns/campaigns.ts';
import { missedRow, rowOfCampaign } from '../store/campaigns/resend.ts';
import { type Exclusions, whoGot } from '../store/campaigns/send-history.ts';
import { fitsContact } from '../store/contacts/audience.ts';
import { type ContactDoc, findContact } from '../store/contacts/contacts.ts';
import type { Store } from '../store/store.ts';
import { SendHistoryPending } from './errors.ts';
import { variantNow } from './experiment.ts';
import { requireSendHistory } from './send-history.ts';

/**
 * The clauses that exclude a contact because of another campaign's deliveries, although the contact's own send
 * history does not show it: that campaign is under way, was long ago, or was sent to another number of the person.
 * Empty while that is not known.
 */
async function clausesByRows(
  context: Pick<AppContext, 'now' | 'store'>,
  { campaign, segment, stored }: { campaign: CampaignDoc; segment: Resolved; stored: ContactDoc },
  say: (leaf: LeafOf<'sent'>) => string,
): Promise<DecidingClause[]> {
  const out = await askedByRows(context, campaign, segment);
  if (out === null) return [];
  const leftOut = { by: out.by, campaigns: [], recurrences: [] };
  const asked = [
    ...out.campaigns.map((id) => ({ id, which: { ...leftOut, campaigns: [id] } })),
    ...out.recurrences.map((id) => ({ id, which: { ...leftOut, recurrences: [id] } })),
  ];
  const got: string[] = [];
  for (const { id, which } of asked)
    if ((await whoGot(context.store, which, [stored], context.now())).has(stored._id)) got.push(id);
  const asks = ({ campaign: named }: LeafOf<'sent'>): boolean =>
    named !== undefined && got.some((id) => isOfCampaign(id, named));
  return sentAsked(segment)
    .filter(asks)
    .map((leaf) => ({ clause: `${say(leaf)}, or is still to`, how: 'leaves-out' }));
}

async function askedByRows(
  context: Pick<AppContext, 'now' | 'store'>,
  campaign: CampaignDoc,
  segment: Resolved,
): Promise<Exclusions | null> {
  try {
    return await requireSendHistory(context, campaign, segment);
  } catch (error) {
    if (error instanceof SendHistoryPending) return null;
    throw error;
  }
}

type ExplanationSubject = { store: Store; contact: string; at: Date; say: (tree: Tree) => string };

/**
 * The clauses that keep a contact out of a segment; empty where the contact matches. Each check is one query for
 * one document. Of an `any` group without a match the whole group is named, because any of its clauses would be
 * enough.
 */
async function decidingClauses(asked: ExplanationSubject, tree: Resolved): Promise<DecidingClause[]> {
  if (await fits(asked, tree)) return [];
  if (!isGroup(tree) || tree.kind === 'any') return [{ clause: said(asked, tree), how: 'must-fit' }];
  const found: DecidingClause[] = [];
  for (const child of tree.of) {
    if (tree.kind === 'all') found.push(...(await decidingClauses(asked, child)));
    else if (await fits(asked, child)) found.push({ clause: said(asked, child), how: 'leaves-out' });
  }
  return found;
}

const fits = ({ store, contact, at }: ExplanationSubject, tree: Resolved): Promise<boolean> =>
  fitsContact(store, contact, compile(tree, at));

/** Turns "Everyone who lives in CA." into "lives in CA". */
const said = ({ say }: Pick<ExplanationSubject, 'say'>, tree: Resolved): string =>
  say(tree).replace(/^Everyone who (.*)\.$/, '$1');

type Why = {
  sentence: string;
  row: WithStop | null;
  /** In the audience, by the delivery or by what is known now. */
  inAudience: boolean;
  /** The variant or `holdout`. Null without a split, or while the winner is not chosen. */
  group: string | null;
  clauses: readonly DecidingClause[];
};

/**
 * Explains why a person got a campaign or did not. `contact` null: nobody holds the number. A recurrence is
 * explained by its last run. Throws `InvalidSegment`.
 */
export async function whyOf(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  campaign: CampaignDoc,
  contact: string | null,
): Promise<Why> {
  const { lastRun = null } = campaign.repeat ?? {};
  const run = lastRun === null ? null : await findCampaign(context.store, lastRun);
  if (run === null) return ownWhy(context, campaign, contact);
  const why = await ownWhy(context, run, contact);
  return { ...why, sentence: lastRunSentence(run._id, why.sentence) };
}

async function ownWhy(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  campaign: CampaignDoc,
  contact: string | null,
): Promise<Why> {
  const found = contact === null ? null : await rowOfCampaign(context.store, campaign._id, contact);
  const row = found === null ? null : await withSenderStop(context.store, found);
  const stored = contact === null ? null : await findContact(context.store, contact);
  const audience = row === null ? await standing(context, campaign, stored) : PASSED;
  const { state, startAt, deadline, trip = null, halted = null } = campaign;
  const about = { state, startAt, deadline, trip, halted: halted?.why ?? null };
  const facts: WhyFacts = { campaign: about, row, audience };
  // A recurrence has no groups of its own: each run splits people anew.
  const split = campaign.split !== undefined && campaign.repeat === undefined && contact !== null;
  return {
    sentence: whySentence(facts, context.now()),
    row,
    inAudience: audience.kind === 'in' || audience.kind === 'no-run',
    group: row?.variant ?? (split ? variantNow(campaign, contact) : null),
    clauses: audience.kind === 'out' ? audience.clauses : [],
  };
}

const PASSED: WhyFacts['audience'] = { kind: 'in', turn: 'passed', readAt: null };

async function standing(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  campaign: CampaignDoc,
  stored: ContactDoc | null,
): Promise<WhyFacts['audience']> {
  if (stored === null || stored.sealed === null || !stored.current) return { kind: 'gone' };
  const { missed, frozen, plan } = campaign;
  if (missed !== undefined) {
    const { missed: did, served, row } = await missedRow(context.store, missed, campaign._id, stored._id);
    if (!did) return { kind: 'did-not-miss', of: missed.of, row };
    if (served) return { kind: 'got-since', of: missed.of };
  } else {
    const clauses = await clausesOf(context, campaign, stored);
    if (clauses.length > 0) return { kind: 'out', clauses };
  }
  if (campaign.repeat !== undefined) return { kind: 'no-run', nextAt: campaign.repeat.nextAt };
  const readAt = frozen?.at ?? null;
  const late = frozen !== null && missed === undefined && stored.createdAt > frozen.at;
  const waits = !late && campaign.awaitsWinner === true && variantNow(campaign, stored._id) === null;
  if (waits) return { kind: 'in', turn: 'waits-for-winner', readAt };
  // People of the test and of the holdout: after the choice of a winner only the other people are planned.
  const had = campaign.winner !== undefined && variantNow(campaign, stored._id) === null;
  const passed = late || had || plan.complete || (plan.cursor !== null && stored._id <= plan.cursor);
  return { kind: 'in', turn: passed ? 'passed' : 'to-come', readAt };
}

async function clausesOf(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  campaign: CampaignDoc,
  stored: ContactDoc,
): Promise<DecidingClause[]> {
  const { book } = context.catalog.current();
  const { frozen } = campaign;
  const at = campaign.repeat === undefined ? (frozen?.at ?? context.now()) : context.now();
  const tree = frozen?.segment ?? (await resolveTree(context.store, book, campaign.segment, at));
  const say = await readSentenceWriter(context.store, book, [tree]);
  const clauses = await decidingClauses({ store: context.store, contact: stored._id, at, say }, tree);
  if (clauses.length > 0 || frozen === null) return clauses;
  return clausesByRows(context, { campaign, segment: tree, stored }, (leaf) => said({ say }, leaf));
}
