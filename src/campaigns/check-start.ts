import { createHash } from 'node:crypto';
import type { Desk } from '../consent/desk.ts';
import { canonical } from '../consent/ledger/ledger.ts';
import { COUNT_MS, LOOK_MS, uncounted } from '../domain/audience/counting.ts';
import { approvalFault } from '../domain/campaigns/approval.ts';
import { type Program, senderRate } from '../domain/program.ts';
import { compile } from '../domain/segments/compile/compile.ts';
import type { Resolved } from '../domain/segments/tree.ts';
import { areOfOneHand } from '../store/api-keys.ts';
import { countAudience } from '../store/campaigns/audience.ts';
import { type CampaignDoc, findCampaign } from '../store/campaigns/campaigns.ts';
import { noteAsked } from '../store/campaigns/flight.ts';
import type { MessageTemplateDoc } from '../store/campaigns/message-templates.ts';
import { readCampaignRules } from '../store/campaigns/rules.ts';
import { isTimeLimit } from '../store/database-failure.ts';
import { missedPeople } from './audience/missed-people.ts';
import { whoOf } from './audience/people-of.ts';
import { Refused, Uncounted } from './refused.ts';
import type { Start } from './steer.ts';
import { checkClickable } from './words/check-clickable.ts';
import { checkSendable } from './words/check-sendable.ts';
import { codesFor, shortPool } from './words/coupons.ts';
import { copyOf } from './words/frozen-copy.ts';
import { namedTemplate } from './words/named-template.ts';

type Frozen = NonNullable<CampaignDoc['frozen']>;
type Parts = { program: Program; template: MessageTemplateDoc; segment: Resolved };

/**
 * Whether a draft can be started as it stands: somebody to send it to and from, words that can go for every variant, a code for
 * each, and a second person where one is needed. `isTold`: it is known already who got what its segment asks about. Throws
 * `Refused`.
 */
export async function checkStart(
  desk: Desk,
  campaign: CampaignDoc,
  { start, startAt, isTold, ...parts }: Parts & { start: Start; startAt: Date; isTold: boolean },
): Promise<{ variants?: Record<string, MessageTemplateDoc> }> {
  const { book } = desk.catalog.current();
  const pool = book.senders.filter(({ number }) => parts.program.numbers.includes(number));
  if (!pool.some((sender) => senderRate(sender) > 0)) {
    throw new Refused('No number of its program may send. Give the program one: PUT /programs/{id}.');
  }
  const variants = await variantsOf(desk, campaign);
  checkClickable(campaign, variants, 'split.test.by');
  if (campaign.split === undefined) await checkSendable(desk, parts.program, [parts.template], 'template');
  else await checkSendable(desk, parts.program, Object.values(variants), 'split.variants');
  const codes = (of: number) => codesFor({ ...parts, variants }, campaign.split, of);
  const { approvalOver } = await readCampaignRules(desk.store);
  // Only codes and a second person need a count; of a million people it takes seconds.
  const most = approvalOver === null && codes(0).size === 0 ? 1 : null;
  const budgetMs = start.by === null ? LOOK_MS : COUNT_MS;
  const people = await peopleOf(desk, campaign, { segment: parts.segment, at: startAt, most, budgetMs });
  // Of a recurrence each time has its own people.
  if (people === 0 && campaign.missed !== undefined) throw await refusalOfNobody(desk, campaign.missed);
  if (people === 0 && isTold && start.repeat === null) {
    throw new Refused(
      'Nobody fits it now. POST /segments/preview counts who is left after each clause.',
      'segment',
    );
  }
  const short = await shortPool(desk, codes(people), people);
  if (short !== null) throw new Refused(short);
  await checkApproval(desk, campaign, {
    by: start.by,
    people,
    draft: draftDigest(campaign, { ...parts, copy: copyOf(desk, parts.program) }, variants),
  });
  return campaign.split === undefined ? {} : { variants };
}

/** No segment leaves them out, nor does the same split: each campaign draws anew whom it holds out. */
const holdoutToo = (of: string): string =>
  ` Whoever "${of}" held out gets that one, too: read the results of "${of}" first.`;

