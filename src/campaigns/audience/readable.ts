import type { Desk } from '../../consent/desk.ts';
import { isClosed } from '../../store/sealing/keys.ts';

/**
 * What `open` gives of one person; null where this process cannot read them. Another reason than keys is told: one broken
 * person must not keep a campaign from all others.
 */
export function readable<T>(
  { log }: Pick<Desk, 'log'>,
  contact: string,
  open: () => T,
  onBroken: (error: unknown) => void = () => undefined,
): T | null {
  try {
    return open();
  } catch (error) {
    if (isClosed(error)) return null;
    onBroken(error);
    log.error({ contact, error }, 'a person cannot be read, for another reason than keys');
    return null;
  }
}
