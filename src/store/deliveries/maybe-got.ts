import type { Filter } from 'mongodb';
import { MAY_HAVE_ARRIVED } from '../../domain/hygiene/error-codes.ts';
import { type DeliveryDoc, FAILURES } from './deliveries.ts';

/** Messages that may have arrived: also where the carrier told a failure that does not rule it out. */
export const MAYBE_GOT: Filter<DeliveryDoc>[] = [
  { state: 'unknown' },
  { state: { $in: [...FAILURES] }, error: { $in: [...MAY_HAVE_ARRIVED] } },
];
