import type { Subscription } from '../../../src/domain/consent/consent-state.ts';
import type { Profile } from '../../../src/domain/contacts/profile.ts';
import type { LeafOf, Tree } from '../../../src/domain/segments/tree.ts';
import type { Send } from '../../../src/store/contacts/contacts.ts';
import { milesOf, POINTS_OF } from './by-hand.ts';

/** What a segment reads of a contact. */
export type SegmentContact = {
  _id: string;
  current: boolean;
  language: string | null;
  createdAt: Date;
  subscriptions: (Omit<Subscription, 'basis'> & {
    basis: Omit<NonNullable<Subscription['basis']>, 'words'> | null;
  })[];
  profile?: Profile;
  areaCode?: string | null;
  repliedAt?: Date;
  sends?: Send[];
};

const MS = 24 * 60 * 60 * 1000;
const dayNumber = (at: Date): number => Math.floor(at.getTime() / MS);

/** Who belongs, one contact and one clause at a time: written from the words of the rules, not from the filter. */
export class Naive {
  private readonly now: Date;
  private readonly segments: ReadonlyMap<string, Tree>;
  constructor(now: Date, segments: ReadonlyMap<string, Tree>) {
    this.now = now;
    this.segments = segments;
  }

  belongs(contact: SegmentContact, tree: Tree): boolean {
    return contact.current && this.matches(contact, tree);
  }

  matches(contact: SegmentContact, tree: Tree): boolean {
    const profile = contact.profile;
    const place = profile?.place;
    const isIn = (value: string | null | undefined, list: readonly string[]): boolean =>
      value !== null && value !== undefined && list.includes(value);
    switch (tree.kind) {
      case 'all':
        return tree.of.every((child) => this.matches(contact, child));
      case 'any':
        return tree.of.some((child) => this.matches(contact, child));
      case 'none':
        return tree.of.every((child) => !this.matches(contact, child));
      case 'everyone':
        return true;
      case 'segment': {
        const named = this.segments.get(tree.id);
        if (!named) throw new Error('no such segment');
        return this.matches(contact, named);
      }
      case 'age': {
        if (!profile?.birthDate) return false;
        const years = this.ageOf(profile.birthDate);
        return years >= (tree.from ?? 0) && years <= (tree.to ?? 1000);
      }
      case 'gender':
        return isIn(profile?.gender, tree.oneOf);
      case 'language':
        return isIn(contact.language, tree.oneOf);
      case 'country':
        return isIn(place?.country, tree.oneOf);
      case 'state':
        return isIn(place?.state, tree.oneOf);
      case 'city':
        return isIn(place?.city, tree.oneOf);
      case 'zip':
        return isIn(place?.zip, tree.oneOf);
      case 'zone':
        return isIn(place?.zone, tree.oneOf);
      case 'zip-area':
        return tree.oneOf.some((area) => (place?.zip ?? '').startsWith(area));
      case 'interest':
        return (profile?.interests ?? []).some((interest) => tree.oneOf.includes(interest));
      case 'list':
        return (profile?.lists ?? []).some((list) => tree.oneOf.includes(list));
      case 'near':
        return place?.zip != null && (milesOf(place.zip, tree.zip) ?? Infinity) <= tree.miles;
      case 'area-code':
        return isIn(contact.areaCode, tree.oneOf);
      case 'weak-zone':
        return !profile?.zoneSure;
      case 'engagement':
        return tree.oneOf.some((level) => level === this.level(profile));
      case 'sent':
        return (contact.sends ?? []).some(
          (send) =>
            (tree.campaign === undefined ||
              send.campaign === tree.campaign ||
              send.campaign.split('.')[0] === tree.campaign) &&
            (tree.delivered === undefined || send.delivered) &&
            (tree.clicked === undefined || (send.clicked ?? false) === tree.clicked) &&
            !(tree.clicked === false && send.unknown) &&
            this.aged(send.at, { newerThanDays: tree.days ?? 1e6 }),
        );
      case 'replied':
        return contact.repliedAt ? this.aged(contact.repliedAt, { newerThanDays: tree.days ?? 1e6 }) : false;
      case 'ignored':
        return this.ignored(contact, tree.last);
      case 'contact':
        return tree.oneOf.includes(contact._id);
      case 'known':
        return this.known(contact, tree.what);
      case 'field':
        return this.field(profile, tree);
      case 'stage': {
        const stage = profile?.stage;
        return stage ? tree.oneOf.includes(stage.name) && this.aged(stage.since, tree) : false;
      }
      case 'added':
        return this.aged(contact.createdAt, tree);
      case 'subscription':
        return contact.subscriptions.some((subscription) => this.subscription(subscription, tree));
      case 'did': {
        const rows = this.rows(profile, tree);
        const times = rows.reduce((total, row) => total + row.count, 0);
        const cents = rows.reduce((total, row) => total + Math.round(row.sum * 100), 0);
        if (times < (tree.times ?? 1) || times > (tree.timesAtMost ?? times)) return false;
        if (tree.sum !== undefined && cents < Math.round(tree.sum * 100)) return false;
        return tree.sumAtMost === undefined || cents <= Math.round(tree.sumAtMost * 100);
      }
      case 'did-not':
        return !this.rows(profile, tree).some(({ count }) => count > 0);
    }
  }

