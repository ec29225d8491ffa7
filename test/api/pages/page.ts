/** One command of a page, and the answer that the page shows right behind it, or null. */
export type Example = {
  command: string;
  answer: { status: number; body: unknown; keep: [name: string, field: string][] } | null;
};

/**
 * The commands of a page in order. An answer stands in a block "json 200", or "ndjson 200" if it has an object on each
 * line. Behind the status the block may name values that later commands use: "json 200 ANA=contact".
 */
export function examplesIn(page: string): Example[] {
  const blocks = page.matchAll(
    /```sh\n([\s\S]*?)```(?:\n\n```(json|ndjson) (\d{3})([^\n]*)\n([\s\S]*?)```)?/g,
  );
  return [...blocks].map(([, command = '', type = '', status, keep = '', answer = '']) => ({
    command: command.trim().replaceAll('\\\n', ' '),
    answer:
      status === undefined
        ? null
        : { status: Number(status), body: answerOf(type, answer), keep: kept(keep) },
  }));
}

/** The JSON of an answer; of lines of JSON, a list with the object of each line. */
export const answerOf = (type: string, text: string): unknown =>
  type.includes('ndjson')
    ? text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : JSON.parse(text);

const kept = (words: string): [string, string][] =>
  words.trim() === ''
    ? []
    : words
        .trim()
        .split(' ')
        .map((word) => word.split('=') as [string, string]);

export type Values = Record<string, string>;

/**
 * The words of a command as a shell reads them: with both kinds of quotes, and with variables outside of single
 * quotes.
 */
export function wordsOf(command: string, values: Values): string[] {
  return [...command.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    [...word.matchAll(/'([^']*)'|"([^"]*)"|([^'"]+)/g)]
      .map(([, single, double, bare]) => single ?? filled(double ?? bare ?? '', values))
      .join(''),
  );
}

const filled = (word: string, values: Values): string =>
  word.replace(/\$([A-Z]+)/g, (_, name: string) => values[name] ?? `no ${name}`);

export type Call = { method: string; url: string; headers: [string, string][]; body: string | undefined };

/** Reads the few curl options that the pages use. */
export function callOf(command: string, values: Values): Call {
  const words = wordsOf(command, values);
  const call: Call = { method: 'GET', url: '', headers: [], body: undefined };
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) call.url = word;
    else {
      const value = words[++at] ?? '';
      if (word === '-X') call.method = value;
      else if (word === '-d') call.body = value;
      else if (word === '-H') call.headers.push(value.split(': ') as [string, string]);
      else throw new Error(`the page uses ${word}, which this test does not know`);
    }
  }
  return call;
}

/** The names and types of an object's fields, without values. Of a list, the shape of its first item. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (value === null || typeof value !== 'object') return value === null ? null : typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, shapeOf(field)]));
}
