import type { Good } from './good-requests.ts';

/** The pool is there: whoever asks made it. */
export const COUPON_REQUESTS: Record<string, Good[]> = {
  'get /coupon-pools': [{ path: '/coupon-pools' }],
  'get /coupon-pools/{id}': [{ path: '/coupon-pools/spring' }],
  'put /coupon-pools/{id}': [{ path: '/coupon-pools/spring', body: { name: 'Spring' } }],
  'post /coupon-pools/{id}/codes': [{ path: '/coupon-pools/spring/codes', body: { codes: ['SPRING-7QX2'] } }],
  'get /jobs': [{ path: '/jobs' }],
  'get /jobs/{name}/runs': [{ path: '/jobs/expire-prompts/runs' }],
  'post /jobs/{name}/run': [{ path: '/jobs/expire-prompts/run', body: {} }],
  'post /jobs/{name}/pause': [
    { path: '/jobs/note-campaigns/pause', body: { reason: 'The database is moved.' } },
  ],
  'post /jobs/{name}/resume': [{ path: '/jobs/note-campaigns/resume', body: {} }],
};
