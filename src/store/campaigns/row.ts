import { createHash } from 'node:crypto';
import { bucketOf } from '../sealing/keys.ts';

/** One row for one number and campaign, however often it is planned: 24 characters of base64url. */
export const campaignDigest = (campaign: string, index: string): string =>
  createHash('sha256').update(`campaign ${campaign} ${index}`).digest('base64url').slice(0, 24);

/** Id of the row that a campaign has, or would have, of the number of a blind index. */
export const campaignRowId = (campaign: string, index: string): string =>
  `${bucketOf(index)}${campaignDigest(campaign, index)}`;
