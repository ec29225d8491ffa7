import { z } from 'zod';
import { partsOverAudience } from '../../campaigns/audience/parts-over-audience.ts';
import { CountTookLong } from '../../campaigns/audience/preview-audience.ts';
import { resolveTree } from '../../campaigns/audience/segments.ts';
import { COUNT_TIME } from '../../domain/audience/counting.ts';
import { purposeOf } from '../../domain/templates/check-template.ts';
import { findMessageTemplate } from '../../store/campaigns/message-templates.ts';
import { contactId, slug } from '../fields.ts';
import { Problem } from '../problem.ts';
import { findProgram, findTopic } from '../programs/find-program.ts';
import type { Call } from '../route.ts';
import { refusalOfSegment, tree } from '../segments/segments.ts';
import type { templateParams } from './templates.ts';

export const partsBody = z.strictObject({
  segment: tree,
  topic: slug.optional().meta({
    description: 'What it would be about; else it counts as marketing, where its program sends any.',
  }),
});

const count = z.number();
export const partsAnswer = z.strictObject({
  matches: count.meta({ description: 'People of the segment now.' }),
  counted: count.meta({
    description: 'Of how many the texts were merged and counted: all, or a fair sample.',
  }),
  without_text: count.meta({ description: 'Of these, who would get none: a field they need is unknown.' }),
  too_long: count.meta({
    description:
      'Of these, whose own text is longer than is sent: they would get none, which no sum here counts.',
  }),
  least: count,
  most: count,
  total: count.meta({ description: 'Parts of all texts that were counted.' }),
  by_parts: z.array(z.strictObject({ parts: count, people: count })),
  worst: z
    .strictObject({ contact: contactId, masked: z.string(), parts: count, costly: z.array(z.string()) })
    .nullable()
    .meta({ description: 'Whose text is longest of those that would be sent.' }),
  switched: count.meta({ description: 'People whose own values alone made their text UCS-2.' }),
  extra_parts: count.meta({ description: 'Parts more than if every text were in GSM-7.' }),
  costly: z.array(z.strictObject({ character: z.string(), people: count, extra_parts: count })).meta({
    description:
      'Characters that make texts UCS-2, dearest first. A text with two of them stands under both.',
  }),
});

type Asked = Call<{ params: typeof templateParams; body: typeof partsBody }>;

const MOST_COSTLY = 20;

/** What a template costs over an audience, text by text. Nothing is sent. */
export async function countTemplateParts({ desk, key, params, body }: Asked) {
  const template = await findMessageTemplate(desk.store, params.id);
  if (template === null) throw new Problem('not-found', 'There is no template of this id.');
  const { book } = desk.catalog.current();
  const program = findProgram(book, template.program);
  const purpose = body.topic === undefined ? purposeOf(program) : findTopic(program, body.topic).purpose;
  const segment = await resolveTree(desk.store, book, body.segment, desk.now()).catch((error: unknown) => {
    throw refusalOfSegment(error, 'segment');
  });
  const parts = await partsOverAudience(desk, template, segment, { program, purpose }).catch(
    (error: unknown) => {
      throw error instanceof CountTookLong ? TOO_LONG : error;
    },
  );
  desk.log.info({ key: key.id, template: template._id, people: parts.people }, 'parts were counted');
  const { worst, worstMasked } = parts;
  return {
    matches: parts.matches,
    counted: parts.people,
    without_text: parts.incomplete,
    too_long: parts.tooLong,
    least: parts.least,
    most: parts.most,
    total: parts.total,
    by_parts: [...parts.byParts].sort(([a], [b]) => a - b).map(([of, people]) => ({ parts: of, people })),
    worst:
      worst === null || worstMasked === null
        ? null
        : { contact: worst.person, masked: worstMasked, parts: worst.parts, costly: worst.offenders },
    switched: parts.switched,
    extra_parts: parts.extra,
    costly: [...parts.offenders]
      .map(([character, { people, extra }]) => ({ character, people, extra_parts: extra }))
      .sort((a, b) => b.extra_parts - a.extra_parts || b.people - a.people)
      .slice(0, MOST_COSTLY),
  };
}

const TOO_LONG = new Problem('unavailable', `Finding its people took longer than ${COUNT_TIME}.`, {
  next_step: 'Begin the segment with a clause that few fit: a state, a ZIP, a list.',
});
