import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { ANSWER_LIMIT, type WebhookAnswer } from './form-post.ts';

/** One `<Message>` of an answer; URLs and numbers as written. */
export type Verb = {
  body: string;
  media: string[];
  to: string | null;
  from: string | null;
  statusCallback: string | null;
  action: string | null;
};

/** What an answer asks for. When `usable` is false nothing of it is done and the fallback URL is asked. */
export type TwimlReading = { usable: boolean; verbs: Verb[]; errors: number[] };

type Attributes = Record<string, string>;
type Node = { [tag: string]: Node[] | string | Attributes };

const MESSAGES_PER_ANSWER = 10;

/** Control characters but tab and line ends; U+007F to U+009F are legal in XML. */
const ILLEGAL_CHARACTERS = /(?![\t\n\r])\p{Cc}(?<![\u007f-\u009f])|[\ufffe\uffff]/u;

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  trimValues: false,
  // Without it numeric character references stay undecoded.
  htmlEntities: true,
  ignoreDeclaration: true,
  ignorePiTags: true,
});

/** Reads the answer to an inbound webhook as Twilio does. */
export function readTwiml(answer: WebhookAnswer): TwimlReading {
  if (answer.body.length > ANSWER_LIMIT) return unusable(11750);
  const text = answer.body.toString('utf8');
  if (answer.status === 204 || text.trim() === '') return { usable: true, verbs: [], errors: [] };
  if (answer.contentType === null) return unusable(11200);
  const type = answer.contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'text/plain') return { usable: true, verbs: [verbOf(text, {})], errors: [] };
  if (!['text/xml', 'application/xml', 'text/html'].includes(type)) return unusable(12300);
  const root = parseDocument(text);
  if (root === null) return unusable(12100);
  if (root.Response === undefined) return unusable(12200);
  return readResponse(childrenOf(root, 'Response'));
}

function unusable(code: number): TwimlReading {
  return { usable: false, verbs: [], errors: [code] };
}

/** The root element, or null when the text is not one well-formed document. */
function parseDocument(text: string): Node | null {
  if (XMLValidator.validate(text) !== true || hasIllegalCharacters(text)) return null;
  const roots = (parser.parse(text) as Node[]).filter((node) => node['#text'] === undefined);
  return roots.length === 1 ? (roots[0] ?? null) : null;
}

/** Characters and references outside XML 1.0, which the validator lets pass. */
function hasIllegalCharacters(text: string): boolean {
  const outsideCdata = text.replace(/<!\[CDATA\[.*?\]\]>/gs, '');
  const strayReference = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)/;
  return ILLEGAL_CHARACTERS.test(text) || strayReference.test(outsideCdata);
}

function readResponse(children: Node[]): TwimlReading {
  const errors: number[] = [];
  const verbs: Verb[] = [];
  for (const node of children) {
    if (node['#text'] !== undefined) continue;
    if (node.Message === undefined) errors.push(12200);
    else verbs.push(readMessage(childrenOf(node, 'Message'), attributesOf(node)));
  }
  if (verbs.length > MESSAGES_PER_ANSWER) errors.push(14109);
  const reachable = reached(verbs);
  const sayable = reachable.filter((verb) => verb.body.trim() !== '' || verb.media.length > 0);
  if (sayable.length < reachable.length) errors.push(14103);
  return { usable: true, verbs: sayable.slice(0, MESSAGES_PER_ANSWER), errors };
}

/** What follows an `action` is unreachable. Source: Twilio Docs, "TwiML Message", example 3. */
function reached(verbs: readonly Verb[]): readonly Verb[] {
  const last = verbs.findIndex(({ action }) => action !== null);
  return last === -1 ? verbs : verbs.slice(0, last + 1);
}

/**
 * Where the life of one answer is told. Of an inbound SMS `action` counts, and `statusCallback` in certain accounts: without an
 * `action` this one is such an account. Source: Twilio Docs, "TwiML Message", its warning at `statusCallback`.
 */
export const callbackOf = ({ statusCallback, action }: Verb, toMms: boolean): string | null =>
  toMms ? statusCallback : (action ?? statusCallback);

function readMessage(children: Node[], attributes: Attributes): Verb {
  const texts = (tag: string) =>
    children.filter((node) => node[tag] !== undefined).map((node) => textIn(childrenOf(node, tag)));
  const nested = texts('Body');
  const verb = verbOf(nested.length > 0 ? nested.join('') : textIn(children), attributes);
  return { ...verb, media: texts('Media').map((url) => url.trim()) };
}

function verbOf(body: string, attributes: Attributes): Verb {
  return {
    body,
    media: [],
    to: attributes.to ?? null,
    from: attributes.from ?? null,
    statusCallback: attributes.statusCallback ?? null,
    action: attributes.action ?? null,
  };
}

function textIn(children: Node[]): string {
  return children.map((node) => (typeof node['#text'] === 'string' ? node['#text'] : '')).join('');
}

function childrenOf(node: Node, tag: string): Node[] {
  const children = node[tag];
  return Array.isArray(children) ? children : [];
}

function attributesOf(node: Node): Attributes {
  const attributes = node[':@'];
  return typeof attributes === 'object' && !Array.isArray(attributes) ? attributes : {};
}
