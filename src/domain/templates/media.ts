/** A picture, film or card of a template: where the carrier fetches it, and what its author says of it. */
export type Media = { url: string; type: MediaType; bytes: number };

const IMAGES = ['image/jpeg', 'image/png', 'image/gif'] as const;
const OTHERS = [
  'image/webp',
  'video/mp4',
  'video/3gpp',
  'audio/mpeg',
  'text/vcard',
  'application/pdf',
] as const;
export const MEDIA_TYPES = [...IMAGES, ...OTHERS] as const;
export type MediaType = (typeof MEDIA_TYPES)[number];

/** Source: Twilio Docs, "Create a Message", `MediaUrl`: ten, 5 MB for what it converts, 500 kB for anything else. */
export const MOST_MEDIA = 10;
const MOST_BYTES = { image: 5_000_000, other: 500_000, together: 5_000_000 };

const isImage = (type: MediaType): boolean => (IMAGES as readonly string[]).includes(type);

/** What the carrier would refuse, by its place in the list; null for the list as a whole. */
export type MediaFault = { at: number | null; problem: string };

/** Sizes are believed, not looked at: nothing of ours fetches an address that somebody wrote. */
export function mediaFaults(media: readonly Media[]): MediaFault[] {
  const faults: MediaFault[] = media.flatMap(({ type, bytes }, at) => {
    const most = isImage(type) ? MOST_BYTES.image : MOST_BYTES.other;
    return bytes <= most
      ? []
      : [{ at, problem: `It has ${bytes} bytes; of ${type} the carrier takes ${most}.` }];
  });
  if (media.length > MOST_MEDIA) faults.push({ at: null, problem: `At most ${MOST_MEDIA}.` });
  const sum = media.reduce((total, { bytes }) => total + bytes, 0);
  if (faults.length === 0 && sum > MOST_BYTES.together) {
    faults.push({ at: null, problem: `Together ${sum} bytes; the carrier takes ${MOST_BYTES.together}.` });
  }
  return faults;
}
