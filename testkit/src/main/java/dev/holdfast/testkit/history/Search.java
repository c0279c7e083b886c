// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The search of one object, depth first. An operation may be next when it was called before any of
 * those that are left has returned. Operations with an answer must all be placed; those without may
 * be.
 *
 * <p>What was tried is remembered by the placed operations and the state. Of two ways to one such
 * point, the one that has used fewer of the operations without answer can do all that the other
 * can, so a way that has used more is not gone again. Without that, each write of unknown outcome
 * would double the search.
 */
final class Search<S> {
  private static final int STATES_PER_LOOK_AT_THE_CLOCK = 256;

  private final Model<S> model;
  private final String object;
  private final Duration limit;

  /** With an answer, in the order of their calls. */
  private final List<Operation> closed;

  /** Changes without an answer, in the order of their calls. */
  private final List<Operation> open;

  private final BitSet placed = new BitSet();
  private final BitSet used = new BitSet();
  private final Map<Point<S>, List<BitSet>> tried = new HashMap<>();
  private final Deque<Step<S>> path = new ArrayDeque<>();
  private long states;
  private int farthest = -1;
  private List<Operation> longest = List.of();
  private S longestState;
  private List<Operation> stuck = List.of();

  Search(Model<S> model, String object, List<Operation> operations, Duration limit) {
    this.model = model;
    this.object = object;
    this.limit = limit;
    this.longestState = model.initial();
    Comparator<Operation> byCall = Comparator.comparingLong(Operation::callNanos);
    this.closed =
        operations.stream()
            .filter(operation -> operation.isOk() || operation.isRefused())
            .sorted(byCall)
            .toList();
    this.open =
        operations.stream()
            .filter(operation -> operation.isUnknown() && model.changes(operation))
            .sorted(byCall)
            .toList();
  }

  /** A move: this operation (closed ones first, then open ones) leads to this state. */
  private record Move<S>(int index, S state) {}

  /** What was moved to get here, from which state, and where one may go from here. */
  private record Step<S>(Move<S> move, S before, Iterator<Move<S>> next) {}

  /** All before {@code first} and the marked ones from there on are placed. */
  private record Point<S>(int first, BitSet beyond, S state) {}

  Verdict run() {
    long end = System.nanoTime() + limit.toNanos();
    Move<S> nothing = new Move<>(-1, model.initial());
    path.push(new Step<>(nothing, nothing.state, moves(nothing, nothing.state).iterator()));
    while (placed.cardinality() < closed.size()) {
      if (states % STATES_PER_LOOK_AT_THE_CLOCK == 0 && System.nanoTime() - end > 0) {
        return new Verdict.Undecided(object, limit, states);
      }
      Step<S> here = path.element();
      if (here.next.hasNext()) {
        go(here.next.next(), here.move.state);
        continue;
      }
      rememberHowFar(here.move.state);
      if (path.size() == 1) {
        return new Verdict.Violated(object, longest, String.valueOf(longestState), stuck);
      }
      mark(path.pop().move.index, false);
    }
    return new Verdict.Linearizable(object, closed.size(), states);
  }

  private void go(Move<S> move, S before) {
    mark(move.index, true);
    if (isNew(move.state)) {
      states++;
      path.push(new Step<>(move, before, moves(move, before).iterator()));
    } else {
      mark(move.index, false);
    }
  }

  private void mark(int index, boolean is) {
    if (index < closed.size()) {
      placed.set(index, is);
    } else {
      used.set(index - closed.size(), is);
    }
  }

  private boolean isNew(S state) {
    int first = placed.nextClearBit(0);
    Point<S> point = new Point<>(first, placed.get(first, closed.size()), state);
    List<BitSet> ways = tried.computeIfAbsent(point, _ -> new ArrayList<>(1));
    for (BitSet way : ways) {
      if (isWithin(way, used)) {
        return false;
      }
    }
    ways.removeIf(way -> isWithin(used, way));
    ways.add((BitSet) used.clone());
    return true;
  }

  private static boolean isWithin(BitSet some, BitSet all) {
    BitSet beyond = (BitSet) some.clone();
    beyond.andNot(all);
    return beyond.isEmpty();
  }

  private List<Move<S>> moves(Move<S> last, S before) {
    S state = last.state;
    boolean afterOpen = last.index >= closed.size();
    long latest = latest();
    List<Move<S>> moves = new ArrayList<>();
    for (int i : candidates()) {
      for (S next : model.step(state, closed.get(i), latest)) {
        moves.add(new Move<>(i, next));
      }
    }
    for (int i = used.nextClearBit(0); i < open.size(); i = used.nextClearBit(i + 1)) {
      if (open.get(i).callNanos() > latest) {
        break;
      }
      for (S next : model.step(state, open.get(i), latest)) {
        // What comes out without the last one as well is looked at without it.
        boolean asBefore = afterOpen && model.step(before, open.get(i), latest).contains(next);
        if (!next.equals(state) && !asBefore) {
          moves.add(new Move<>(closed.size() + i, next));
        }
      }
    }
    return moves;
  }

  /** The first return of those that are left: whatever comes next was called before it. */
  private long latest() {
    long latest = Operation.OPEN;
    for (int i = placed.nextClearBit(0); i < closed.size(); i = placed.nextClearBit(i + 1)) {
      if (closed.get(i).callNanos() > latest) {
        break;
      }
      latest = Math.min(latest, closed.get(i).returnNanos());
    }
    return latest;
  }

  private List<Integer> candidates() {
    long latest = latest();
    List<Integer> candidates = new ArrayList<>();
    for (int i = placed.nextClearBit(0); i < closed.size(); i = placed.nextClearBit(i + 1)) {
      if (closed.get(i).callNanos() > latest) {
        break;
      }
      candidates.add(i);
    }
    return candidates;
  }

  private void rememberHowFar(S state) {
    if (placed.cardinality() <= farthest) {
      return;
    }
    farthest = placed.cardinality();
    List<Operation> order = new ArrayList<>();
    for (Iterator<Step<S>> steps = path.descendingIterator(); steps.hasNext(); ) {
      int index = steps.next().move.index;
      if (index >= 0) {
        order.add(index < closed.size() ? closed.get(index) : open.get(index - closed.size()));
      }
    }
    longest = order;
    longestState = state;
    stuck = candidates().stream().map(closed::get).toList();
  }
}
