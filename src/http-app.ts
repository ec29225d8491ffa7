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
import { probeListener } from '../webhooks/webhook-probe.ts';
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
  context: AppContext;
  takeIn: TakeIn;
  metrics: Metrics;
  log: Logger;
  parts: readonly HealthPart[];
  api: Router;
  /** The pages for staff; null: none are served. */
  console: Router | null;
};

/**
 * Handles every request of a web process. The carrier's routes come first: they share no code with the other
 * routes, and their requests pay nothing for Express.
 */
export function createListener(web: WebParts): RequestListener {
  const carrier = carrierRoutes(web);
  const probe = probeListener({ ...web, now: web.context.now });
  const app = createApp(web);
  return (request, response) => {
    logRequest(web.log, request, response);
    if (!probe(request, response) && !carrier(request, response)) app(request, response);
  };
}

function createApp(web: WebParts): Express {
  const app = express();
  app.disable('x-powered-by');
  // An ETag is the revision of a resource. Express must not add one to an answer without a revision.
  app.disable('etag');
  app.use(helmet());
  if (web.console !== null) app.use(web.console);
  app.use(operatorRoutes(web));
  app.use(shortLinks(web.context));
  app.use(web.api);
  app.use((_request, response) => {
    response.status(404).type('application/problem+json').send({ title: 'Not found', status: 404 });
  });
  app.use(lastResort(web.log));
  return app;
}

function carrierRoutes(web: WebParts): TwilioListener {
  const { publicUrl, account, takeIn } = web;
  const { now } = web.context;
  const record = createReceiptRecorder(web.context.store, web.context);
  const recordOrTell = (receipt: IncomingReceipt, id: unknown): Promise<void> =>
    record(receipt).catch((error: unknown) => {
      web.metrics.receiptsRefused.inc();
      web.log.error(
        { error, id },
        'a delivery report was refused because it could not be recorded; the carrier sends it again',
      );
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
      // The carrier retries after a 5xx and after a broken connection alike.
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    },
  });
}

function operatorRoutes(web: WebParts): Router {
  // Each path has one spelling only: another spelling must not bypass a rule of the proxy in front of us.
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

/** Logs one line per request: route and outcome, never the path, the query, a number or a body. */
function logRequest(log: Logger, request: IncomingMessage, response: ServerResponse): void {
  const id = randomUUID();
  response.setHeader('X-Request-Id', id);
  if (!log.isLevelEnabled('debug')) return;
  const began = performance.now();
  response.once('close', () => {
    const { statusCode: status, writableFinished } = response;
    const ms = Math.round(performance.now() - began);
    // Logs the pattern that matched, never the requested path: a path may contain a number or anything else.
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
