import type { Client } from '../client.ts';
import type { GoodRequest } from './good-request.ts';

/** Sends a subscriber a message with a coupon code. Resolves with the code. */
export async function givenCode(client: Client, contact: string): Promise<Record<'pool' | 'code', string>> {
  const [pool, code] = ['given', 'GIVEN-7QX2'];
  await client('put', `/coupon-pools/${pool}`, { body: { name: 'Given' } });
  await client('post', `/coupon-pools/${pool}/codes`, { body: { codes: [code] } });
  const texts = { en: `{brand}: your code {coupon:${pool}}` };
  await client('put', '/templates/given', { body: { program: 'deals', texts } });
  await client('post', '/messages', {
    body: { contact, program: 'deals', topic: 'deals', template: 'given' },
    headers: { 'Idempotency-Key': 'a-given-code' },
  });
  return { pool, code };
}

/** Requests about coupon pools. The caller has made the pool. */
export const COUPON_REQUESTS: Record<string, GoodRequest[]> = {
  'get /coupon-pools': [{ path: '/coupon-pools' }],
  'get /coupon-pools/{id}': [{ path: '/coupon-pools/spring' }],
  'put /coupon-pools/{id}': [{ path: '/coupon-pools/spring', body: { name: 'Spring' } }],
  'post /coupon-pools/{id}/codes': [{ path: '/coupon-pools/spring/codes', body: { codes: ['SPRING-7QX2'] } }],
  'post /coupon-pools/{id}/codes/withdraw': [
    { path: '/coupon-pools/spring/codes/withdraw', body: { codes: ['SPRING-7QX2'] } },
  ],
  'get /jobs': [{ path: '/jobs' }],
  'get /jobs/{name}/runs': [{ path: '/jobs/expire-prompts/runs' }],
  'post /jobs/{name}/run': [{ path: '/jobs/expire-prompts/run', body: {} }],
  'post /jobs/{name}/pause': [
    { path: '/jobs/note-campaigns/pause', body: { reason: 'The database is moved.' } },
  ],
  'post /jobs/{name}/resume': [{ path: '/jobs/note-campaigns/resume', body: {} }],
};
