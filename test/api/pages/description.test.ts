import { expect } from 'chai';
import supertest from 'supertest';
import { tagsOf } from '../../../src/api/http/openapi-tags.ts';
import { PROBLEMS } from '../../../src/api/http/problems.ts';
import { ROUTES } from '../../../src/api/routes.ts';
import examples from '../../../templates/api/examples.json' with { type: 'json' };
import { type Gateway, startGateway } from '../../support/gateway.ts';
import { newClient } from '../client.ts';

type Json = { [key: string]: Json };

const SHARED = /^#\/components\/(parameters|responses)\/(\w+)$/;

/** A part of the description with each reference to a shared parameter or answer replaced by what it names. */
function resolved(part: unknown, components: Json | undefined): unknown {
  if (typeof part !== 'object' || part === null) return part;
  if (Array.isArray(part)) return part.map((item) => resolved(item, components));
  const [, kind = '', name = ''] = SHARED.exec(String(Object(part).$ref)) ?? [];
  if (name !== '') return components?.[kind]?.[name];
  return Object.fromEntries(Object.entries(part).map(([key, child]) => [key, resolved(child, components)]));
}

/** Each field of a request, and each parameter, that has no description. */
function undescribed(sent: Json, document: Json): string[] {
  const seen = new Set<string>();
  const schemaOf = (part: Json): Json =>
    part.$ref === undefined
      ? part
      : (sent.components?.schemas?.[String(part.$ref).split('/').at(-1) ?? ''] ?? {});
  const below = (part: Json, place: string): string[] => {
    const name = String(part.$ref ?? '');
    if (seen.has(name)) return [];
    if (name !== '') seen.add(name);
    const { properties = {}, ...whole } = schemaOf(part);
    const inside = ['items', 'anyOf', 'oneOf', 'allOf', 'additionalProperties']
      .flatMap((key) => [whole[key] ?? []].flat())
      .filter((child) => typeof child === 'object')
      .flatMap((child) => below(child as Json, place));
    const fields = Object.entries(properties).flatMap(([field, value]) => {
      const says = value.description ?? schemaOf(value).description ?? value.const;
      const at = `${name.split('/').at(-1) || place}.${field}`;
      return [...(says === undefined ? [at] : []), ...below(value, at)];
    });
    return [...fields, ...inside];
  };
  return ROUTES.flatMap(({ method, path }) => {
    const { parameters, requestBody } = document.paths?.[`/api/v1${path}`]?.[method] ?? {};
    const bodies = Object.values(requestBody?.content ?? {}).flatMap(({ schema = {} }) =>
      below(schema, path),
    );
    const silent = Object.values(parameters ?? {}).filter(
      ({ description, schema }) => (description ?? schema?.description) === undefined,
    );
    return [...bodies, ...silent.map(({ name }) => `${method} ${path}?${name}`)];
  });
}

