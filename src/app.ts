import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type Request, type Router } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { answerInbound } from '../webhooks/inbound.ts';
import { type CarrierListener, carrierListener, carrierRoute } from '../webhooks/router.ts';
import type { SigningAccount } from '../webhooks/signature.ts';
import { takeStatus } from '../webhooks/status.ts';
import type { Desk } from './consent/desk.ts';
import type { InboundMessage } from './consent/inbound/message.ts';
import type { TakeIn } from './consent/inbound/take-in.ts';
import { shortLinks } from './consumer/short-links.ts';
import { createRecorder, type Incoming } from './receipts/record-receipt.ts';
import { breakOff, requestIdOf } from './running/broken-answers.ts';
import { type Part, readiness } from './running/health.ts';
import type { Metrics } from './running/metrics.ts';

export type WebParts = {
  publicUrl: string;
  account: SigningAccount;
  desk: Desk;
  takeIn: TakeIn;
  metrics: Metrics;
  log: Logger;
  parts: readonly Part[];
  now: () => Date;
  api: Router;
};

/** Everything a web process answers. The carrier's routes come first, share nothing with the rest and pay for no framework. */
export function createListener(web: WebParts): RequestListener {
  const carrier = carrierRoutes(web);
  const app = createApp(web);
  return (request, response) => {
    logRequest(web.log, request, response);
    if (!carrier(request, response)) app(request, response);
  };
}

function createApp(web: WebParts): Express {
  const app = express();
  app.disable('x-powered-by');
  // An ETag is the revision of a row; an answer without one has none.
  app.disable('etag');
  app.use(helmet());
  app.use(operatorRoutes(web));
  app.use(shortLinks(web.desk));
  app.use(web.api);
  app.use((_request, response) => {
    response.status(404).type('application/problem+json').send({ title: 'Not found', status: 404 });
  });
  app.use(lastResort(web.log));
  return app;
}

function carrierRoutes(web: WebParts): CarrierListener {
  const { publicUrl, account, takeIn, now } = web;
  const record = createRecorder(web.desk.store, web.desk);
  const recordOrTell = (receipt: Incoming, id: unknown): Promise<void> =>
    record(receipt).catch((error: unknown) => {
      web.metrics.receiptsRefused.inc();
      web.log.error({ error, id }, 'a receipt was refused: it could not be recorded');
      throw error;
    });
  return carrierListener({
    publicUrl,
    account,
    inbound: (form, raw, response, { accountSid }) => {
      const id = requestIdOf(response);
      const take = (message: InboundMessage) => takeIn(message, id);
      return answerInbound({ now, account: accountSid, take }, form, raw, response);
    },
    status: (form, d, response) => {
      const id = requestIdOf(response);
      return takeStatus((receipt) => recordOrTell(receipt, id), form, { d, at: now() }, response);
    },
    refused: (route) => web.metrics.refused.inc({ route }),
    failed: (error, response) => {
      web.log.error({ error, id: requestIdOf(response) }, 'a request of the carrier failed');
      // The carrier retries a 5xx and a connection that breaks alike.
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    },
  });
}

function operatorRoutes(web: WebParts): Router {
  // One spelling of an address: a rule of the proxy before us must not be got round by another.
  const router = express.Router({ caseSensitive: true, strict: true });
  router.get('/healthz', (_request, response) => {
    response.json({ ok: true });
  });
  router.get('/readyz', async (_request, response) => {
    const answer = await readiness(web.parts);
    response.status(answer.ready ? 200 : 503).json(answer);
  });
  router.get('/metrics', async (_request, response) => {
    response.type(web.metrics.registry.contentType).send(await web.metrics.registry.metrics());
  });
  return router;
}

/** One line a request: route and outcome, never its address, a query, a number or a body. */
function logRequest(log: Logger, request: IncomingMessage, response: ServerResponse): void {
  const id = randomUUID();
  response.setHeader('X-Request-Id', id);
  if (!log.isLevelEnabled('debug')) return;
  const began = performance.now();
  response.once('close', () => {
    const { statusCode: status, writableFinished } = response;
    const ms = Math.round(performance.now() - began);
    // The pattern that matched, never what was asked for: an address may hold a number or anything else.
    const route: string = (request as Request).route?.path ?? carrierRoute(request) ?? 'none';
    log.debug({ id, method: request.method, route, status, ms, finished: writableFinished }, 'request');
  });
}

function lastResort(log: Logger): ErrorRequestHandler {
  return (error, _request, response, _next) => {
    if (response.headersSent) return breakOff(log, error, response);
    log.error({ error, id: requestIdOf(response) }, 'a request failed');
    response
      .status(500)
      .type('application/problem+json')
      .send({ title: 'Something failed here', status: 500 });
  };
}
