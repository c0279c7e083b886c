// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * A semaphore. An {@code acquire} also names its {@code permits}; {@code view} answers {@code
 * owners}: {@code SESSION/HOLDER} of each, separated by commas.
 */
public final class SemaphoreModel extends GrantModel<SemaphoreModel.Permits> {
  private final int max;
  private final int widest;

  /**
   * @param max all permits
   * @param widest the most that one request of the history asks for: since the queue is fair, a
   *     small request may have to wait behind a wide one
   */
  public SemaphoreModel(int max, int widest) {
    super(new Permits(new TreeMap<>()));
    this.max = max;
    this.widest = widest;
  }

  /**
   * @param out by owner
   */
  record Permits(SortedMap<String, Part> out) {
    int sum() {
      return out.values().stream().mapToInt(Part::permits).sum();
    }

    Permits with(String owner, Part part) {
      SortedMap<String, Part> more = new TreeMap<>(out);
      more.put(owner, part);
      return new Permits(more);
    }

    Permits without(String owner) {
      SortedMap<String, Part> fewer = new TreeMap<>(out);
      fewer.remove(owner);
      return new Permits(fewer);
    }

    @Override
    public String toString() {
      return "out " + out;
    }
  }

  record Part(String session, int permits, boolean mayBeTakenBack) {}

  private static String owner(Operation operation) {
    return operation.in("session") + "/" + operation.in("holder");
  }

  @Override
  boolean holds(Permits permits, Operation operation) {
    return permits.out.containsKey(owner(operation));
  }

  @Override
  boolean mayBeFull(Permits permits) {
    return permits.sum() + widest > max;
  }

  @Override
  List<State<Permits>> acquired(State<Permits> state, Operation operation, long latestNanos) {
    if (holds(state.grants(), operation)) {
      return List.of(state);
    }
    String session = operation.in("session");
    Part part = new Part(session, Integer.parseInt(operation.in("permits")), !operation.isOk());
    List<State<Permits>> after = new ArrayList<>();
    for (State<Permits> room : withRoomFor(state, part.permits, latestNanos)) {
      if (room.sessions().isAlive(session)) {
        after.add(room.with(room.grants().with(owner(operation), part)));
      }
    }
    return after;
  }

  /** All ways to come to so much room by taking no more back than is needed. */
  private List<State<Permits>> withRoomFor(State<Permits> state, int permits, long latestNanos) {
    if (state.grants().sum() + permits <= max) {
      return List.of(state);
    }
    Set<State<Permits>> ways = new LinkedHashSet<>();
    for (String owner : state.grants().out.keySet()) {
      ended(state, owner, latestNanos)
          .ifPresent(without -> ways.addAll(withRoomFor(without, permits, latestNanos)));
    }
    return List.copyOf(ways);
  }

  @Override
  Permits without(Permits permits, Operation operation) {
    return permits.without(owner(operation));
  }

  @Override
  Optional<State<Permits>> ended(State<Permits> state, Operation operation, long latestNanos) {
    return ended(state, owner(operation), latestNanos);
  }

  /** Empty when the permits of this owner cannot have come back without a release. */
  private static Optional<State<Permits>> ended(
      State<Permits> state, String owner, long latestNanos) {
    Part part = Objects.requireNonNull(state.grants().out.get(owner));
    return state
        .sessions()
        .afterLossOf(part.session, part.mayBeTakenBack, latestNanos)
        .map(sessions -> new State<>(sessions, state.grants().without(owner)));
  }

  @Override
  List<State<Permits>> viewed(State<Permits> state, Operation operation, long latestNanos) {
    Set<String> seen =
        Arrays.stream(operation.out("owners").split(",", -1))
            .filter(owner -> !owner.isEmpty())
            .collect(Collectors.toCollection(TreeSet::new));
    Optional<State<Permits>> left = Optional.of(state);
    for (String owner : state.grants().out.keySet()) {
      if (!seen.contains(owner)) {
        left = left.flatMap(before -> ended(before, owner, latestNanos));
      }
    }
    return left.filter(after -> after.grants().out.keySet().equals(seen)).stream().toList();
  }
}
