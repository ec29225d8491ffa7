import { DEMO_STAFF, readRole } from './viewer.ts';
import type { Translate } from './views.ts';

/** Whoever acted, as pages name them. `by`: an actor as it is stored, such as "staff:support" or "key:ab12". */
export function actorName(by: string, t: Translate): string {
  const [kind, id = ''] = by.split(':');
  switch (kind) {
    case 'staff': {
      const role = readRole(id);
      return role === null ? t('somebody who is no longer staff') : DEMO_STAFF[role];
    }
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
