import { z } from 'zod';
import {
  createNormaliser,
  type NormalisedLine,
  type NormaliseReport,
  normaliseNumbers,
} from '../contacts/normalise-numbers.ts';
import {
  CLEANINGS,
  type Cleaning,
  isCountry,
  type NumberFormatRefusal,
  REFUSALS,
} from '../domain/normalise-number.ts';
import { type ApiRoute, defineRoute, nameOfField, readPart } from './http/route.ts';
import { count, shape } from './http/shapes.ts';
import type { NdjsonLine } from './http/streaming.ts';

/** Most numbers in one JSON list, and in one NDJSON request, which must arrive within 30 seconds. */
const MOST_LISTED = 1000;
const MOST_LINES = 100_000;
const MOST_COUNTRIES = 20;

const country = z
  .string()
  .refine(isCountry, 'It must be a country as two capital letters by ISO 3166-1, such as US.')
  .meta({ description: 'A country by ISO 3166-1 alpha-2.', examples: ['US'] });
const rawNumber = shape('WrittenNumber', {
  number: z
    .string()
    .max(1000)
    .meta({ description: 'The number as it was written.', examples: ['(212) 867-5309'] }),
  country: country
    .optional()
    .meta({ description: 'The country of the number. The number is never read as one of another country.' }),
});
const ALLOWED =
  'Countries of which a number without country code may be. A number that could be of two of them is refused.';

const normaliseBody = shape('NormaliseNumbersRequest', {
  numbers: z
    .array(rawNumber)
    .min(1)
    .max(MOST_LISTED)
    .meta({ description: `The numbers, at most ${MOST_LISTED}.` }),
  countries: z.array(country).max(MOST_COUNTRIES).optional().meta({ description: ALLOWED }),
});
const normaliseQuery = z.strictObject({
  countries: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(country).max(MOST_COUNTRIES))
    .optional()
    .meta({ description: `${ALLOWED} Separate them by commas.`, examples: ['US,CA'] }),
});

const reasoned = <T extends string>(codes: Record<T, string>) => z.enum(Object.keys(codes) as [T, ...T[]]);
const result = z.union([
  shape('NormalisedNumber', {
    line: count.meta({ description: 'The place of the number in the request, from 1 on.' }),
    number: z.string().meta({ description: 'The number as E.164.' }),
    country: z
      .string()
      .nullable()
      .meta({ description: 'Null when the numbering plan belongs to several countries.' }),
    country_from: z.enum(['number', 'stated', 'guess']).meta({ id: 'NumberCountrySource' }),
    cleaned: z.array(reasoned(CLEANINGS).meta({ id: 'NumberCleaning' })),
    same_as: count.nullable().meta({ description: 'The first line with the same number.' }),
  }),
  shape('RefusedNumber', {
    line: count.meta({ description: 'The place of the number in the request, from 1 on.' }),
    refused: z.union([reasoned(REFUSALS), z.literal('unreadable')]).meta({ id: 'NumberFormatRefusal' }),
    sentence: z.string(),
    countries: z.array(z.string()).meta({ description: 'Countries of which an ambiguous number may be.' }),
  }),
]);
const report = shape('NormalisationReport', {
  lines: count,
  kept: count.meta({ description: 'Numbers that were in E.164 already.' }),
  cleaned: count,
  cleaned_by: z.record(z.string(), count),
  guessed: count,
  guessed_by_country: z.record(z.string(), count),
  refused: count,
  refused_by: z.record(z.string(), count),
  duplicates: count,
});
const normaliseAnswer = shape('NormalisedNumbers', { results: z.array(result), report });
const normaliseLineAnswer = z.union([result, shape('NormalisationEnd', { report })]);

async function* answerLines(
  lines: AsyncIterable<NdjsonLine>,
  allowed: readonly string[],
): AsyncGenerator<z.input<typeof normaliseLineAnswer>> {
  const normaliser = createNormaliser(allowed);
  for await (const line of lines) yield resultOf(normaliser.next(readRaw(line)));
  yield { report: reportOf(normaliser.report) };
}

function readRaw(line: NdjsonLine) {
  const { number: at } = line;
  if (at > MOST_LINES) return { line: at, unreadable: `A request has at most ${MOST_LINES} lines.` };
  if ('fault' in line) return { line: at, unreadable: line.fault };
  const read = readPart(rawNumber, line.json, 'body');
  if ('data' in read) return { line: at, number: read.data.number, country: read.data.country ?? null };
  const faults = read.issues.map(({ field, message }) => `${nameOfField(field)}: ${message}`);
  return { line: at, unreadable: faults.join(' ') };
}

function resultOf(normalisedLine: NormalisedLine): z.input<typeof result> {
  const { line } = normalisedLine;
  if (normalisedLine.kind === 'unreadable')
    return { line, refused: normalisedLine.kind, sentence: normalisedLine.message, countries: [] };
  if (normalisedLine.kind === 'refused') {
    return {
      line,
      refused: normalisedLine.why,
      sentence: REFUSALS[normalisedLine.why],
      countries: normalisedLine.countries,
    };
  }
  const { e164: number, from: country_from, cleaned, sameAs: same_as } = normalisedLine;
  return { line, number, country: normalisedLine.country, country_from, cleaned, same_as };
}

function reportOf(normaliseReport: NormaliseReport): z.input<typeof report> {
  const { lines, kept, cleaned, duplicates, unreadable } = normaliseReport;
  const refusedBy: Partial<Record<NumberFormatRefusal | 'unreadable', number>> = {
    ...normaliseReport.byRefusal,
  };
  if (unreadable > 0) refusedBy.unreadable = unreadable;
  return {
    lines,
    kept,
    cleaned,
    cleaned_by: sorted<Cleaning>(normaliseReport.byCleaning),
    guessed: Object.values(normaliseReport.guessed).reduce((sum, each) => sum + each, 0),
    guessed_by_country: sorted(normaliseReport.guessed),
    refused: normaliseReport.refused + unreadable,
    refused_by: sorted<NumberFormatRefusal | 'unreadable'>(refusedBy),
    duplicates,
  };
}

/** Highest count first. */
function sorted<K extends string>(counts: Partial<Record<K, number>>): Record<string, number> {
  const entries = Object.entries(counts) as [string, number][];
  return Object.fromEntries(entries.sort(([, a], [, b]) => b - a));
}

/** How numbers are written. Answers contain the caller's numbers; nothing is stored or logged. */
export const NUMBER_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'post',
    path: '/numbers/normalise',
    id: 'normaliseNumbers',
    returns: 'The result of each number in the order of the request, and a report over all.',
    scope: 'contacts:read',
    summary: 'Write numbers as E.164, and show what was guessed, cleaned and refused. Nothing is stored.',
    body: normaliseBody,
    answer: normaliseAnswer,
    handle: async ({ body }) => {
      const numbers = body.numbers.map(({ number, country: of = null }) => ({ number, country: of }));
      const { lines, report: found } = await normaliseNumbers(numbers, body.countries ?? []);
      return { results: lines.map(resultOf), report: reportOf(found) };
    },
  }),
  defineRoute({
    method: 'post',
    path: '/numbers/normalise/bulk',
    id: 'normaliseNumberStream',
    returns: 'One line for each number in the order of the request, then the report.',
    scope: 'contacts:read',
    summary:
      'Write a long list of numbers as E.164: NDJSON, answered line by line. The last line is the report.',
    query: normaliseQuery,
    lines: rawNumber,
    answer: normaliseLineAnswer,
    streams: true,
    handle: async ({ query, lines }) => answerLines(lines(), query.countries ?? []),
  }),
];
