import { hash } from 'node:crypto';
import type { IncidentHour } from '../../../src/domain/hygiene/incident-rules.ts';
import type { AlarmDoc } from '../../../src/store/reports/quality.ts';
import type { GoodRequest } from './good-request.ts';

/** An open alarm, as the nightly job writes it. */
export const ALARM: AlarmDoc = {
  _id: '0123456789abcdef',
  ...{ kind: 'program', id: 'deals', rule: 'zone' },
  ...{ share: 0.4, sample: 90, openSince: new Date(0), failedAt: new Date(0) },
  ...{ acknowledged: null, closedAt: null },
};

/** An hour of an incident that is going on, as the search for incidents writes it. */
export function incidentHour(): IncidentHour {
  const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);
  const key = 'network Coastal' as const;
  return {
    ...{ _id: 'reach network Coastal', of: 'reach', key, hour, ended: 40, failed: 38, numbers: 38 },
    ...{ usual: 0.04, codes: [{ code: '30003', messages: 38 }] },
  };
}
const INCIDENT = hash('sha256', incidentHour()._id, 'hex').slice(0, 16);

const get = (path: string, query = ''): GoodRequest[] => [
  { path, query: `program=deals&format=json${query}` },
];

/** One request for each report and for each route about our numbers. */
export const REPORTS: Record<string, GoodRequest[]> = {
  'get /reports/deliverability': get('/reports/deliverability', '&by=hour'),
  'get /reports/errors': get('/reports/errors'),
  'get /quality': [{ path: '/quality' }],
  'get /quality/rules': [{ path: '/quality/rules' }],
  'get /quality/rules/{id}': [{ path: '/quality/rules/zone' }],
  'put /quality/rules/{id}': [{ path: '/quality/rules/bounces', body: { warn: 0.02, fail: 0.05, days: 30 } }],
  'get /quality/alarms': [{ path: '/quality/alarms' }],
  'post /quality/alarms/{id}/acknowledge': [
    { path: `/quality/alarms/${ALARM._id}/acknowledge`, body: { note: 'The form is looked at.' } },
  ],
  'get /quality/guidelines': [{ path: '/quality/guidelines', query: 'format=json' }],
  'get /incidents': [{ path: '/incidents' }],
  'post /incidents/{id}/dismiss': [
    { path: `/incidents/${INCIDENT}/dismiss`, body: { note: 'A file of bad numbers.' } },
  ],
  'get /error-codes': [{ path: '/error-codes' }],
  'get /error-codes/unknown': [{ path: '/error-codes/unknown' }],
  'post /error-codes/{code}/classify': [
    { path: '/error-codes/39999/classify', body: { class: 'network', note: 'The network was full.' } },
  ],
  'get /reports/growth': get('/reports/growth'),
  'get /reports/opt-outs': get('/reports/opt-outs'),
  'get /reports/list-quality': [{ path: '/reports/list-quality' }],
  'get /reports/list-quality/removed': [{ path: '/reports/list-quality/removed', query: 'limit=5' }],
  'get /senders': [{ path: '/senders' }],
  'put /senders/{number}': [
    {
      path: '/senders/+12125552368',
      body: {
        kind: 'long-code',
        country: 'US',
        opt_out_handling: 'advanced',
        messaging_service_sid: `MG${'0'.repeat(32)}`,
        segments_per_second: 4,
        receipts: true,
        brand: { id: 'B1', tier: 'score-50' },
      },
    },
  ],
  'post /senders/{number}/stop': [
    { path: '/senders/28555/stop', body: { reason: 'The carrier asked us to.' } },
  ],
  'post /senders/{number}/resume': [
    { path: '/senders/28555/resume', body: { reason: 'The account is paid.' } },
  ],
};
