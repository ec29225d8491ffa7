import { STAFF_BY_ID } from '../domain/access/demo-staff.ts';
import type { PageCall } from './page.ts';

/** Whoever acted, as pages name them. `by`: an actor as it is stored, such as "staff:support" or "key:ab12". */
export function actorName(by: string, { t, request }: Pick<PageCall, 't' | 'request'>): string {
  const [kind, id = ''] = by.split(':');
  switch (kind) {
    case 'staff':
      return (request.staffNames ?? STAFF_BY_ID).get(id)?.name ?? t('somebody who is no longer staff');
    case 'key':
      return t('the API key {id}', { id });
    case 'job':
      return t('the gateway by itself');
    case 'person':
      return t('the person');
    case 'carrier':
      return t('the carrier');
    case 'operator':
      return t('an operator');
    default:
      return by;
  }
}