describe('the description of the API', () => {
  let gateway: Gateway;
  let sent: Json;
  /** The description, with the shared parameters and answers in their places. */
  let document: Json;
  before(async () => {
    gateway = await startGateway({ worker: false });
    sent = (await supertest(gateway.url).get('/api/openapi.json').expect(200)).body;
    document = { ...sent, paths: resolved(sent.paths, sent.components) as Json };
  });
  after(() => gateway.stop());

  it('is OpenAPI 3.1 and describes exactly the routes of the table', () => {
    expect(document.openapi).to.equal('3.1.0');
    const described = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect(described).to.have.members(ROUTES.map(({ method, path }) => `${method} /api/v1${path}`));
  });

  it('gives each its own id, its scope, its parameters and its success', () => {
    const ids = ROUTES.map(({ method, path, scope, status }) => {
      const operation = document.paths?.[`/api/v1${path}`]?.[method] ?? {};
      expect(operation.security).to.deep.equal([{ key: [scope] }]);
      expect(Object.keys(operation.responses ?? {})).to.include.members([
        String(status),
        '401',
        '403',
        '429',
        '503',
      ]);
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = operation.parameters as unknown as {
        in: string;
        name: string;
        required?: boolean;
      }[];
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => name)).to.deep.equal(named);
      return operation.operationId;
    });
    expect(new Set(ids).size).to.equal(ROUTES.length);
  });

  it('says which routes may or must have an Idempotency-Key, and every reason for a 409', () => {
    for (const { method, path, idempotency } of ROUTES) {
      const { parameters, responses } = document.paths?.[`/api/v1${path}`]?.[method] ?? {};
      const headers = (
        parameters as unknown as { in: string; name: string; required?: boolean }[] | undefined
      )
        ?.filter((parameter) => parameter.in === 'header' && parameter.name !== 'If-Match')
        .map(({ name, required }) => [name, required ?? false]);
      const expected = idempotency === 'none' ? [] : [['Idempotency-Key', idempotency === 'required']];
      expect(headers ?? [], path).to.deep.equal(expected);
      if (idempotency === 'none') continue;
      expect(responses?.['409']?.description).to.contain(PROBLEMS['key-reused'].title);
      expect(responses?.['409']?.description).to.contain(PROBLEMS['in-progress'].title);
    }
  });

  it('says which routes take an If-Match, and what happens when it does not match', () => {
    const guarded = ROUTES.filter(({ method, path }) => {
      const { parameters, responses } = document.paths?.[`/api/v1${path}`]?.[method] ?? {};
      const named = (parameters as unknown as { name: string }[] | undefined)?.map(({ name }) => name) ?? [];
      const told = responses?.['412']?.description;
      expect(told, path).to.equal(
        named.includes('If-Match') ? PROBLEMS['changed-meanwhile'].title : undefined,
      );
      return told !== undefined;
    }).map(({ method, path }) => `${method} ${path}`);
    expect(guarded).to.deep.equal(['put /programs/{id}', 'put /templates/{id}']);
  });

  it('names the answer to a query that cannot be used', () => {
    const { responses: ready } = document.paths?.['/api/v1/segments/ready-made']?.get ?? {};
    expect(ready?.['422']?.description).to.equal(PROBLEMS.unprocessable.title);
    for (const figures of ['results', 'cost']) {
      const { responses } = document.paths?.[`/api/v1/campaigns/{id}/${figures}`]?.get ?? {};
      expect(responses?.['422']?.description, figures).to.equal(PROBLEMS.unprocessable.title);
    }
  });

  it('puts each operation into a group that has a sentence', () => {
    const groups = Object.values(document.tags ?? {});
    const used = ROUTES.map(({ method, path }) => document.paths?.[`/api/v1${path}`]?.[method]?.tags);
    expect([...new Set(used.flatMap((tags) => Object.values(tags ?? {})))]).to.have.members(
      groups.map(({ name }) => name),
    );
    for (const { name, description } of groups) expect(description, String(name)).to.match(/^[A-Z].+\.$/);
  });

  it('names the file to edit where the first route of a new group has no sentence', () => {
    expect(() => tagsOf([{ path: '/clock' }])).to.throw('Write one in src/api/http/openapi-tags.ts.');
  });

  it('declares the headers that answers have', () => {
    const headersAt = (path: string, method: string, status: string): string[] =>
      Object.keys(document.paths?.[`/api/v1${path}`]?.[method]?.responses?.[status]?.headers ?? {});
    expect(headersAt('/programs/{id}', 'get', '200')).to.include.members(['ETag', 'RateLimit']);
    expect(headersAt('/messages', 'post', '202')).to.include('Idempotent-Replayed');
    expect(headersAt('/holds', 'get', '401')).to.include('WWW-Authenticate');
    expect(headersAt('/holds', 'get', '429')).to.include.members(['Retry-After', 'RateLimit-Policy']);
    expect(headersAt('/holds', 'get', '503')).to.include('Retry-After');
  });

  it('has only patterns, arrays and records that other languages know', () => {
    const text = JSON.stringify(sent);
    expect(text).not.to.contain('prefixItems');
    expect(text).not.to.contain('\\\\p{');
    expect(text).not.to.match(/"propertyNames":\{[^}]*"enum"/);
  });

  it('names each operation by a verb and a noun, and says what it returns', () => {
    for (const { id, path, summary, returns } of ROUTES) {
      expect(id, path).to.match(/^[a-z]+([A-Z][a-z]+)+$/);
      for (const sentence of [summary, returns]) expect(sentence, id).to.match(/^[A-Z].{8,}\.$/s);
      expect(returns, id).not.to.equal(summary);
    }
  });

  it('describes every field and parameter of a request', () => {
    expect(undescribed(sent, document)).to.deep.equal([]);
  });

  it('lets answers grow, and keeps requests closed', () => {
    const { schemas } = sent.components ?? {};
    expect(schemas?.Hold).not.to.have.property('additionalProperties');
    expect(schemas?.DecideHoldRequest).to.have.property('additionalProperties', false);
    expect(Object.keys(schemas ?? {}).filter((name) => name.endsWith('Output'))).to.deep.equal([]);
  });

  it('names every clause of a segment, and the segment wherever it is', () => {
    const { schemas } = sent.components ?? {};
    expect(schemas).to.include.keys('AgeClause', 'DidNotClause', 'ClauseGroup', 'SegmentTree');
    const uses = JSON.stringify(sent).split('"#/components/schemas/SegmentTree"').length - 1;
    expect(uses).to.be.at.least(8);
  });

  it('shows a real request and answer of each operation, which fit its shapes', () => {
    for (const route of ROUTES) {
      const name = `${route.method} ${route.path}`;
      const example = (examples as Record<string, { request?: unknown; answer: unknown } | undefined>)[name];
      expect(example, `${name}: npm run examples:renew`).not.to.equal(undefined);
      expect(route.answer.safeParse(example?.answer).error?.issues ?? [], name).to.deep.equal([]);
      const asked = route.lines ?? route.body;
      if (asked === null) continue;
      expect(asked.safeParse(example?.request).error?.issues ?? [], name).to.deep.equal([]);
      const content = Object.values(
        document.paths?.[`/api/v1${route.path}`]?.[route.method]?.requestBody?.content ?? {},
      );
      expect(content[0]?.example, name).to.deep.equal(example?.request);
    }
  });

  it('shows only fictional numbers', () => {
    const shown = [...JSON.stringify(examples).matchAll(/\+1\d{10}|\(\d{3}\) \d{3}-\d{4}/g)].map(
      ([found]) => found,
    );
    expect(shown.length).to.be.greaterThan(0);
    for (const number of shown) expect(number).to.match(/^\+1(555|\d{3}55501)|^\(\d{3}\) 555-01/);
  });

  it('shows no address of the machine on which the examples were recorded', () => {
    expect(JSON.stringify(sent)).to.not.match(/localhost|127\.0\.0\.|\[::1\]/);
    expect(JSON.stringify(examples)).to.contain('https://go.fernway.example/l/');
  });

  it('names shared parameters by what they are, without numbers', () => {
    const names = Object.keys(sent.components?.parameters ?? {});
    expect(names).to.include.members(['CampaignId', 'CouponPoolId', 'VerificationId', 'IdempotencyKey']);
    expect(names.filter((name) => /\d/.test(name))).to.deep.equal([]);
  });

  it('refers to nothing that it does not contain', () => {
    const refs = [...JSON.stringify(sent).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, ref = '']) => ref);
    expect(refs.length).to.be.greaterThan(0);
    for (const ref of refs) {
      const found = ref.split('/').reduce<Json | undefined>((at, step) => at?.[step], sent);
      expect(found, ref).not.to.equal(undefined);
    }
  });

  it('has a page that lists every route and problem also without script, and loads only our own files', async () => {
    const page = await supertest(gateway.url).get('/api/docs').expect(200).expect('Content-Type', /html/);
    for (const { path } of ROUTES) expect(page.text).to.contain(`/api/v1${path}`);
    for (const kind of Object.keys(PROBLEMS)) expect(page.text).to.contain(`id="${kind}"`);
    expect(page.text).not.to.match(/<script>|<style|<img|\bon\w+=|https?:\/\//);
    expect(page.headers['content-security-policy'])
      .to.contain("script-src 'self'; style-src 'self';")
      .and.not.contain('unsafe');
    const files = [...page.text.matchAll(/(?:src|href)="(\/api\/docs\/[^"]+)"/g)].map(
      ([, file = '']) => file,
    );
    expect(files).to.have.length(4);
    for (const file of files) {
      const { headers } = await supertest(gateway.url).get(file).expect(200);
      expect(headers['cache-control'], file).to.equal('public, max-age=86400');
      expect(headers['content-encoding'], file).to.equal('gzip');
      expect(headers.etag, file).to.match(/^W\//);
      await supertest(gateway.url)
        .get(file)
        .set('If-None-Match', headers.etag ?? '')
        .expect(304);
    }
  });

  it('answers an unknown address with a problem, and a wrong method with the possible ones', async () => {
    const client = await newClient(gateway);
    const lost = await client('get', '/nothing/here');
    expect(lost.body).to.include({ type: '/api/docs#not-found', status: 404 });
    for (const path of new Set(ROUTES.map((route) => route.path))) {
      const allowed = ROUTES.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
      const answer = await supertest(gateway.url).delete(`/api/v1${path.replace('{id}', 'x')}`);
      expect(answer.status).to.equal(405);
      expect(answer.headers.allow?.split(', ')).to.include.members(allowed);
      expect(answer.headers['content-type']).to.equal('application/problem+json');
    }
  });

  it('can only be read', async () => {
    for (const path of ['/api/openapi.json', '/api/docs']) {
      const answer = await supertest(gateway.url).post(path);
      expect([answer.status, answer.headers.allow]).to.deep.equal([405, 'GET, HEAD']);
    }
  });

  it('is rendered once and sent compressed, or not at all when the reader has it', async () => {
    const stringify = JSON.stringify;
    const written: unknown[] = [];
    JSON.stringify = ((value: unknown, ...rest: []) => {
      if (Object(value).openapi !== undefined) written.push(value);
      return stringify(value, ...rest);
    }) as typeof JSON.stringify;
    try {
      const address = `${gateway.url}/api/openapi.json`;
      const asked = (headers: Record<string, string>) => fetch(address, { headers });
      const packed = await asked({ 'Accept-Encoding': 'gzip' });
      const plain = await asked({ 'Accept-Encoding': 'identity' });
      const etag = packed.headers.get('etag') ?? '';
      const known = await asked({ 'If-None-Match': etag, 'Cache-Control': 'max-age=0' });
      expect([packed, plain, known].map(({ status }) => status)).to.deep.equal([200, 200, 304]);
      expect(packed.headers.get('content-encoding')).to.equal('gzip');
      expect(Number(packed.headers.get('content-length'))).to.be.below(100_000);
      expect(plain.headers.get('content-encoding')).to.equal(null);
      for (const { headers } of [packed, plain]) {
        expect(headers.get('vary')).to.contain('Accept-Encoding');
        expect(headers.get('content-type')).to.equal('application/json; charset=utf-8');
      }
      expect(await packed.json()).to.deep.equal(await plain.json());
      expect(written).to.deep.equal([]);
    } finally {
      JSON.stringify = stringify;
    }
  });

  it('forbids caches to keep any answer', async () => {
    const answer = await (await newClient(gateway))('get', '/programs');
    expect(answer.headers['cache-control']).to.equal('no-store');
  });
});
