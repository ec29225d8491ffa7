import type { z } from 'zod';

/** Longer lists of values or fields are not repeated in a sentence. */
const MOST_LISTED = 10;

/** Where people read a list that is too long for a sentence. */
const REFERENCE = '/api/openapi.json';

/**
 * Says what is wrong with a value and what is accepted in its place. Pass it as `error` to `safeParse`: every message
 * of a request's validation comes from here or is written beside its rule. No sentence repeats the value.
 */
export function validationSentence(issue: z.core.$ZodRawIssue): string {
  const schema = (issue.schema ?? issue.inst) as z.core.$ZodTypes;
  switch (issue.code) {
    case 'unrecognized_keys':
      return `There is no such field. ${fieldsHere(schema)}`;
    case 'invalid_union':
      return unionSentence(issue, schema);
    case 'invalid_key':
      return `The name of this field cannot be used. ${issue.issues[0]?.message ?? ''}`.trimEnd();
    case 'too_small':
    case 'too_big':
      return `${sizeFault(issue)}${mustBe(schema)}.`;
    case 'invalid_format':
    case 'not_multiple_of':
      return `${mustBe(schema)}.`;
    case 'invalid_type':
    case 'invalid_value':
      return insteadOf(mustBe(schema), issue.input);
    default:
      return 'This value is not accepted here.';
  }
}

/** The sentence about a value of another type, or about one that is missing. */
function insteadOf(must: string, input: unknown): string {
  if (input === undefined) return `It is missing. ${must}.`;
  if (typeof input === 'string') return `${must}.`;
  return `${must}, not ${kindOf(input)}.`;
}

function kindOf(input: unknown): string {
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'a list';
  if (typeof input === 'object') return 'an object';
  if (typeof input === 'boolean') return String(input);
  return Number.isInteger(input) ? 'a number' : 'a fraction';
}

function sizeFault({
  code,
  origin,
  input,
}: z.core.$ZodRawIssue<z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig>) {
  if (origin !== 'string' && origin !== 'array') return '';
  if (code === 'too_big') return 'It is too long. ';
  return (input as string | unknown[]).length === 0 ? 'It is empty. ' : 'It is too short. ';
}

function unionSentence(
  issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>,
  schema: z.core.$ZodTypes,
): string {
  const { discriminator } = issue as { discriminator?: string };
  if (discriminator === undefined) return insteadOf(mustBe(schema), issue.input);
  const input = (issue.input as Record<string, unknown>)[discriminator];
  // All of them are named, however many: the name decides which other fields are accepted.
  const names = `It must be one of: ${namesIn(schema, discriminator).join(', ')}.`;
  return input === undefined ? `It is missing. ${names}` : `There is no such ${discriminator}. ${names}`;
}

function namesIn(schema: z.core.$ZodTypes, discriminator: string): string[] {
  return [...(schema._zod.propValues?.[discriminator] ?? [])].map(String);
}

function fieldsHere(schema: z.core.$ZodTypes): string {
  const names = schema._zod.def.type === 'object' ? Object.keys(schema._zod.def.shape) : [];
  if (names.length === 0) return 'No field is accepted here.';
  if (names.length > MOST_LISTED)
    return `${REFERENCE} lists the ${names.length} fields that are accepted here.`;
  return `Accepted here: ${names.join(', ')}.`;
}

const mustBe = (schema: z.core.$ZodTypes): string => `It must be ${accepted(schema)}`;

/** What a schema accepts, as it follows "It must be". */
function accepted(schema: z.core.$ZodTypes): string {
  const { def } = schema._zod;
  switch (def.type) {
    case 'string':
      return textAccepted(def);
    case 'number':
      return numberAccepted(def);
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'literal':
      return oneOf(def.values);
    case 'enum':
      return oneOf(Object.values(def.entries));
    case 'array':
      return listAccepted(def);
    case 'object':
      return objectAccepted(Object.keys(def.shape));
    case 'record':
      return 'an object';
    case 'union':
      return unionAccepted(def as z.core.$ZodUnionDef & { discriminator?: string });
    default:
      return 'innerType' in def ? accepted(def.innerType as z.core.$ZodTypes) : 'a value of another form';
  }
}

