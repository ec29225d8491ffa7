import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import { BodyTooLarge, type Form, parseForm, readBody } from './form.ts';
import { isSigned } from './signature.ts';

/** What the carrier may call. Everything else about it is decided behind these two functions. */
export type CarrierDoors = {
  publicUrl: string;
  tokens: readonly string[];
  inbound: (form: Form, raw: Buffer, response: Response) => Promise<void>;
  status: (form: Form, delivery: string, response: Response) => Promise<void>;
  refused: (route: string) => void;
};

type Signed = (form: Form, raw: Buffer, request: Request, response: Response) => Promise<void>;

/** The two routes of the carrier. Without a valid signature: a bare 403 and no effect. */
export function carrierRouter(doors: CarrierDoors): Router {
  const router = express.Router();
  const signed =
    (route: string, handle: Signed) => (request: Request, response: Response, next: NextFunction) =>
      admit(doors, route, handle, request, response).catch(next);
  router.post(
    '/webhooks/twilio/inbound',
    signed('inbound', (form, raw, _request, response) => doors.inbound(form, raw, response)),
  );
  router.post(
    '/webhooks/twilio/status',
    signed('status', (form, _raw, request, response) => {
      const { d } = request.query;
      return doors.status(form, typeof d === 'string' ? d : '', response);
    }),
  );
  return router;
}

async function admit(
  doors: CarrierDoors,
  route: string,
  handle: Signed,
  request: Request,
  response: Response,
): Promise<void> {
  let body: Buffer;
  try {
    body = await readBody(request);
  } catch (error) {
    response.status(error instanceof BodyTooLarge ? 413 : 400).end();
    return;
  }
  const signature = request.header('x-twilio-signature');
  if (!isSigned({ signature, body, path: request.originalUrl }, doors)) {
    doors.refused(route);
    response.status(403).end();
    return;
  }
  await handle(parseForm(body), body, request, response);
}
