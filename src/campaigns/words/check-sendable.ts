import type { Desk } from '../../consent/desk.ts';
import type { Program } from '../../domain/program.ts';
import { checkTemplate, type Nameable } from '../../domain/templates/check-template.ts';
import type { MessageTemplateDoc } from '../../store/campaigns/message-templates.ts';
import { Refused } from '../refused.ts';
import { readNameable } from './issue.ts';

/**
 * Throws `Refused`, at `field`, where a template goes to nobody: its program, a pool or a field has changed since it was
 * saved, so that there is no language left in which it could be sent.
 */
export async function checkSendable(
  desk: Desk,
  program: Program,
  templates: readonly MessageTemplateDoc[],
  field: string,
): Promise<void> {
  const nameable = await readNameable(desk);
  for (const template of templates) {
    const why = unsendable(template, program, nameable);
    if (why !== null) throw new Refused(why, field);
  }
}

/** Why a template goes to nobody; null where it can be sent in some language. */
export function unsendable(
  template: MessageTemplateDoc,
  program: Program,
  nameable: Nameable,
): string | null {
  const checked = checkTemplate(template, program, nameable);
  if (checked.ok || Object.keys(checked.texts).length > 0) return null;
  const why = checked.faults.map(({ path, problem }) => `${path.slice(1)}: ${problem}`).join(' ');
  const next = `Save it anew: PUT /templates/${template._id}.`;
  return `The template "${template._id}" can be sent in no language. ${why} ${next}`;
}
