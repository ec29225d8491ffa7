import { createHash } from 'node:crypto';
import type { AppContext } from '../consent/app-context.ts';
import type { ConsentState } from '../domain/consent/consent-state.ts';
import type { JourneyPlan, JourneyStep, SegmentQuery } from '../domain/journeys/journey.ts';
import { decideStep, type RunFacts } from '../domain/journeys/steps.ts';
import type { Program } from '../domain/program.ts';
import { compile } from '../domain/segments/query.ts';
import { journeyStream } from '../domain/sending/lanes.ts';
import type { Reason } from '../domain/sending/send-rules.ts';
import { planMessage } from '../sending/plan-delivery.ts';
import { quietHoursAt } from '../sending/quiet-hours.ts';
import { chooseSender } from '../sending/sender-selection.ts';
import { StaleRead } from '../store/consent/commit.ts';
import { contactsAmong } from '../store/contacts/audience.ts';
import type { ContactDoc } from '../store/contacts/contacts.ts';
import { openHolder } from '../store/contacts/open-contact.ts';
import { isDatabaseFailure } from '../store/database-errors.ts';
import { type DeliveryDoc, findDeliveries } from '../store/deliveries/delivery.ts';
import { type JourneyRunDoc, moveRuns, type RunMove, type StepDone } from '../store/journeys/runs.ts';
import { findMessageTemplate, type MessageTemplateDoc } from '../store/templates/templates.ts';
import { renderForDelivery } from '../templates/render.ts';
import { programOf, readStandings, type Standings, standingOf } from './enrollment.ts';
import type { Versions } from './versions.ts';

/**
 * Messages of a batch that are rendered and planned in parallel: half of the process's connections to the database.
 */
const AT_ONCE = 25;

/** When a person who cannot be decrypted is tried again, ms. */
const UNREADABLE_MS = 60 * 60_000;

/**
 * Does the due step of each run, and records it. If the process dies, the next one finds the message written and
 * records the same. A record counts only for the step it is about.
 */
export async function runSteps(
  context: AppContext,
  versions: Versions,
  runs: readonly JourneyRunDoc[],
  now: Date,
): Promise<void> {
  const plans = await versions(runs.map(({ plan }) => plan));
  const standings = await readStandings(
    context,
    runs.map(({ contact }) => contact),
  );
  const rows = await rowsOf(context, runs, standings);
  const asked = await checkConditions(context, runs, plans, now);
  const hours = quietHoursAt(now);
  const templates = readOnce(context);
  const moves: RunMove[] = [];
  for (let from = 0; from < runs.length; from += AT_ONCE) {
    const running = runs.slice(from, from + AT_ONCE).map((run) => {
      const own = rows.get(ownMessage(run, standings)) ?? null;
      const known = factsOf(context, run, { standings, rows, asked, hours });
      const facts = known === null ? null : { ...known, written: own !== null };
      const stored = standings.get(run.contact)?.stored ?? null;
      const due = { run, stored, own, facts, templates };
      return stepOrWait(context, due, plans.get(run.plan) ?? { steps: [] }, now);
    });
    moves.push(...(await Promise.all(running)));
  }
  await moveRuns(context.store, moves, now);
}

/** `own`: the step's message, if it exists already. `facts`: null where the person cannot be decrypted. */
type Due = {
  run: JourneyRunDoc;
  stored: ContactDoc | null;
  own: DeliveryDoc | null;
  facts: RunFacts | null;
  templates: Templates;
};

/** Reads each template once per batch. */
function readOnce(context: Pick<AppContext, 'store'>): Templates {
  const known = new Map<string, ReturnType<Templates>>();
  return (id) => {
    const found = known.get(id) ?? findMessageTemplate(context.store, id);
    known.set(id, found);
    return found;
  };
}

/** Does one step. A person who cannot be decrypted waits for a later try, and does not stop the others. */
async function stepOrWait(
  context: AppContext,
  { facts, ...due }: Due,
  plan: Pick<JourneyPlan, 'steps'>,
  now: Date,
): Promise<RunMove> {
  const { run } = due;
  const later = { run, wait: new Date(now.getTime() + UNREADABLE_MS) };
  if (facts === null) return later;
  try {
    return await runStep(context, { ...due, facts }, plan, now);
  } catch (error) {
    if (isDatabaseFailure(error)) throw error;
    // Other planners kept taking the pool's codes; the next poll tries again.
    if (error instanceof StaleRead) return { run, wait: now };
    const { journey, contact } = run;
    context.log.error(
      { journey, contact, error },
      'a step of a journey failed; it is tried again in an hour',
    );
    return later;
  }
}

async function runStep(
  context: AppContext,
  { run, stored, own, facts, templates }: Due & { facts: RunFacts },
  plan: Pick<JourneyPlan, 'steps'>,
  now: Date,
): Promise<RunMove> {
  const turn = decideStep(run, plan, facts, now);
  if (turn.do === 'wait') return { run, wait: turn.until };
  if (turn.do === 'end') return { run, end: turn.reason };
  const { step, next } = turn;
  const done = { step: step.id, at: now };
  if (own !== null) return { run, done: { ...done, ...sentAs(own) }, next };
  if (turn.do === 'skip') return { run, done: { ...done, did: 'not-asked' }, next };
  const { message } = step;
  const { program, person } = facts;
  if (message === null || stored === null || person === null || program === null) {
    return { run, done: { ...done, did: 'waited' }, next };
  }
  const sent = await sendStep(context, { run, stored, person, program }, { id: step.id, message }, templates);
  return { run, done: { ...done, ...sent }, next };
}

