/** Classes of message, as "who may get what" tells them apart (`may-receive.ts`). */
export const MESSAGE_CLASSES = [
  'reply',
  'help',
  'joining-help',
  'unknown-answer',
  'required-answer',
  'opt-out-confirmation',
  'hold-notice',
  'prompt',
  'staff-answer',
  'transactional',
  'marketing',
] as const;
export type MessageClass = (typeof MESSAGE_CLASSES)[number];
