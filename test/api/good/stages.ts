import type { GoodRequest } from './good-request.ts';

/** Requests about stages, with rules of each kind, as a whole and in part. */
export const STAGE_REQUESTS: Record<string, GoodRequest[]> = {
  'get /stages': [{ path: '/stages' }],
  'put /stages': [
    { path: '/stages', body: { own: ['trial'] } },
    {
      path: '/stages',
      body: {
        own: ['trial'],
        rules: [
          { kind: 'did', event: 'purchase', times: 2, days: 30, from: ['trial'], to: 'customer' },
          { kind: 'did', event: 'visit', unstaged: true, to: 'lead' },
          { kind: 'did-not', event: 'purchase', days: 180, from: ['customer'], to: 'churned' },
        ],
      },
    },
  ],
};
