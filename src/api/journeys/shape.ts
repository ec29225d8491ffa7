import { z } from 'zod';
import type { JourneyOrder } from '../../campaigns/journeys/save-journey.ts';
import { MOST_STEPS, minutesOf, type Wait } from '../../domain/journeys/journey.ts';
import type { Program } from '../../domain/program.ts';
import type { Tree } from '../../domain/segments/tree.ts';
import type { JourneyVersionDoc } from '../../store/journeys/versions.ts';
import { eventType, line, plainLine, slug } from '../fields.ts';
import { tree } from '../segments/segments.ts';

const MOST_TOPICS = 50;
const some = <T extends z.ZodType>(one: T) => z.array(one).min(1).max(MOST_TOPICS);
const count = (most: number) => z.int('It must be a whole number.').min(0).max(most);

const wait = z
  .strictObject({
    days: count(400).exactOptional(),
    hours: count(9600).exactOptional(),
    minutes: count(576_000).exactOptional(),
  })
  .meta({
    description: 'After the step before, or after what began the journey; parts add up to at most 400 days.',
  });

const trigger = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('consent'),
    topics: some(slug)
      .exactOptional()
      .meta({ description: 'Agreeing to one of these; else confirming consent to the program.' }),
  }),
  z.strictObject({ kind: z.literal('event'), event: eventType }),
  z.strictObject({ kind: z.literal('stage'), stages: some(line(1, 100)) }),
  z.strictObject({ kind: z.literal('segment'), segment: tree }),
  z.strictObject({
    kind: z.literal('keyword'),
    words: some(line(1, 34)).meta({
      description: 'Keywords of the program, and codes or words of its topics: each one word.',
    }),
  }),
]);

const step = z.strictObject({
  id: slug.meta({ description: 'Names the step in every version: a step someone did is never done again.' }),
  wait: wait.exactOptional(),
  only_if: tree.exactOptional(),
  otherwise: z
    .enum(['skip', 'end'])
    .exactOptional()
    .meta({ description: 'For whom only_if is not true: go on without it (the usual), or end the journey.' }),
  message: z.strictObject({ template: slug, topic: slug }).exactOptional(),
});

export const journeyBody = z.strictObject({
  name: plainLine(1, 80),
  program: slug,
  trigger,
  again_after_days: z
    .int('It must be a whole number.')
    .min(1)
    .max(3650)
    .exactOptional()
    .meta({ description: 'A person may go through it again so long after they last began; else once.' }),
  steps: z.array(step).min(1).max(MOST_STEPS),
  people: z.enum(['finish', 'move']).exactOptional().meta({
    description: 'Those who are in it finish the version they are in (the usual), or go on in this one.',
  }),
});
export type JourneyBody = z.output<typeof journeyBody>;

export function orderOf(id: string, body: JourneyBody, program: Program): JourneyOrder {
  const { name, trigger: begins, again_after_days: days, steps, people = 'finish' } = body;
  return {
    id,
    name,
    program,
    people,
    trigger: begins.kind === 'consent' ? { kind: 'consent', topics: begins.topics ?? null } : begins,
    reentry: days === undefined ? { kind: 'once' } : { kind: 'again', days },
    steps: steps.map(({ id, wait = {}, only_if: onlyIf = null, otherwise = 'skip', message = null }) => ({
      id,
      wait,
      onlyIf: onlyIf as Tree | null,
      otherwise,
      message,
    })),
  };
}

/** What a version does in the shape it is saved in, so that it can be changed and saved again. */
export function shapeOf({ trigger: begins, reentry, steps }: JourneyVersionDoc) {
  return {
    trigger: triggerShape(begins),
    ...(reentry.kind === 'once' ? {} : { again_after_days: reentry.days }),
    steps: steps.map(({ id, wait, onlyIf, otherwise, message }) => ({
      id,
      ...(minutesOf(wait) === 0 ? {} : { wait: { ...wait } as Wait }),
      ...(onlyIf === null ? {} : { only_if: onlyIf.tree, otherwise }),
      ...(message === null ? {} : { message: { ...message } }),
    })),
  };
}

function triggerShape(trigger: JourneyVersionDoc['trigger']): Record<string, unknown> {
  if (trigger.kind === 'segment') return { kind: 'segment', segment: trigger.segment.tree };
  if (trigger.kind === 'keyword') return { kind: 'keyword', words: trigger.words };
  if (trigger.kind !== 'consent') return { ...trigger };
  return trigger.topics === null ? { kind: 'consent' } : { ...trigger };
}
