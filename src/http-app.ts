import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { ErrorRequestHandler, Express, Request, Router } from 'express';
import express from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { SigningAccount } from '../webhooks/twilio-signature.ts';
import {
  handleInboundPost,
  handleReceiptPost,
  type TwilioListener,
  twilioListener,
  twilioRoute,
} from '../webhooks/twilio-webhooks.ts';
import type { AppContext } from './consent/app-context.ts';
import type { TakeIn } from './consent/inbound/handle-inbound.ts';
import type { IncomingReceipt } from './domain/receipt-order.ts';
import { shortLinks } from './public/short-links.ts';
import { createReceiptRecorder } from './receipts/record-receipt.ts';
import { type HealthPart, readiness } from './running/health.ts';
import { breakOff, requestIdOf } from './running/http.ts';
import type { Metrics } from './running/metrics.ts';
import type { InboundSms } from './sending/inbound-sms.ts';

type WebParts = {
  publicUrl: string;
  account: SigningAccount;
  desk: AppContext;
  takeIn: TakeIn;
  metrics: Metrics;
  log: Logger;
  parts: readonly HealthPart[];
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

function carrierRoutes(web: WebParts): TwilioListener {
  const { publicUrl, account, takeIn, now } = web;
  const record = createReceiptRecorder(web.desk.store, web.desk);
  const recordOrTell = (receipt: IncomingReceipt, id: unknown): Promise<void> =>
    record(receipt).catch((error: unknown) => {
      web.metrics.receiptsRefused.inc();
      web.log.error({ error, id }, 'a receipt was refused: it could not be recorded');
      throw error;
    });
  return twilioListener({
    publicUrl,
    account,
    inbound: (form, raw, response, { accountSid }) => {
      const id = requestIdOf(response);
      const take = (message: InboundSms) => takeIn(message, id);
      return handleInboundPost({ now, account: accountSid, take }, form, raw, response);
    },
    status: (form, d, response) => {
      const id = requestIdOf(response);
      return handleReceiptPost((receipt) => recordOrTell(receipt, id), form, { d, at: now() }, response);
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
    const route: string = (request as Request).route?.path ?? twilioRoute(request) ?? 'none';
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
