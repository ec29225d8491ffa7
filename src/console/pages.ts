import type { ConsolePage } from './page.ts';
import { SECURITY_PAGES } from './pages/account.ts';
import { AUDIT_PAGES } from './pages/audit.ts';
import { BACK_TEST_PAGES } from './pages/back-tests.ts';
import { CODE_PAGES } from './pages/codes.ts';
import { DOCTOR_PAGES } from './pages/doctor.ts';
import { ACCOUNT_PAGES, COMPONENTS_PAGE } from './pages/general.ts';
import { HOLD_PAGES } from './pages/holds.ts';
import { HOME_PAGE } from './pages/home.ts';
import { INBOX_PAGES } from './pages/inbox.ts';
import { INCIDENT_PAGES } from './pages/incidents.ts';
import { JOB_PAGES } from './pages/jobs.ts';
import { KEY_PAGES } from './pages/keys.ts';
import { MERGE_PAGES } from './pages/merges.ts';
import { NEW_NUMBER_PAGES } from './pages/new-number.ts';
import { NEW_PROGRAM_PAGES } from './pages/new-program.ts';
import { NUMBER_PAGES } from './pages/numbers.ts';
import { OIDC_PAGES } from './pages/oidc.ts';
import { OVERTURN_PAGES } from './pages/overturn.ts';
import { PASSKEY_PAGES } from './pages/passkeys.ts';
import { PEOPLE_PAGES } from './pages/people.ts';
import { PEOPLE_VIEW_PAGES } from './pages/people-views.ts';
import { PERSON_PAGE } from './pages/person.ts';
import { PERSON_ACTS } from './pages/person-acts.ts';
import { EXPORT_PAGE } from './pages/person-export.ts';
import { PROOF_PAGES } from './pages/person-proof.ts';
import { PHONE_PAGES } from './pages/phones.ts';
import { PRICE_PAGES } from './pages/prices.ts';
import { PROGRAM_PAGES } from './pages/programs.ts';
import { PROOF_OVER_ALL_PAGES } from './pages/proof-over-all.ts';
import { QUALITY_PAGES } from './pages/quality.ts';
import { REQUEST_PAGES } from './pages/requests.ts';
import { SAVED_ANSWER_PAGES } from './pages/saved-answers.ts';
import { SENT_PAGES } from './pages/sent.ts';
import { SETTING_PAGES } from './pages/settings.ts';
import { SIGN_IN_PAGES } from './pages/sign-in.ts';
import { TEAM_PAGES } from './pages/team.ts';
import { TEST_PHONE_PAGES } from './pages/test-phones.ts';
import { VERIFICATION_PAGES } from './pages/verifications.ts';
import { WELCOME_PAGES } from './pages/welcome.ts';
import { WORDS_PAGES } from './pages/words.ts';

/** Every page and form of the console. Nothing under /console exists outside this table. */
export const PAGES: readonly ConsolePage[] = [
  HOME_PAGE,
  ...ACCOUNT_PAGES,
  ...AUDIT_PAGES,
  ...BACK_TEST_PAGES,
  ...CODE_PAGES,
  ...DOCTOR_PAGES,
  ...HOLD_PAGES,
  ...INBOX_PAGES,
  ...INCIDENT_PAGES,
  ...JOB_PAGES,
  ...KEY_PAGES,
  ...MERGE_PAGES,
  ...NEW_NUMBER_PAGES,
  ...NUMBER_PAGES,
  ...OVERTURN_PAGES,
  ...OIDC_PAGES,
  ...PASSKEY_PAGES,
  ...PEOPLE_PAGES,
  ...PEOPLE_VIEW_PAGES,
  ...PERSON_ACTS,
  EXPORT_PAGE,
  PERSON_PAGE,
  ...PHONE_PAGES.map((page): ConsolePage => ({ ...page, only: 'demo' })),
  ...NEW_PROGRAM_PAGES,
  ...PRICE_PAGES,
  ...PROGRAM_PAGES,
  ...PROOF_OVER_ALL_PAGES,
  ...PROOF_PAGES,
  ...QUALITY_PAGES,
  ...REQUEST_PAGES,
  ...SAVED_ANSWER_PAGES,
  ...SECURITY_PAGES,
  ...SENT_PAGES,
  ...SETTING_PAGES,
  ...SIGN_IN_PAGES,
  ...TEAM_PAGES,
  ...TEST_PHONE_PAGES,
  ...VERIFICATION_PAGES,
  ...WELCOME_PAGES,
  ...WORDS_PAGES,
  COMPONENTS_PAGE,
];
