import type { Filter } from 'mongodb';
import { HOLDOUT } from '../../domain/campaigns/split.ts';
import type { DeliveryDoc } from './deliveries.ts';

/** Rows of those who were to get nothing, so that the effect can be measured, and for no other reason. */
export const HELD_OUT: Filter<DeliveryDoc> = { state: 'skipped', 'decision.reasons': [HOLDOUT] };
