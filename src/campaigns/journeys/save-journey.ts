import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Desk } from '../../consent/desk.ts';
import {
  type Asked,
  type Plan,
  type PlanFault,
  type Step,
  stepFaults,
} from '../../domain/journeys/journey.ts';
import type { Program } from '../../domain/program.ts';
import type { Tree } from '../../domain/segments/tree.ts';
import { findMessageTemplate } from '../../store/campaigns/message-templates.ts';
import { findJourney, type JourneyDoc, writeJourney } from '../../store/journeys/journeys.ts';
import { addVersion, findVersions } from '../../store/journeys/versions.ts';
import { stageNames } from '../../store/people/stages.ts';
import { resolveNew, SegmentRefused } from '../audience/segments.ts';
import { MovedMeanwhile, Refused } from '../refused.ts';

/** A trigger and steps as someone wrote them: trees that may name segments. */
type Written<T> = {
  [K in keyof T]: T[K] extends Asked ? Tree : T[K] extends Asked | null ? Tree | null : T[K];
};
type SegmentTrigger = Extract<Plan['trigger'], { kind: 'segment' }>;
export type JourneyOrder = {
  id: string;
  name: string;
  program: Program;
  trigger: Exclude<Plan['trigger'], SegmentTrigger> | Written<SegmentTrigger>;
  reentry: Plan['reentry'];
  steps: readonly Written<Step>[];
  /** What becomes of people who are in it: they finish the version they are in, or go on in this one. */
  people: 'finish' | 'move';
};

/** Everything about a journey that cannot be, each with its place. */
export class JourneyFaulty extends Error {
  override name = 'JourneyFaulty';
  readonly faults: readonly PlanFault[];
  constructor(faults: readonly PlanFault[]) {
    super('a journey has faults');
    this.faults = faults;
  }
}

/** `kept`: its segment means something else by now, and the journey, which goes on, begins as before. */
export type SavedJourney = { journey: JourneyDoc; kept: boolean };

/**
 * Keeps a journey; what it does becomes another version where it differs. Segments that it names are taken as they
 * stand now. Throws `JourneyFaulty` and `Refused`.
 */
export async function saveJourney(desk: Desk, order: JourneyOrder): Promise<SavedJourney> {
  const { store } = desk;
  const { id: _id, name, program, people } = order;
  const written = await readPlan(desk, order);
  const before = await findJourney(store, _id);
  const started = before !== null && before.state !== 'draft';
  if (started && before.program !== program.id) {
    throw new Refused('A journey that was started stays with its program; make another.');
  }
  const at = desk.now();
  const goes = before?.state === 'running' || before?.state === 'paused';
  const [old] = before === null ? [] : await findVersions(store, [before.plan]);
  const plan = goes && old !== undefined ? beginningAs(old, written) : written;
  if (goes && !isDeepStrictEqual(old?.trigger, plan.trigger)) {
    throw new Refused('What begins it stays as it is while it runs. Stop it, save it, and start it again.');
  }
  const { version = 0, moveBelow = 0 } = before ?? {};
  const same = before !== null && old !== undefined && isDeepStrictEqual(planOf(old), plan);
  const next = same
    ? { _id, name, program: program.id, version, plan: before.plan, moveBelow }
    : { _id, name, program: program.id, version: version + 1, plan: newId(), moveBelow };
  // Under an id that nobody knows yet: whoever loses the race below leaves a version that is never read.
  if (!same)
    await addVersion(store, { _id: next.plan, journey: _id, version: next.version, ...plan, createdAt: at });
  if (started && !same && people === 'move') next.moveBelow = next.version;
  const saved = await writeJourney(store, before, next, at);
  if (saved === null) throw new MovedMeanwhile();
  return { journey: saved, kept: !isDeepStrictEqual(plan.trigger, written.trigger) };
}

/** What begins one that goes is as it was, whatever became since of the segments it names. */
function beginningAs({ trigger: was }: Plan, plan: Plan): Plan {
  const { trigger } = plan;
  if (was.kind !== 'segment' || trigger.kind !== 'segment') return plan;
  return isDeepStrictEqual(was.segment.tree, trigger.segment.tree) ? { ...plan, trigger: was } : plan;
}

const newId = (): string => `jv_${randomBytes(12).toString('base64url')}`;
const planOf = ({ trigger, reentry, steps }: Plan): Plan => ({ trigger, reentry, steps });

async function readPlan(desk: Desk, { program, trigger, reentry, steps }: JourneyOrder): Promise<Plan> {
  const faults: PlanFault[] = [];
  const asked = (tree: Tree, field: string) => ask(desk, tree, field, faults);
  const begins: Plan['trigger'] =
    trigger.kind === 'segment'
      ? { kind: 'segment', segment: await asked(trigger.segment, 'trigger.segment') }
      : trigger;
  const read: Step[] = [];
  for (const [at, step] of steps.entries()) {
    const onlyIf = step.onlyIf === null ? null : await asked(step.onlyIf, `steps.${at}.only_if`);
    read.push({ ...step, onlyIf });
    const { message } = step;
    const template = message === null ? null : await findMessageTemplate(desk.store, message.template);
    if (message !== null && template?.program !== program.id) {
      faults.push({
        field: `steps.${at}.message.template`,
        problem: 'The program has no template of this id.',
      });
    }
  }
  const topics = new Set(program.topics.map(({ id }) => id));
  faults.push(...(await triggerFaults(desk, begins, topics)), ...stepFaults(read, topics));
  if (faults.length > 0) throw new JourneyFaulty(faults);
  return { trigger: begins, reentry, steps: read };
}

async function triggerFaults(
  desk: Desk,
  trigger: Plan['trigger'],
  topics: ReadonlySet<string>,
): Promise<PlanFault[]> {
  if (trigger.kind === 'consent') {
    const known = trigger.topics?.every((id) => topics.has(id)) ?? true;
    return known ? [] : [{ field: 'trigger.topics', problem: 'The program has no such topic.' }];
  }
  if (trigger.kind !== 'stage') return [];
  const stages = await stageNames(desk.store);
  const known = trigger.stages.every((name) => stages.has(name));
  return known
    ? []
    : [{ field: 'trigger.stages', problem: 'There is no such stage. GET /stages lists them.' }];
}

async function ask(desk: Desk, tree: Tree, field: string, faults: PlanFault[]): Promise<Asked> {
  try {
    const { book } = desk.catalog.current();
    return { tree, resolved: await resolveNew(desk.store, book, tree, desk.now()) };
  } catch (error) {
    if (!(error instanceof SegmentRefused)) throw error;
    const at = (path: string): string => [field, ...path.split('/').slice(1)].join('.');
    faults.push(...error.faults.map(({ path, problem }) => ({ field: at(path), problem })));
    return { tree, resolved: { kind: 'everyone' } };
  }
}
