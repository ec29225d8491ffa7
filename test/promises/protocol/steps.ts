import { dispatcherMoves } from './dispatcher.ts';
import { joinerMoves, newHolderMoves, planMoves } from './opt-in.ts';
import { optOutMoves } from './opt-out.ts';
import { at, type ModelMove, type ModelState, type ModelWorld } from './state.ts';
import { surroundingMoves } from './surroundings.ts';
import { textMoves } from './texts.ts';
import { yesMoves } from './yes.ts';

/** Every possible next step. The list is empty when the system is at rest. */
export function movesFrom(world: ModelWorld, state: ModelState): ModelMove[] {
  const moves = surroundingMoves(world, state);
  for (let place = 0; place < state.processes.length; place += 1) {
    const { role } = at(state.processes, place);
    switch (role) {
      case 'dispatcher':
        moves.push(...dispatcherMoves(world, state, place));
        break;
      case 'opt-out':
        moves.push(...optOutMoves(world, state, place));
        break;
      case 'yes':
        moves.push(...yesMoves(world, state, place));
        break;
      case 'text':
        moves.push(...textMoves(world, state, place));
        break;
      case 'plan':
        moves.push(...planMoves(state, place));
        break;
      case 'new-holder':
        moves.push(...newHolderMoves(world, state, place));
        break;
      case 'joiner':
        moves.push(...joinerMoves(state, place));
        break;
      default:
        role satisfies never;
    }
  }
  return moves;
}