type Read = {
  standings: Standings;
  rows: Map<string, DeliveryDoc>;
  asked: ReadonlySet<string>;
  hours: ReturnType<typeof quietHoursAt>;
};

function factsOf(
  context: Pick<AppContext, 'catalog' | 'ring'>,
  run: JourneyRunDoc,
  { standings, rows, asked, hours }: Read,
): Omit<RunFacts, 'written'> | null {
  const program = programOf(context, run.program);
  const standing = standingOf(standings, run.contact, program);
  if (standing === null) return null;
  const stored = standings.get(run.contact)?.stored ?? null;
  const last = rows.get(lastMessage(run) ?? '');
  return {
    ...standing,
    holds: asked.has(run._id),
    waiting: last?.open === true ? { dueAt: last.dueAt } : null,
    heldUntil: () => (stored === null ? null : heldUntil(context, hours, stored, program)),
  };
}

/**
 * When the person's quiet hours end. Null without quiet hours, and also where no hour is ever allowed: the message
 * is then planned, and its delivery ends with that reason. Throws where this process lacks the person's keys.
 */
function heldUntil(
  { ring }: Pick<AppContext, 'ring'>,
  hours: Read['hours'],
  stored: ContactDoc,
  program: Program | null,
): Date | null {
  if (program?.quietHours === 'off') return null;
  const { hold } = hours({ class: 'marketing' }, openHolder(ring, stored, []), program);
  return hold === null || hold.where.noHour ? null : hold.until;
}

const lastMessage = ({ done }: JourneyRunDoc): string | undefined =>
  done.findLast(({ delivery }) => delivery !== undefined)?.delivery;

const ownMessage = (run: JourneyRunDoc, standings: Standings): string =>
  `${standings.get(run.contact)?.stored.bucket ?? ''}${digestOf(run._id, run.step)}`;

async function rowsOf(
  context: Pick<AppContext, 'store'>,
  runs: readonly JourneyRunDoc[],
  standings: Standings,
): Promise<Map<string, DeliveryDoc>> {
  const ids = runs.flatMap((run) => [ownMessage(run, standings), lastMessage(run) ?? []].flat());
  const found = await findDeliveries(context.store, ids);
  return new Map(found.map((row) => [row._id, row]));
}

/** The ids of the runs whose person meets the condition of their step. One query for each step. */
async function checkConditions(
  context: Pick<AppContext, 'store'>,
  runs: readonly JourneyRunDoc[],
  plans: ReadonlyMap<string, Pick<JourneyPlan, 'steps'>>,
  now: Date,
): Promise<Set<string>> {
  const groups = new Map<SegmentQuery, JourneyRunDoc[]>();
  for (const run of runs) {
    const onlyIf = plans.get(run.plan)?.steps.find(({ id }) => id === run.step)?.onlyIf ?? null;
    if (onlyIf !== null) groups.set(onlyIf, [...(groups.get(onlyIf) ?? []), run]);
  }
  const fits = new Set<string>();
  for (const [{ resolved }, group] of groups) {
    const people = group.map(({ contact }) => contact);
    const fitting = await contactsAmong(context.store, compile(resolved, now), people);
    for (const run of group) if (fitting.has(run.contact)) fits.add(run._id);
  }
  return fits;
}

/** The same digest however often the step is done. The person's bucket and this digest form the delivery's id. */
const digestOf = (run: string, step: string): string =>
  createHash('sha256').update(`journey ${run} ${step}`).digest('base64url').slice(0, 24);

type Sent = Omit<StepDone, 'at' | 'step'>;
const refused = (...reasons: Reason[]): Sent => ({ did: 'refused', reasons });

type Templates = (id: string) => Promise<MessageTemplateDoc | null>;

/**
 * The person of the step, read a moment ago and used only to render the words. Planning reads the deciding facts
 * again.
 */
type Whose = { run: JourneyRunDoc; stored: ContactDoc; person: ConsentState; program: Program };

/**
 * Writes the message of a step as a delivery: planned, or skipped with the reasons. A repeated call finds the
 * existing delivery. Throws `KeyMissing` or `SealBroken` where this process cannot decrypt the person.
 */
export async function sendStep(
  context: AppContext,
  { run, stored, person, program }: Whose,
  { id: step, message }: { id: string; message: NonNullable<JourneyStep['message']> },
  templates: Templates,
): Promise<Sent> {
  const topic = program.topics.find(({ id }) => id === message.topic);
  const template = await templates(message.template);
  if (topic === undefined) return refused('topic-gone');
  if (template?.program !== program.id) return refused('no-text');
  const contact = { ...openHolder(context.ring, stored, []), stored, person };
  const digest = digestOf(run._id, step);
  const { book } = context.catalog.current();
  const { id, number } = contact;
  const sender = await chooseSender(context.store, book, program, {
    id,
    number,
    suppressions: person.suppressions,
  });
  if (sender === null) return refused('no-sender');
  const about = { program, topic, contact, sender, digest, template, language: null };
  const { text, language, media, fault, unissued } = await renderForDelivery(context, about);
  if (text === null || fault !== null) return refused(fault?.reason ?? 'no-text');
  const row = await planMessage(context, {
    contact: contact.id,
    program,
    topic,
    sender,
    text,
    language,
    media,
    unissued,
    digest,
    template: `${template._id}.${template.version}`,
    validUntil: null,
    stream: journeyStream(run.journey),
    journey: run.journey,
  });
  return row === null ? refused('number-changed') : sentAs(row);
}

/** The outcome of a step, from its delivery. */
function sentAs({ _id: delivery, state, decision }: DeliveryDoc): Sent {
  return state === 'skipped'
    ? { ...refused(...(decision?.reasons ?? [])), delivery }
    : { did: 'sent', delivery };
}
