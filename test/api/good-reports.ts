import type { Good } from './good-requests.ts';

const asked = (path: string, query = ''): Good[] => [{ path, query: `program=deals&format=json${query}` }];

/** What is asked of reports and of our numbers: one request for each. */
export const REPORTS: Record<string, Good[]> = {
  'get /reports/deliverability': asked('/reports/deliverability', '&by=hour'),
  'get /reports/errors': asked('/reports/errors'),
  'get /reports/growth': asked('/reports/growth'),
  'get /reports/opt-outs': asked('/reports/opt-outs'),
  'get /reports/list-quality': [{ path: '/reports/list-quality' }],
  'get /reports/list-quality/removed': [{ path: '/reports/list-quality/removed', query: 'limit=5' }],
  'get /senders': [{ path: '/senders' }],
  'post /senders/{number}/resume': [
    { path: '/senders/28555/resume', body: { reason: 'The account is paid.' } },
  ],
};
