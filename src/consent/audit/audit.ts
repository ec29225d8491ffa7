import { type Actor, actorText, readActor } from '../../domain/access/actor.ts';
import { type AuditSubject, ruleOfAct } from '../../domain/audit/acts.ts';
import type { AuditDraft } from '../../store/audit/audit-chains.ts';
import type { AppContext } from '../app-context.ts';

/** An act as a use case names it. `actor`: who acted; the id of an API key, or an actor in its stored form, will do. */
export type AuditedAct = Omit<AuditDraft, 'actor'> & { actor: Actor | string };

export const personSubject = (contact: string): AuditSubject => ({ kind: 'person', id: contact });

export const campaignSubject = (id: string): AuditSubject => ({ kind: 'campaign', id });

export const templateSubject = (id: string): AuditSubject => ({ kind: 'template', id });

/**
 * Records what somebody did, and writes the line of the log that goes with it. Rejects when the entry could not be
 * written: what is shown or done only after it then is not.
 */
export async function recordAudit(
  context: Pick<AppContext, 'audit' | 'log'>,
  { actor, ...act }: AuditedAct,
): Promise<void> {
  const draft = { ...act, actor: typeof actor === 'string' ? readActor(actor) : actor };
  await context.audit.record([draft]);
  logAct(context, draft);
}

/**
 * Records a request by number whose only effect was to tell whether the number is known here. `contact`: null when
 * nobody holds the number.
 */
export const recordTriedNumber = (
  context: Pick<AppContext, 'audit' | 'log'>,
  actor: Actor | string,
  contact: string | null,
): Promise<void> =>
  recordAudit(context, {
    actor,
    act: 'number-tried',
    subject: contact === null ? null : personSubject(contact),
  });

/** The line of the log for an act whose entry is written in the transaction of its change. */
export function logAct({ log }: Pick<AppContext, 'log'>, draft: AuditDraft): void {
  const { actor, act, subject, program, reason, details } = draft;
  log.info(
    {
      by: actorText(actor),
      ...(subject === null ? { contact: null } : { [FIELDS[subject.kind] ?? subject.kind]: subject.id }),
      ...(program == null ? {} : { program }),
      ...(reason == null ? {} : { reasonLength: reason.length }),
      ...details,
    },
    ruleOfAct(act).log,
  );
}

/** What the field of a subject is called in lines of the log, where not like its kind. */
const FIELDS: Partial<Record<AuditSubject['kind'], string>> = {
  person: 'contact',
  message: 'delivery',
  'coupon-pool': 'pool',
  'back-test': 'backTest',
  pair: 'candidate',
  'error-code': 'code',
};
