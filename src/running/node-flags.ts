/**
 * How each role's process uses its memory, as flags of V8. Texts live for some hundred milliseconds: with room for that
 * long, far less of them is copied. A worker plans in slices that live longer and end as garbage of the old space, which
 * V8 would let grow to twice what is alive: collected sooner, it holds half as much at the same speed.
 */
export const NODE_FLAGS = {
  web: ['--max-semi-space-size=128'],
  worker: ['--max-semi-space-size=16', '--heap-growing-percent=50'],
} as const;
