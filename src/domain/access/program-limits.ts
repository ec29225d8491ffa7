/** The programs that a member of staff is limited to; empty: the member works on all. */
export type StaffLimit = readonly string[];

/**
 * Whether a limit lets somebody see what belongs to these programs. What belongs to several is seen by whoever works
 * on one of them, and what belongs to none only by whoever has no limit.
 */
export const isWithinLimit = (limit: StaffLimit, programs: readonly string[]): boolean =>
  limit.length === 0 || programs.some((program) => limit.includes(program));

/** Stored things whose programs are looked up before a page about one of them is shown. */
export const LIMITED_KINDS = ['person', 'message', 'text', 'hold', 'campaign', 'journey'] as const;
export type LimitedKind = (typeof LIMITED_KINDS)[number];

/**
 * What a limit to programs means for a page. `free`: the page is about no program. `narrowed`: the page lists only what
 * is within the limit. `program`: the path names the program. `closed`: the page covers all programs, so that whoever
 * is limited may not open it.
 */
export type LimitRule = 'free' | 'narrowed' | 'program' | 'closed' | LimitedKind;

/** The first row whose path begins a page's path decides. A page that no row names is closed: new pages are safe. */
const RULES: readonly (readonly [path: string, rule: LimitRule])[] = [
  ['/account', 'free'],
  ['/again', 'free'],
  ['/confirm', 'free'],
  ['/components', 'free'],
  ['/sign-in', 'free'],
  ['/sign-out', 'free'],
  ['/welcome', 'free'],
  // Saved answers belong to everybody who answers.
  ['/saved-answers', 'free'],
  ['/people/reason', 'free'],
  ['/people/views', 'free'],
  ['/people/opt-out', 'free'],
  ['/people/:id', 'person'],
  ['/people', 'narrowed'],
  ['/sent/exports', 'free'],
  ['/sent/:id', 'message'],
  ['/sent', 'narrowed'],
  ['/sent.csv', 'narrowed'],
  ['/sent.ndjson', 'narrowed'],
  ['/inbox/:id', 'text'],
  ['/inbox', 'narrowed'],
  ['/holds/:id', 'hold'],
  ['/holds', 'narrowed'],
  ['/programs/new', 'closed'],
  ['/programs/:id', 'program'],
  ['/programs', 'narrowed'],
  ['/campaigns/:id', 'campaign'],
  ['/journeys/:id', 'journey'],
];

/** The rule for a page by its path below /console. */
export function limitRule(path: string): LimitRule {
  if (path === '/') return 'narrowed';
  return RULES.find(([begins]) => path === begins || path.startsWith(`${begins}/`))?.[1] ?? 'closed';
}
