import { type LimitedSubject, programsOf } from '../access/program-limit.ts';
import { isWithinLimit, LIMITED_KINDS, limitRule } from '../domain/access/program-limits.ts';
import type { ConsolePage, PageCall } from './page.ts';

/** Ids that reach the database. Pages check the rest of their own. */
const ID = /^[\w.-]{1,100}$/;

/** Fields of an address that narrow a list to one thing. */
const NAMED_BY = { contact: 'person', campaign: 'campaign', journey: 'journey' } as const;

/** Why a member who is limited to programs may not open a page; null where the member may. */
export async function limitFault(
  page: Pick<ConsolePage, 'path'>,
  call: PageCall,
): Promise<'closed' | 'other-program' | null> {
  const { viewer, request, context } = call;
  if (viewer.programs.length === 0) return null;
  const rule = limitRule(page.path);
  if (rule === 'closed') return 'closed';
  if (!areNamedWithin(call, rule === 'program')) return 'other-program';
  const kind = LIMITED_KINDS.find((known) => known === rule);
  const { id } = request.params;
  const subjects = namedInAddress(call);
  if (kind !== undefined && typeof id === 'string') subjects.push({ kind, id });
  for (const subject of subjects) {
    const programs = ID.test(subject.id) ? await programsOf(context, subject) : null;
    if (programs !== null && !isWithinLimit(viewer.programs, programs)) return 'other-program';
  }
  return null;
}

/** Whether every program that a request names is one of the member's. */
function areNamedWithin({ request, viewer }: PageCall, isInPath: boolean): boolean {
  const { body, query, params } = request;
  const fields = (body ?? {}) as Record<string, unknown>;
  const named = [fields.program, query.program, params.program, isInPath ? params.id : undefined].flat();
  return named
    .filter((program) => program !== undefined && program !== '')
    .every((program) => typeof program === 'string' && viewer.programs.includes(program));
}

/** A field that is given twice names nothing that a page reads. */
function namedInAddress({ request }: PageCall): LimitedSubject[] {
  return Object.entries(NAMED_BY).flatMap(([field, kind]) => {
    const id = request.query[field];
    return typeof id === 'string' && id !== '' ? [{ kind, id }] : [];
  });
}
