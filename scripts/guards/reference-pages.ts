import { PROBLEMS } from '../../src/api/http/problems.ts';
import { ROUTES } from '../../src/api/routes.ts';
import { ENVIRONMENT } from '../../src/config.ts';
import { PERMISSIONS } from '../../src/domain/access/permissions.ts';
import { ACTIONS, ERROR_CODES, type ErrorRow } from '../../src/domain/hygiene/error-codes.ts';
import { JOURNEY_END_REASONS } from '../../src/domain/journeys/steps.ts';
import { CANCEL_CAUSES } from '../../src/domain/sending/delivery-sentence.ts';
import { NOTES } from '../../src/domain/sending/message-plan.ts';
import { REASONS } from '../../src/domain/sending/send-rules.ts';
import { scheduleWords } from '../../src/jobs/job-runner.ts';
import { JOBS } from '../../src/jobs/job-table.ts';
import * as metrics from '../../src/running/metrics.ts';

/** The command that writes the pages. */
export const COMMAND = 'npm run reference';

const MADE_BY = `This page is made by \`${COMMAND}\`; change the code, not the page.`;

type Section = { heading: string | null; text: string };

/** Every page of docs/reference by its path, made from the tables of the code. */
export async function referencePages(): Promise<Record<string, string>> {
  return {
    'docs/reference/api.md': page('Routes of the API', apiSections()),
    'docs/reference/configuration.md': page('Configuration', [configuration()]),
    'docs/reference/jobs.md': page('Background jobs', [jobs()]),
    'docs/reference/error-codes.md': page("The carrier's error codes", errorCodes()),
    'docs/reference/metrics.md': page('Metrics', [await metricsSection()]),
    'docs/reference/reasons.md': page('Reasons', reasons()),
  };
}

function page(title: string, sections: Section[]): string {
  const parts = sections.map(({ heading, text }) => (heading === null ? text : `## ${heading}\n\n${text}`));
  return `${[`# ${title}`, MADE_BY, ...parts].join('\n\n')}\n`;
}

/** One section for each scope, so that a reader sees what a key with this scope may do. */
function apiSections(): Section[] {
  const intro =
    'Each route once, below `/api/v1`, under the scope that its key needs. `/api/docs` of a running gateway has the fields. [The API](../api.md) says how to call.';
  const scopes = PERMISSIONS.map((scope) => ({
    heading: `Scope ${scope}`,
    routes: ROUTES.filter((route) => route.scope === scope),
  })).filter(({ routes }) => routes.length > 0);
  return [
    { heading: null, text: intro },
    ...scopes.map(({ heading, routes }) => ({
      heading,
      text: list(
        routes.map(({ method, path, summary }) => [
          `${method.toUpperCase()} ${path}`,
          firstSentence(summary),
        ]),
      ),
    })),
  ];
}

function configuration(): Section {
  const rows = Object.entries(ENVIRONMENT.shape).map(([name, rule]): [string, string] => {
    const standard = rule.type === 'prefault' ? String(rule.def.defaultValue) : '';
    const help = String(rule.meta()?.help);
    return [name, standard === '' ? help : `${help} Default: \`${standard}\`.`];
  });
  const intro = 'The environment variables of every process. `.env.example` has the same list, to copy.';
  return { heading: null, text: `${intro}\n\n${list(rows)}` };
}

function jobs(): Section {
  const rows = JOBS.map(({ name, schedule, what }): [string, string] => [
    name,
    `(${scheduleWords(schedule)}) ${what}`,
  ]);
  const intro =
    'Workers run these jobs. A time in brackets is a pause between runs, or a cron expression and its zone. [Operating jobs](../operations/jobs.md) says how to run and pause one.';
  return { heading: null, text: `${intro}\n\n${list(rows)}` };
}

/** One section for each action, with the codes that lead to it. */
function errorCodes(): Section[] {
  const intro =
    'Each code stands under what Assent does about it. What a person can do about it is shown in the console and by `GET /error-codes`; its full meaning is at `https://www.twilio.com/docs/api/errors/` and the code. An unknown code counts against no number and waits until a person classifies it.';
  const actions = Object.entries(ACTIONS).map(([action, words]) => {
    const rows = ERROR_CODES.filter((row) => row.action === action);
    return {
      heading: `Action ${action}`,
      text: `${words}${thresholdWords(rows)}\n\n${list(rows.map(codeRow))}`,
    };
  });
  return [{ heading: null, text: intro }, ...actions];
}

/** When the action takes effect, where it does not follow from the single message alone. */
function thresholdWords(rows: readonly ErrorRow[]): string {
  const words = rows.map(({ threshold }) => {
    if (threshold === null) return '';
    if (threshold.times === 1) return ' It takes effect at once.';
    return ` It takes effect after such errors on ${threshold.times} days of ${threshold.withinDays}.`;
  });
  const [first = '', ...others] = new Set(words);
  if (others.length > 0)
    throw new Error('The codes of one action have different thresholds: say them by code.');
  return first;
}

const codeRow = (row: ErrorRow): [string, string] => [row.code, row.sentence];

async function metricsSection(): Promise<Section> {
  const rows = (await assentMetrics()).map(({ name, help }): [string, string] => [name, help]);
  const intro =
    '`GET /metrics` answers these in the text format of Prometheus, beside the usual ones of Node. [Monitoring](../operations/monitoring.md) says what to worry about.';
  return { heading: null, text: `${intro}\n\n${list(rows)}` };
}

/** Every metric of Assent, registered as a process registers them, with readers that find nothing. */
async function assentMetrics(): Promise<{ name: string; help: string }[]> {
  const made = metrics.createMetrics('all');
  const now = (): Date => new Date(0);
  const none = async (): Promise<number> => 0;
  metrics.watchJobs(made, async () => [], now);
  metrics.watchQuality(made, none);
  metrics.watchIncidents(made, none);
  metrics.watchUnknownCodes(made, none);
  metrics.watchReceipts(made, none);
  metrics.watchOrphans(made, none);
  metrics.watchDue(made, async () => ({ answers: null, orders: null, offers: null }), now);
  const all = await made.registry.getMetricsAsJSON();
  return all.filter(({ name }) => name.startsWith('assent_'));
}

function reasons(): Section[] {
  const problems = Object.entries(PROBLEMS).map(
    ([kind, { status, title }]) => [kind, `${status}. ${title}`] as const,
  );
  return [
    {
      heading: 'Why a message is not sent',
      text: `The codes of \`reasons\` in answers of the API.\n\n${list(Object.entries(REASONS))}`,
    },
    {
      heading: 'Why a request failed',
      text: `The end of \`type\` of an error of the API, and its status.\n\n${list(problems)}`,
    },
    {
      heading: 'What canceled a message',
      text: `The words of \`error\` of a \`canceled\` message.\n\n${list(Object.entries(CANCEL_CAUSES))}`,
    },
    {
      heading: 'Why a journey ended',
      text: `The codes of \`ended\` of a person in a journey.\n\n${list(Object.entries(JOURNEY_END_REASONS))}`,
    },
    {
      heading: 'Notes',
      text: `A note withholds nothing.\n\n${list(Object.entries(NOTES))}`,
    },
  ];
}

const list = (rows: readonly (readonly [code: string, words: string])[]): string =>
  rows.map(([code, words]) => `- \`${code}\`: ${words}`).join('\n');

/** The start of a summary, up to what only adds to it: the fields of the route are at /api/docs. */
const firstSentence = (text: string): string =>
  text.replace(/[:;] .*$|(?<=\.) .*$/s, '').replace(/\.?$/, '.');
