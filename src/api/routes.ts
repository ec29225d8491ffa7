import { AUDIT_ROUTES } from './audit.ts';
import { BACK_TEST_ROUTES } from './back-tests.ts';
import { CAMPAIGN_ROUTES } from './campaign-lifecycle.ts';
import { CHECK_ROUTE } from './checks.ts';
import { CONSENT_RECORD_ROUTE } from './consent-records.ts';
import { STATUS_ROUTE } from './contact-status.ts';
import { CONTACT_ROUTES } from './contacts.ts';
import { COUPON_ROUTES } from './coupon-pools.ts';
import { DELIVERY_ROUTES } from './deliveries.ts';
import { DOCTOR_ROUTES } from './doctor.ts';
import { HYGIENE_ROUTES } from './error-codes.ts';
import { HOLD_ROUTES } from './holds.ts';
import type { ApiRoute } from './http/route.ts';
import { INBOX_REPORT_ROUTE, INBOX_ROUTES } from './inbox.ts';
import { JOB_ROUTES } from './jobs.ts';
import { JOURNEY_ROUTES } from './journeys.ts';
import { KEY_ROUTES } from './keys.ts';
import { MESSAGE_ROUTE } from './messages.ts';
import { NUMBER_ROUTES } from './numbers.ts';
import { OPT_IN_ROUTE } from './opt-ins.ts';
import { OPT_OUT_LIST_ROUTE, OPT_OUT_ROUTE, OVERTURN_ROUTE } from './opt-outs.ts';
import { PEOPLE_ROUTES } from './people.ts';
import { PEOPLE_LIST_ROUTES } from './people-list.ts';
import { PERSON_ACT_ROUTES } from './person-acts.ts';
import { EXPORT_ROUTE } from './person-export.ts';
import * as programs from './programs.ts';
import { QUALITY_ROUTES } from './quality.ts';
import * as deliverability from './reports/deliverability.ts';
import * as growth from './reports/growth.ts';
import * as listQuality from './reports/list-quality.ts';
import { SAVED_ANSWER_ROUTES } from './saved-answers.ts';
import { SEGMENT_ROUTES } from './segments.ts';
import { SENDER_ROUTES } from './senders.ts';
import { SENT_ROUTE } from './sent.ts';
import { SUPPRESSION_ROUTE } from './suppressions.ts';
import { TEMPLATE_ROUTES } from './templates.ts';
import { TEST_RECIPIENT_ROUTES } from './test-recipients.ts';
import { VERIFICATION_ROUTES } from './verifications.ts';

/** Every route of the API and the scope that it needs. No route and no permission exists outside this table. */
export const ROUTES: readonly ApiRoute[] = [
  ...CONTACT_ROUTES,
  ...NUMBER_ROUTES,
  ...VERIFICATION_ROUTES,
  ...PEOPLE_ROUTES,
  ...PEOPLE_LIST_ROUTES,
  STATUS_ROUTE,
  ...DELIVERY_ROUTES,
  MESSAGE_ROUTE,
  CHECK_ROUTE,
  OPT_IN_ROUTE,
  OPT_OUT_ROUTE,
  OPT_OUT_LIST_ROUTE,
  ...programs.PROGRAM_ROUTES,
  ...SENDER_ROUTES,
  SENT_ROUTE,
  SUPPRESSION_ROUTE,
  ...AUDIT_ROUTES,
  CONSENT_RECORD_ROUTE,
  ...KEY_ROUTES,
  ...HOLD_ROUTES,
  OVERTURN_ROUTE,
  ...INBOX_ROUTES,
  ...SAVED_ANSWER_ROUTES,
  INBOX_REPORT_ROUTE,
  ...BACK_TEST_ROUTES,
  ...CAMPAIGN_ROUTES,
  ...JOURNEY_ROUTES,
  ...JOB_ROUTES,
  ...DOCTOR_ROUTES,
  ...COUPON_ROUTES,
  ...deliverability.DELIVERABILITY_ROUTES,
  ...growth.GROWTH_ROUTES,
  ...listQuality.LIST_QUALITY_ROUTES,
  ...QUALITY_ROUTES,
  ...HYGIENE_ROUTES,
  ...SEGMENT_ROUTES,
  ...TEMPLATE_ROUTES,
  ...TEST_RECIPIENT_ROUTES,
  ...PERSON_ACT_ROUTES,
  EXPORT_ROUTE,
];
