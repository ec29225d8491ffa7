/**
 * Functions that the preload defines and the instrumented gateway calls. The normal build of the gateway does not see this file.
 */
declare global {
  /** Passes a kill point. `delivery`: the current row, if there is one. */
  var crashPoint: (name: string, delivery?: string) => void;
  /** Notes the owner of the claims that the next batch may make. */
  var crashOwns: (owner: string) => void;
  /** Notes that a hand-over begins. */
  var crashBegun: (delivery: string, epoch: number, sender: string) => void;
  /** Notes that a hand-over is over. */
  var crashEnded: (delivery: string, epoch: number) => void;
  /** Notes a text that lies in the spool while it is answered. */
  var crashSpooled: (sid: string) => void;
}

export {};
