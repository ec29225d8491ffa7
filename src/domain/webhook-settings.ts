/** Where the carrier posts the texts to one of our numbers, as it is set there. "" where nothing is set. */
export type WebhookAddresses = {
  inboundUrl: string;
  inboundMethod: string;
  fallbackUrl: string;
  fallbackMethod: string;
};

/** What is set at the carrier for one of our numbers. */
export type WebhookSettings = {
  number: WebhookAddresses & {
    /** An application at the carrier whose addresses replace those of the number; "" for none. */
    application: string;
  };
  /** The settings of the number's Messaging Service; null: it is in none. */
  service:
    | (WebhookAddresses & {
        /** Whether the service leaves incoming texts to the addresses of the number. */
        defersToNumber: boolean;
        statusUrl: string;
      })
    | null;
};

/** The part of the carrier's settings that decides where texts go. */
export type WebhookPlace = 'number' | 'service';

export type WebhookRow = {
  place: WebhookPlace;
  name: keyof WebhookAddresses | 'application' | 'statusUrl';
  label: string;
  found: string;
  wanted: string;
  isRight: boolean;
};

/**
 * The addresses that the carrier must have. The fragment makes the carrier try again where it would otherwise drop a
 * text. Source: Twilio Docs, "Webhooks: Connection overrides".
 */
export const wantedAddresses = (publicUrl: string): WebhookAddresses => ({
  inboundUrl: `${publicUrl}/webhooks/twilio/inbound#rc=3&rt=9000&rp=5xx,ct,rt`,
  inboundMethod: 'POST',
  fallbackUrl: `${publicUrl}/webhooks/twilio/inbound`,
  fallbackMethod: 'POST',
});

const LABELS: Readonly<Record<WebhookRow['name'], string>> = {
  inboundUrl: 'Texts are posted to',
  inboundMethod: 'Method',
  fallbackUrl: 'If that fails, to',
  fallbackMethod: 'Method of the fallback',
  application: 'An application that replaces these addresses',
  statusUrl: 'Delivery reports of messages that name no address',
};

/** Where incoming texts are decided. */
export const placeOfWebhooks = ({ service }: WebhookSettings): WebhookPlace =>
  service === null || service.defersToNumber ? 'number' : 'service';

/** Each setting that matters, beside what it must be. Settings that another one overrides are left out. */
export function compareWebhooks(settings: WebhookSettings, publicUrl: string): WebhookRow[] {
  const place = placeOfWebhooks(settings);
  const addresses = place === 'service' && settings.service !== null ? settings.service : settings.number;
  const wanted = wantedAddresses(publicUrl);
  const names = ['inboundUrl', 'inboundMethod', 'fallbackUrl', 'fallbackMethod'] as const;
  const rows = names.map((name) => rowOf(place, name, addresses[name], wanted[name]));
  if (place === 'number') rows.push(rowOf('number', 'application', settings.number.application, ''));
  if (settings.service !== null) rows.push(reportsRow(settings.service.statusUrl));
  return rows;
}

/** Our messages name an address of their own each, which wins. */
const reportsRow = (statusUrl: string): WebhookRow => rowOf('service', 'statusUrl', statusUrl, statusUrl);

const rowOf = (place: WebhookPlace, name: WebhookRow['name'], found: string, wanted: string): WebhookRow => ({
  place,
  name,
  label: LABELS[name],
  found,
  wanted,
  isRight: found === wanted,
});

export const areWebhooksRight = (rows: readonly WebhookRow[]): boolean =>
  rows.every(({ isRight }) => isRight);
