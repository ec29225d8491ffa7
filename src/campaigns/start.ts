import type { AppContext } from '../consent/app-context.ts';
import { asRefusal, CommandRefused } from '../consent/command-refused.ts';
import { recurring } from '../domain/campaigns/recurrence.ts';
import { firstAsked, type ScheduleRequest, startOf, whenFault } from '../domain/campaigns/schedule.ts';
import { type Program, programById, senderRate, type Topic } from '../domain/program.ts';
import { isEveryone, type Resolved } from '../domain/segments/tree.ts';
import { counted } from '../domain/statistics.ts';
import { draftTree, readSentenceWriter } from '../segments/segments.ts';
import type { CampaignDoc } from '../store/campaigns/campaign-document.ts';
import { findCampaign, moveCampaign, readCampaignRules } from '../store/campaigns/campaigns.ts';
import { COUNT_MS, LOOK_MS } from '../store/contacts/audience.ts';
import type { MessageTemplateDoc } from '../store/templates/templates.ts';
import { checkSendable } from '../templates/save-template.ts';
import { checkApproval, draftDigest, type StartParts } from './approval.ts';
import { frozenCopyOf, programAndTopic, templateOfProgram, topicGone, variantsOf } from './content.ts';
import { codesFor, requireCodes, shortPool } from './coupon-demand.ts';
import { checkClickable } from './experiment.ts';
import { moved, moveOrThrow } from './lifecycle.ts';
import { countWhoCanGet } from './reach.ts';
import { countRecipients } from './recipients.ts';
import { missedSentence } from './resend.ts';
import { refuseCircularWait, sendHistoryWait } from './send-history.ts';

type Starting = { topic: Topic; start: Start; startAt: Date; isTold: boolean };

/**
 * Checks that a draft can be started: there are recipients and a working sender, each variant can be sent, there
 * are enough coupon codes, and an approval where one is needed. `isTold`: the recipients of the campaigns that its
 * segment refers to are known. Throws `CommandRefused`.
 */
async function checkStart(
  context: AppContext,
  campaign: CampaignDoc,
  { start, startAt, isTold, ...parts }: StartParts & Starting,
): Promise<{ variants?: Record<string, MessageTemplateDoc> }> {
  requireSender(context, parts.program);
  const variants = await variantsOf(context, campaign);
  checkClickable(campaign, variants, 'split.test.by');
  if (campaign.split === undefined) await checkSendable(context, parts.program, [parts.template], 'template');
  else await checkSendable(context, parts.program, Object.values(variants), 'split.variants');
  const codes = (people: number) => codesFor({ ...parts, variants }, campaign.split, people);
  const { approvalOver } = await readCampaignRules(context.store);
  // Only coupon codes and approvals need a full count, which takes seconds for a million people.
  const most = approvalOver === null && codes(0).size === 0 ? 1 : null;
  const budgetMs = start.by === null ? LOOK_MS : COUNT_MS;
  const { segment } = parts;
  const people = await countRecipients(context, campaign, { segment, at: startAt, most, budgetMs });
  // A recurrence may start without recipients, since each run has its own audience.
  if (people === 0 && campaign.missed !== undefined) throw await refusalOfNobody(context, campaign.missed);
  if (people === 0 && isTold && start.repeat === null) {
    throw new CommandRefused(
      'Nobody matches its segment now. POST /segments/preview counts the people who are left after each clause.',
      'segment',
    );
  }
  // At most the people of the audience can get it, so a small audience needs neither many codes nor an approval.
  const isCovered = (await shortPool(context, codes(people), counted(people))) === null;
  const isShort = approvalOver === null || people <= approvalOver;
  const plan = { ...parts, campaign, variants, order: start };
  const able = isCovered && isShort ? null : await countWhoCanGet(context, plan);
  if (!isCovered && able !== null) await requireCodes(context, codes, able.withHeldOut);
  await checkApproval(context, campaign, {
    by: start.by,
    people: isShort || able === null ? counted(people) : able.people,
    draft: draftDigest(campaign, { ...parts, copy: frozenCopyOf(context, parts.program) }, variants),
  });
  return campaign.split === undefined ? {} : { variants };
}

function requireSender({ catalog }: Pick<AppContext, 'catalog'>, program: Program): void {
  const pool = catalog.current().book.senders.filter(({ number }) => program.numbers.includes(number));
  if (pool.some((sender) => senderRate(sender) > 0)) return;
  throw new CommandRefused(
    'No sender of its program may send. Add a sender to the program: PUT /programs/{id}.',
  );
}

/** No segment can exclude the holdout, and neither does the same split: each campaign draws its own. */
const holdoutToo = (original: string): string =>
  ` The holdout group of "${original}" gets that campaign, too: read the results of "${original}" first.`;

async function refusalOfNobody(
  { store }: Pick<AppContext, 'store'>,
  { of: original, unknownToo }: NonNullable<CampaignDoc['missed']>,
): Promise<CommandRefused> {
  return new CommandRefused(nobodyMissed(original, await findCampaign(store, original), unknownToo));
}