async function refusalOfNobody(
  { store }: Desk,
  { of, unknownToo }: NonNullable<CampaignDoc['missed']>,
): Promise<Refused> {
  return new Refused(nobodyMissed(of, await findCampaign(store, of), unknownToo));
}

/** A cancel is a decision: whom it kept a message from is none of those who missed it. */
function nobodyMissed(of: string, missed: CampaignDoc | null, unknownToo: boolean): string {
  const unknown = `POST /campaigns/${of}/missed with "include_unknown".`;
  const holdout = (missed?.split?.holdout ?? 0) > 0 ? holdoutToo(of) : '';
  if (missed?.state === 'canceled')
    return `Nobody is left who missed it. Who was still to get "${of}" when it was canceled does not count as missed. To reach them, draft another campaign for its segment and leave out {"kind": "sent", "campaign": "${of}"}: those who got it or may have.${holdout} For messages of unknown outcome: ${unknown}`;
  return unknownToo
    ? 'Nobody is left who missed it: they have got it since, were held out of it, or are gone. Cancel it.'
    : `Nobody is left who missed it: they have got it since, may have got it, were held out of it, or are gone. Cancel it. For those who may have: ${unknown}`;
}

/**
 * How many people a draft reaches at a moment, whether or not they may be texted; no more are counted than `most`, and
 * none up to the contact `after`, but of those who missed another. Throws `Uncounted` where that takes longer than `budgetMs`.
 */
export async function peopleOf(
  desk: Desk,
  campaign: CampaignDoc,
  count: { segment: Resolved; at: Date; most: number | null; budgetMs?: number; after?: string | null },
): Promise<number> {
  const { _id, missed } = campaign;
  const { segment, at, most, budgetMs = COUNT_MS, after = null } = count;
  const why = uncounted({ missed: missed !== undefined, budgetMs, started: campaign.frozen !== null });
  if (missed !== undefined) {
    const people = await missedPeople(desk, missed, _id, { most, budgetMs });
    if (people === null) throw new Uncounted(why);
    return people;
  }
  const all = campaign.frozen === null ? compile(segment, at) : whoOf({ segment, at });
  const who = after === null ? all : { $and: [all, { _id: { $gt: after } }] };
  return countAudience(desk.store, who, { most, budgetMs }).catch((error: unknown) => {
    if (isTimeLimit(error)) throw new Uncounted(why, 'segment');
    throw error;
  });
}

/** Words of each variant as they stand. Throws `Refused` where its program has one no more. */
export async function variantsOf(
  desk: Desk,
  campaign: CampaignDoc,
): Promise<Record<string, MessageTemplateDoc>> {
  const found: Record<string, MessageTemplateDoc> = {};
  for (const { id, template } of campaign.split?.variants ?? []) {
    found[id] = await namedTemplate(desk.store, campaign, template, 'split.variants');
  }
  return found;
}

/** What a second person says yes to: who gets it, in which words, split how. */
export function draftDigest(
  { program, topic, split, missed }: CampaignDoc,
  { template, segment, copy }: Omit<Parts, 'program'> & Pick<Frozen, 'copy'>,
  variants: Record<string, MessageTemplateDoc>,
): string {
  const words = [template, ...Object.values(variants)].map(({ _id, version }) => `${_id}.${version}`);
  const draft = { program, topic, words, segment, copy, split: split ?? null, missed: missed ?? null };
  return createHash('sha256').update(canonical(draft)).digest('base64url');
}

/**
 * Throws `Refused` where a second person is needed and none said yes to it as it stands. `by`: whoever asks, which
 * is noted, but not of who said yes, by whichever key: author and reviewer would change places; null: nobody.
 */
export async function checkApproval(
  desk: Desk,
  { _id, state, approval }: CampaignDoc,
  { by, people, draft }: { by: string | null; people: number; draft: string },
): Promise<void> {
  const { approvalOver: over } = await readCampaignRules(desk.store);
  const starter = state === 'draft' ? by : null;
  const oneHand = by !== null && approval != null && (await areOfOneHand(desk.store, by, approval.by));
  const why = approvalFault({ over, people, draft, given: approval ?? null, starter, oneHand });
  if (why === null) return;
  if (by !== null && !oneHand) await noteAsked(desk.store, _id, { by, at: desk.now() });
  throw new Refused(why);
}
