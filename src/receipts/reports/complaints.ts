import type { Desk } from '../../consent/desk.ts';
import { HOUR_MS } from '../../domain/durations.ts';
import { grouped } from '../../domain/grouped.ts';
import type { Program } from '../../domain/program.ts';
import { ATTRIBUTION_HOURS, messageBefore } from '../../domain/reports/attribution.ts';
import { boundsOf, type Period } from '../../domain/reports/period.ts';
import { type Complaint, complaintsTo } from '../../store/reports/complaints.ts';
import { campaignMessages } from '../../store/reports/consents.ts';
import { type TimeLeft, WHOLE_TIME } from '../../store/reports/time-left.ts';

const BATCH = 500;

/**
 * People who complained in words to a number of some programs, by the campaign of these programs that texted them before;
 * "" where none did. Who complained of one campaign several times is counted once.
 */
export async function complaintsOf(
  desk: Desk,
  programs: readonly Program[],
  period: Period,
  left = WHOLE_TIME,
): Promise<ReadonlyMap<string, number>> {
  const people = new Map<string, Set<string>>();
  for (const program of programs) {
    const span = {
      from: boundsOf(program.zone, period.since).from,
      to: boundsOf(program.zone, period.until).to,
    };
    let batch: Complaint[] = [];
    for await (const one of complaintsTo(desk.store, program.numbers, span, left())) {
      batch.push(one);
      if (batch.length < BATCH) continue;
      await attribute(desk, programs, batch, { people, left });
      batch = [];
    }
    await attribute(desk, programs, batch, { people, left });
  }
  return new Map([...people].map(([campaign, contacts]) => [campaign, contacts.size]));
}

async function attribute(
  desk: Desk,
  programs: readonly Program[],
  texts: readonly Complaint[],
  { people, left }: { people: Map<string, Set<string>>; left: TimeLeft },
): Promise<void> {
  const [first, last] = [texts[0], texts.at(-1)];
  if (first === undefined || last === undefined) return;
  const during = {
    from: new Date(first.receivedAt.getTime() - ATTRIBUTION_HOURS * HOUR_MS),
    to: last.receivedAt,
  };
  const contacts = [...new Set(texts.map(({ contact }) => contact))];
  const messages = await campaignMessages(desk.store, contacts, during, left());
  const own = messages.filter(({ program }) => programs.some(({ id }) => id === program));
  const byContact = grouped(own, ({ contact }) => contact);
  for (const { contact, receivedAt } of texts) {
    const campaign = messageBefore(byContact.get(contact) ?? [], receivedAt)?.campaign ?? '';
    people.set(campaign, (people.get(campaign) ?? new Set()).add(contact));
  }
}
