import { z } from 'zod';
import { sampleIssued } from '../../campaigns/words/issue.ts';
import { mergeFor } from '../../campaigns/words/merge-for.ts';
import { contactById } from '../../contacts/find-contact.ts';
import { purposeOf } from '../../domain/templates/check-template.ts';
import { ADDED } from '../../domain/templates/complete-text.ts';
import { countParts } from '../../domain/text/parts.ts';
import { findMessageTemplate } from '../../store/campaigns/message-templates.ts';
import { contactId, language, slug } from '../fields.ts';
import { Problem } from '../problem.ts';
import { findProgram, findTopic } from '../programs/find-program.ts';
import type { Call } from '../route.ts';
import type { templateParams } from './templates.ts';

export const previewBody = z.strictObject({
  contact: contactId,
  language: language.optional().meta({ description: "Else the person's own." }),
  topic: slug.optional().meta({
    description:
      'What the message would be about; else it is shown as marketing, where its program sends any.',
  }),
});

export const previewAnswer = z.strictObject({
  language,
  text: z.string().nullable().meta({
    description:
      'As it would arrive, the name of the person included, but for links and codes, which are samples of the same length; null where a field it needs is unknown of them, it is empty, or it is in none of the languages of its program.',
  }),
  media: z.array(z.string()).meta({ description: 'Shown beside it; it is one MMS then.' }),
  added: z.array(z.enum(ADDED)).meta({ description: "What the program's rule added." }),
  encoding: z.enum(['GSM-7', 'UCS-2']),
  parts: z.number().meta({ description: '0 where they would get none.' }),
  costly: z.array(z.string()).meta({ description: 'Characters that are not in GSM-7 and make it UCS-2.' }),
  fault: z.string().nullable().meta({ description: 'Why it could not be sent to them as it is.' }),
});

type Previewed = Call<{ params: typeof templateParams; body: typeof previewBody }>;

/** A template in the words of one person, with their names, for whoever may read contacts. Nothing is sent. */
export async function previewTemplate({ desk, key, params, body }: Previewed) {
  const template = await findMessageTemplate(desk.store, params.id);
  if (template === null) throw new Problem('not-found', 'There is no template of this id.');
  const contact = await contactById(desk, body.contact);
  if (contact === null) throw new Problem('not-found', 'There is no contact of this id.');
  const program = findProgram(desk.catalog.current().book, template.program);
  const purpose = body.topic === undefined ? purposeOf(program) : findTopic(program, body.topic).purpose;
  const issued = await sampleIssued(desk);
  const wanted = body.language ?? null;
  const merged = mergeFor(desk, template, contact, { program, purpose, language: wanted, issued });
  desk.log.info({ key: key.id, template: template._id, contact: contact.id }, 'a template was previewed');
  const { text, media, added } = merged;
  const said = { language: merged.language, text, media, added, fault: merged.fault?.sentence ?? null };
  if (text === null) return { ...said, encoding: 'GSM-7' as const, parts: 0, costly: [] };
  const { encoding, parts, offenders: costly } = countParts(text);
  return { ...said, encoding, parts: media.length > 0 ? 1 : parts, costly };
}
