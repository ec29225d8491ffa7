import type { AlarmDoc } from '../../src/store/quality.ts';
import type { Good } from './good-requests.ts';

/** An open alarm, as a night leaves it. */
export const ALARM: AlarmDoc = {
  _id: '0123456789abcdef',
  ...{ kind: 'program', id: 'deals', rule: 'zone' },
  ...{ share: 0.4, sample: 90, openSince: new Date(0), acknowledged: null, closedAt: null },
};

const asked = (path: string, query = ''): Good[] => [{ path, query: `program=deals&format=json${query}` }];

/** What is asked of reports and of our numbers: one request for each. */
export const REPORTS: Record<string, Good[]> = {
  'get /reports/deliverability': asked('/reports/deliverability', '&by=hour'),
  'get /reports/errors': asked('/reports/errors'),
  'get /quality': [{ path: '/quality' }],
  'get /quality/rules': [{ path: '/quality/rules' }],
  'get /quality/rules/{id}': [{ path: '/quality/rules/zone' }],
  'put /quality/rules/{id}': [{ path: '/quality/rules/bounces', body: { warn: 0.02, fail: 0.05, days: 30 } }],
  'get /quality/alarms': [{ path: '/quality/alarms' }],
  'post /quality/alarms/{id}/acknowledge': [
    { path: `/quality/alarms/${ALARM._id}/acknowledge`, body: { note: 'The form is looked at.' } },
  ],
  'get /quality/guidelines': [{ path: '/quality/guidelines', query: 'format=json' }],
  'get /reports/growth': asked('/reports/growth'),
  'get /reports/opt-outs': asked('/reports/opt-outs'),
  'get /reports/list-quality': [{ path: '/reports/list-quality' }],
  'get /reports/list-quality/removed': [{ path: '/reports/list-quality/removed', query: 'limit=5' }],
  'get /senders': [{ path: '/senders' }],
  'post /senders/{number}/resume': [
    { path: '/senders/28555/resume', body: { reason: 'The account is paid.' } },
  ],
};