  private ignored({ sends = [], repliedAt, profile }: SegmentContact, last: number): boolean {
    const first = sends.filter(({ unknown }) => !unknown)[last - 1]?.at;
    if (first === undefined || (repliedAt && repliedAt >= first)) return false;
    return !(profile?.days ?? []).some(
      (row) => row.type === 'click' && dayNumber(row.day) >= dayNumber(first),
    );
  }

  /** Score of each row as it stands now, added up. */
  private level(profile: Profile | undefined): string {
    const score = (profile?.days ?? []).reduce((sum, { type, day, count }) => {
      const months = (this.now.getTime() - day.getTime()) / MS / 30;
      return sum + (POINTS_OF[type] ?? 5) * Math.min(count, 3) * 0.5 ** months;
    }, 0);
    if (score >= 25) return 'champion';
    if (score >= 5) return 'active';
    return score >= 1 ? 'at-risk' : 'dormant';
  }

  /** Full years by the calendar of whoever has the day last, eleven hours after UTC: one less until month and day have come. */
  private ageOf(birthDate: string): number {
    const [year = 0, month = 0, day = 0] = birthDate.split('-').map(Number);
    const there = new Date(this.now.getTime() - (11 / 24) * MS);
    const [thisMonth, today] = [there.getUTCMonth() + 1, there.getUTCDate()];
    const hadBirthday = thisMonth > month || (thisMonth === month && today >= day);
    return there.getUTCFullYear() - year - (hadBirthday ? 0 : 1);
  }

  private aged(at: Date, asked: { olderThanDays?: number; newerThanDays?: number }): boolean {
    const days = (this.now.getTime() - at.getTime()) / MS;
    return days <= (asked.newerThanDays ?? Infinity) && days > (asked.olderThanDays ?? -Infinity);
  }

  private known(contact: SegmentContact, what: LeafOf<'known'>['what']): boolean {
    const profile = contact.profile;
    if (what === 'language') return contact.language !== null;
    if (!profile) return false;
    if (what === 'birth-date') return profile.birthDate !== null;
    if (what === 'gender' || what === 'stage') return profile[what] !== null;
    return profile.place[what] !== null;
  }

  private field(profile: Profile | undefined, { name, test }: LeafOf<'field'>): boolean {
    if (!profile || !Object.hasOwn(profile.fields, name)) return false;
    const value = profile.fields[name];
    const away = value instanceof Date ? dayNumber(value) - dayNumber(this.now) : Number.NaN;
    switch (test.kind) {
      case 'known':
        return true;
      case 'is':
        return value === test.value;
      case 'one-of':
        return typeof value === 'string' && test.values.includes(value);
      case 'starts-with':
        return typeof value === 'string' && value.startsWith(test.value);
      case 'between':
        return (
          typeof value === 'number' && value >= (test.low ?? -Infinity) && value <= (test.high ?? Infinity)
        );
      case 'before':
        return value instanceof Date && value.toISOString().slice(0, 10) < test.date;
      case 'after':
        return value instanceof Date && value.toISOString().slice(0, 10) > test.date;
      case 'within':
        return test.direction === 'past' ? away <= 0 && away >= -test.days : away >= 0 && away <= test.days;
    }
  }

  private subscription(
    subscription: SegmentContact['subscriptions'][number],
    asked: LeafOf<'subscription'>,
  ): boolean {
    const { basis } = subscription;
    if (subscription.state !== asked.state) return false;
    if (asked.program !== undefined && subscription.program !== asked.program) return false;
    if (asked.topics && !subscription.topics.some((topic) => asked.topics?.includes(topic))) return false;
    if (asked.purposes && !asked.purposes.some((purpose) => subscription.purposes.includes(purpose)))
      return false;
    if (asked.channels && !(basis && asked.channels.includes(basis.channel))) return false;
    if (asked.olderThanDays === undefined && asked.newerThanDays === undefined) return true;
    return basis !== null && this.aged(basis.at, asked);
  }

  private rows(profile: Profile | undefined, asked: LeafOf<'did'> | LeafOf<'did-not'>): Profile['days'] {
    return (profile?.days ?? []).filter((row) => {
      const date = row.day.toISOString().slice(0, 10);
      return (
        row.type === asked.event &&
        dayNumber(this.now) - dayNumber(row.day) <= (asked.days ?? Infinity) &&
        (asked.since === undefined || date >= asked.since) &&
        (asked.before === undefined || date < asked.before)
      );
    });
  }
}
