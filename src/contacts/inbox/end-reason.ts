import type { InboundDoc } from '../../store/consent/inbound.ts';
import { type Holder, unlessClosed } from '../../store/people/holder.ts';
import { type KeyRing, openByRing, sealByRing, type WrappedKey } from '../../store/sealing/keys.ts';
import { seal, unseal } from '../../store/sealing/sealing.ts';

const placeOf = (item: string): string => `inbound:${item}:end-reason`;

/** Seals why an item was ended: under the profile key of who is behind it, or by the ring where nobody is. */
export function sealReason(
  ring: KeyRing,
  { item, holder, reason }: { item: string; holder: Holder | null; reason: string },
): Buffer | WrappedKey {
  const place = placeOf(item);
  return holder === null ? sealByRing(ring, place, reason) : seal(holder.keys.profile, place, reason);
}

/** Why an item was ended; null where nobody said so, it is kept no more, or no key of this process opens it. */
export function endReason(ring: KeyRing, { _id, ended }: InboundDoc, holder: Holder | null): string | null {
  const sealed = ended?.reason;
  if (sealed === undefined) return null;
  const place = placeOf(_id);
  const opened = unlessClosed(() => {
    if (!Buffer.isBuffer(sealed)) return openByRing(ring, place, sealed);
    return holder === null ? null : unseal(holder.keys.profile, place, sealed);
  });
  return opened?.toString('utf8') ?? null;
}
