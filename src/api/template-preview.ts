import { z } from 'zod';
import { mergeFor } from '../campaigns/merge-for.ts';
import { contactById } from '../contacts/find-contact.ts';
import { faultIn } from '../domain/sending/message-plan.ts';
import { countParts } from '../domain/text/parts.ts';
import { findMessageTemplate } from '../store/message-templates.ts';
import { contactId, language } from './fields.ts';
import { findProgram } from './find-program.ts';
import { Problem } from './problem.ts';
import type { Call } from './route.ts';
import type { templateParams } from './templates.ts';

export const previewBody = z.strictObject({
  contact: contactId,
  language: language.optional().meta({ description: "Else the person's own." }),
});

export const previewAnswer = z.strictObject({
  language,
  text: z
    .string()
    .nullable()
    .meta({ description: 'As it would arrive; null where a field it needs is unknown of them.' }),
  encoding: z.enum(['GSM-7', 'UCS-2']),
  parts: z.number().meta({ description: '0 where they would get none.' }),
  costly: z.array(z.string()).meta({ description: 'Characters that are not in GSM-7 and make it UCS-2.' }),
  fault: z.string().nullable().meta({ description: 'Why it could not be sent to them as it is.' }),
});

type Previewed = Call<{ params: typeof templateParams; body: typeof previewBody }>;

/** A template in the words of one person. Nothing is sent. */
export async function previewTemplate({ desk, key, params, body }: Previewed) {
  const template = await findMessageTemplate(desk.store, params.id);
  if (template === null) throw new Problem('not-found', 'There is no template of this id.');
  const contact = await contactById(desk, body.contact);
  if (contact === null) throw new Problem('not-found', 'There is no contact of this id.');
  const program = findProgram(desk.catalog.current().book, template.program);
  const wanted = body.language ?? null;
  const merged = mergeFor(desk.ring, template, program, contact, wanted);
  desk.log.info({ key: key.id, template: template._id, contact: contact.id }, 'a template was previewed');
  const { text } = merged;
  if (text === null) {
    const fault = 'A field it needs is unknown of them, and has no fallback.';
    return { ...merged, encoding: 'GSM-7' as const, parts: 0, costly: [], fault };
  }
  const { encoding, parts, offenders } = countParts(text);
  return { ...merged, encoding, parts, costly: offenders, fault: faultIn(text) };
}