/** A cancel is a decision: the people whose message it stopped do not count as having missed the campaign. */
function nobodyMissed(original: string, missed: CampaignDoc | null, unknownToo: boolean): string {
  const unknown = `POST /campaigns/${original}/missed with "include_unknown".`;
  const holdout = (missed?.split?.holdout ?? 0) > 0 ? holdoutToo(original) : '';
  if (missed?.state === 'canceled')
    return `Nobody is left who missed it. People who had not yet got "${original}" when it was canceled do not count as missed. To reach them, draft another campaign for its segment and leave out {"kind": "sent", "campaign": "${original}"}, which are the people who got it or may have got it.${holdout} For messages with an unknown outcome: ${unknown}`;
  return unknownToo
    ? 'Nobody is left who missed it: these people have got it since, were held out, or are no longer contacts. Cancel it.'
    : `Nobody is left who missed it: these people have got it since, may have got it, were held out, or are no longer contacts. Cancel it. For messages with an unknown outcome: ${unknown}`;
}

/** `by`: id of the API key that starts the campaign; null: a preview. */
export type Start = ScheduleRequest & { everyone: boolean; by: string | null };

/**
 * Freezes the audience and words of a draft and schedules it. Null where there is no such campaign. Throws
 * `CommandRefused`, and `InvalidSegment` where its segment refers to something that is gone.
 */
export async function startCampaign(
  context: AppContext,
  id: string,
  start: Start,
): Promise<CampaignDoc | null> {
  const campaign = await findCampaign(context.store, id);
  if (campaign === null) return null;
  const change = await prepareStart(context, campaign, start);
  return moved(await moveCampaign(context.store, campaign, change, { asRead: true }));
}

/**
 * The sentence with which a start of the draft would be refused now; null: none. Stores nothing, not even that a
 * start was requested. Throws `InvalidSegment`.
 */
export async function previewStart(
  context: AppContext,
  campaign: CampaignDoc,
  order: Omit<Start, 'by'>,
): Promise<string | null> {
  const refused = await prepareStart(context, campaign, { ...order, by: null }).then(() => null, asRefusal);
  return refused?.message ?? null;
}

const NO_ACTIVE_PROGRAM =
  'Its program has ended. Make the program active, PUT /programs/{id}, or draft the campaign for another program.';
const ARCHIVED = 'It is archived. Restore it first: POST /campaigns/{id}/restore.';
const TO_EVERYONE = 'The campaign would go to everyone who may get it. Confirm that with "everyone": true.';

/** The fields that a start changes. */
async function prepareStart(context: AppContext, campaign: CampaignDoc, start: Start) {
  const now = context.now();
  const to = moveOrThrow(campaign, 'start', now);
  if (campaign.archived === true) throw new CommandRefused(ARCHIVED);
  const { book } = context.catalog.current();
  const program = programById(book, campaign.program);
  if (program?.status !== 'active') {
    throw new CommandRefused(NO_ACTIVE_PROGRAM);
  }
  const about = programAndTopic(context, campaign);
  if (about === null) throw new CommandRefused(topicGone(campaign));
  const fault = whenFault(start, program.zone, now, campaign.split?.test);
  if (fault !== null) throw new CommandRefused(fault.why, fault.field);
  const template = await templateOfProgram(context.store, campaign, campaign.template);
  const startAt = startOf(start, program.zone, now);
  const segment = await draftTree(context.store, book, campaign, firstAsked(start, program.zone, now));
  if (isEveryone(segment) && campaign.missed === undefined && !start.everyone) {
    throw new CommandRefused(TO_EVERYONE, 'everyone');
  }
  await refuseCircularWait(context, campaign, segment);
  // For a recurrence, each run checks this. Other campaigns check again when their start comes.
  const untold =
    start.repeat === null ? await sendHistoryWait(context, { ...campaign, startAt }, segment, startAt) : null;
  if (untold !== null && startAt <= now) throw untold;
  const asked = { start, startAt, isTold: untold === null };
  const variants = await checkStart(context, campaign, { ...asked, ...about, template, segment });
  const { local, spreadMs } = start;
  const audience = await audienceOf(context, campaign, segment);
  return {
    state: to,
    startAt,
    deadline: start.deadline,
    updatedAt: now,
    frozen: { segment, audience, template, copy: frozenCopyOf(context, program), at: startAt, ...variants },
    awaitsWinner: campaign.split?.test != null,
    ...(start.by === null ? {} : { startedBy: start.by }),
    ...(local === null && spreadMs === 0 ? {} : { when: { local, spreadMs } }),
    ...(start.repeat === null ? {} : { repeat: recurring(start.repeat, program.zone, now) }),
  };
}

/** The audience in one sentence. The segment of a resend is that of the campaign that its people missed. */
async function audienceOf(
  { catalog, store }: Pick<AppContext, 'catalog' | 'store'>,
  { missed }: CampaignDoc,
  segment: Resolved,
): Promise<string> {
  const said = (await readSentenceWriter(store, catalog.current().book, [segment]))(segment);
  if (missed === undefined) return said;
  const name = (await findCampaign(store, missed.of))?.name ?? missed.of;
  return missedSentence(name, said);
}
