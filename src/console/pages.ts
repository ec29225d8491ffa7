import type { ConsolePage } from './page.ts';
import { ACCOUNT_PAGES } from './pages/account.ts';
import { COMPONENTS_PAGE } from './pages/components.ts';
import { HOLD_PAGES } from './pages/holds.ts';
import { HOME_PAGE } from './pages/home.ts';
import { INBOX_PAGES } from './pages/inbox.ts';
import { PROOF_OVER_ALL_PAGES } from './pages/proof-over-all.ts';
import { SIGN_IN_PAGES } from './pages/sign-in.ts';

/** Every page and form of the console. Nothing under /console exists outside this table. */
export const PAGES: readonly ConsolePage[] = [
  HOME_PAGE,
  ...SIGN_IN_PAGES,
  ...ACCOUNT_PAGES,
  ...INBOX_PAGES,
  ...HOLD_PAGES,
  ...PROOF_OVER_ALL_PAGES,
  COMPONENTS_PAGE,
];