/** The texts of formats without a message of their own. */
const FORMATS: Record<string, string> = {
  datetime: 'a time with its zone, such as "2026-12-01T10:00:00Z"',
  date: 'a date of the calendar, such as "2026-12-01"',
};

function textAccepted(def: z.core.$ZodTypeDef): string {
  const { least, most, own, format } = limitsOf(def);
  const text = own ?? FORMATS[format ?? ''] ?? 'text';
  const length = range(least, most, ['character', 'characters']);
  if (length === '') return text;
  return own === null ? `${text} of ${length}` : `${text} (${length})`;
}

function listAccepted(def: z.core.$ZodTypeDef): string {
  const { least, most } = limitsOf(def);
  const length = range(least, most, ['entry', 'entries']);
  return length === '' ? 'a list' : `a list of ${length}`;
}

function numberAccepted(def: z.core.$ZodTypeDef): string {
  const { least, most, over, step, format } = limitsOf(def);
  const number = format === 'safeint' ? 'a whole number' : 'a number';
  const within =
    least !== null && most !== null
      ? `from ${least} to ${most}`
      : [
          ...(over === null ? [] : [`more than ${over}`]),
          ...(least === null ? [] : [`at least ${least}`]),
          ...(most === null ? [] : [`at most ${most}`]),
        ].join(' and ');
  const decimals = step === null ? '' : `with at most ${-Math.log10(step)} decimals`;
  return [number, within, decimals]
    .filter((part) => part !== '')
    .join(', ')
    .replace(', from', ' from');
}

function objectAccepted(names: readonly string[]): string {
  if (names.length === 0) return 'an empty object: {}';
  return names.length > MOST_LISTED ? 'an object' : `an object with ${names.join(', ')}`;
}

function unionAccepted({ options, discriminator }: z.core.$ZodUnionDef & { discriminator?: string }): string {
  if (discriminator !== undefined) return `an object with a "${discriminator}"`;
  return inWords([...new Set(options.map((option) => accepted(option as z.core.$ZodTypes)))]);
}

function oneOf(values: readonly unknown[]): string {
  if (values.length > MOST_LISTED) return `one of the ${values.length} values that ${REFERENCE} lists`;
  return values.length === 1 ? String(values[0]) : `one of: ${values.join(', ')}`;
}

const inWords = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} or ${parts.at(-1)}`;

function range(least: number | null, most: number | null, [single, several]: [string, string]): string {
  if (least !== null && most !== null)
    return least === most ? counted(least) : `${least} to ${counted(most)}`;
  if (least !== null) return `at least ${counted(least)}`;
  return most === null ? '' : `at most ${counted(most)}`;
  function counted(count: number): string {
    return `${count} ${count === 1 ? single : several}`;
  }
}

type Limits = {
  least: number | null;
  most: number | null;
  /** Greater than this number. */
  over: number | null;
  step: number | null;
  format: string | null;
  /** What a rule with a message of its own asks for. */
  own: string | null;
};

type Check = Record<string, unknown> & { check?: string };

/** The limits that the checks of a schema set. */
function limitsOf(def: z.core.$ZodTypeDef): Limits {
  const checks = [def, ...(def.checks ?? []).map((check) => check._zod.def)] as Check[];
  const numberOf = (name: string, field: string): number | null =>
    (checks.find(({ check }) => check === name)?.[field] as number | undefined) ?? null;
  const over = checks.find(({ check, inclusive }) => check === 'greater_than' && inclusive === false);
  return {
    least:
      numberOf('min_length', 'minimum') ?? (over === undefined ? numberOf('greater_than', 'value') : null),
    most: numberOf('max_length', 'maximum') ?? numberOf('less_than', 'value'),
    over: (over?.value as number | undefined) ?? null,
    step: numberOf('multiple_of', 'value'),
    format: (checks.find(({ format }) => format !== undefined)?.format as string | undefined) ?? null,
    own: checks.map(ownDemand).find((demand) => demand !== null) ?? null,
  };
}

/** The end of a check's own sentence, where that says what a value must be. */
function ownDemand({ error }: Check): string | null {
  if (typeof error !== 'function') return null;
  const said: unknown = error({});
  const sentence = typeof said === 'string' ? said : (said as { message?: string } | undefined)?.message;
  const [, demand] = /^It must be (.*)\.$/s.exec(sentence ?? '') ?? [];
  return demand ?? null;
}
