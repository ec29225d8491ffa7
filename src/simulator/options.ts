/** Who answers and enforces an opt-out on a number. */
export type SimulatedHandling = 'own' | 'advanced' | 'default' | 'network';

/** A number of the account and where its texts are posted. */
export type OwnNumber = {
  /** E.164, or the digits of a short code. */
  number: string;
  kind: 'short-code' | 'long-code' | 'toll-free';
  handling: SimulatedHandling;
  /** Messaging Service (MG…) the number belongs to, or null. */
  messagingServiceSid: string | null;
  /** Absolute URL; a fragment (#ct=…&rt=…&tt=…&rc=…&rp=…) overrides time-outs and retries. */
  inboundUrl: string;
  fallbackUrl?: string;
  /** Used for messages that name no callback of their own. */
  statusCallback?: string;
};

/** Somebody who texted STOP to one of our numbers. */
export type OptedOutPerson = { number: string; person: string };

/** A key that an account has Twilio sign with in the place of its auth token. Source: Twilio Docs, "Sign webhooks with shared keys". */
export type SharedKey = { id: string; secret: string };

export type SimulatorOptions = {
  /** 0 takes any free port. The simulator listens on the loopback interface only. */
  port: number;
  accountSid: string;
  /** Signs the webhooks and, with the account SID, is the password of the REST API. */
  authToken: string;
  /** Keys that PUT /sim/signing may put in the place of the auth token. */
  sharedKeys?: readonly SharedKey[];
  numbers: OwnNumber[];
  /** Who did so before this start: they are on its block lists until a reset. */
  optedOut?: readonly OptedOutPerson[];
  /** Seeds the draws of behaviours that hit a share of the traffic. */
  seed: number;
  /** Port at which the gateway listens, where it is not the port of the URLs that webhooks are signed for. */
  gatewayPort?: number;
  /** Wall clock of every time stamp; durations are always real. */
  now?: () => Date;
};
