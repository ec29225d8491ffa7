import { Schema } from 'mongoose';

/** What all processes share about one of our numbers while they send; its configuration is in `senders`. */
export type SenderStateDoc = {
  /** The sender's number. */
  _id: string;
  pace?: SenderPace;
  /** An error of the whole account or number: nothing leaves until a person resumes it. */
  stopped?: { code: string; why: string; at: Date } | null;
  /** When a person last resumed it; absent where nobody did. */
  resumedAt?: Date;
  /** Open circuit: nothing leaves before. */
  pausedUntil?: Date | null;
  /** Failures since the last success. */
  failures?: number;
  /** The carrier's queue for it is full: no offer leaves before. */
  offersFrom?: Date;
};

/** Times in ms since the epoch on the database's clock, with fractions. */
export type SenderPace = {
  /** Start of the next free slot. */
  slot: number;
  [field: string]: unknown;
};

export const senderStateSchema = new Schema(
  {
    _id: String,
    pace: Schema.Types.Mixed,
    stopped: Schema.Types.Mixed,
    resumedAt: Date,
    pausedUntil: Date,
    failures: Number,
    offersFrom: Date,
  },
  { collection: 'senderStates', strict: 'throw', versionKey: false, autoIndex: false },
);
