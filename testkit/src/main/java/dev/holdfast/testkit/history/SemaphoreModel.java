package dev.holdfast.testkit.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A semaphore, together with the sessions that use it. The operations are those of {@link
 * LockModel}; {@code acquire} also names its {@code permits}, no token is told, and {@code view}
 * answers {@code owners}: {@code SESSION/HOLDER} of each, separated by commas.
 */
public final class SemaphoreModel implements Model<SemaphoreModel.State> {
  private final int max;
  private final int widest;

  /**
   * @param max all permits
   * @param widest the most that one request of the history asks for: since the queue is fair, a
   *     small request may have to wait behind a wide one
   */
  public SemaphoreModel(int max, int widest) {
    this.max = max;
    this.widest = widest;
  }

  /** What the model knows; opaque. */
  public static final class State {
    final Sessions sessions;
    final SortedMap<String, Part> out;

    State(Sessions sessions, SortedMap<String, Part> out) {
      this.sessions = sessions;
      this.out = out;
    }

    int permitsOut() {
      return out.values().stream().mapToInt(Part::permits).sum();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof State state
          && out.equals(state.out)
          && sessions.equals(state.sessions);
    }

    @Override
    public int hashCode() {
      return 31 * sessions.hashCode() + out.hashCode();
    }

    @Override
    public String toString() {
      return "out " + out + ", " + sessions;
    }
  }

  record Part(String session, int permits, boolean mayBeTakenBack) {}

  @Override
  public State initial() {
    return new State(Sessions.NONE, new TreeMap<>());
  }

  @Override
  public boolean changes(Operation operation) {
    return switch (operation.name()) {
      case "acquire", "release" -> true;
      default -> SessionModel.isChange(operation);
    };
  }

  @Override
  public List<State> step(State state, Operation operation, long latestNanos) {
    return switch (operation.name()) {
      case "acquire" ->
          operation.isRefused()
              ? refused(state, operation, latestNanos)
              : acquired(state, operation, latestNanos);
      case "release" ->
          operation.isRefused()
              ? refused(state, operation, latestNanos)
              : released(state, operation);
      case "view" -> viewed(state, operation, latestNanos);
      default ->
          SessionModel.step(state.sessions, operation, latestNanos)
              .orElseThrow(() -> new IllegalArgumentException("no semaphore does: " + operation))
              .stream()
              .map(sessions -> new State(sessions, state.out))
              .toList();
    };
  }

  private static String owner(Operation operation) {
    return operation.in("session") + "/" + operation.in("holder");
  }

  private List<State> acquired(State state, Operation operation, long latestNanos) {
    String session = operation.in("session");
    if (!state.sessions.isAlive(session)) {
      return List.of();
    }
    if (state.out.containsKey(owner(operation))) {
      return List.of(state);
    }
    Part part = new Part(session, Integer.parseInt(operation.in("permits")), !operation.isOk());
    List<State> after = new ArrayList<>();
    for (State room : withRoomFor(state, part.permits, latestNanos)) {
      if (room.sessions.isAlive(session)) {
        SortedMap<String, Part> out = new TreeMap<>(room.out);
        out.put(owner(operation), part);
        after.add(new State(room.sessions, out));
      }
    }
    return after;
  }

  /** All ways to come to so much room by taking no more back than is needed. */
  private List<State> withRoomFor(State state, int permits, long latestNanos) {
    if (state.permitsOut() + permits <= max) {
      return List.of(state);
    }
    Set<State> ways = new LinkedHashSet<>();
    for (String owner : state.out.keySet()) {
      State without = without(state, owner, latestNanos);
      if (without != null) {
        ways.addAll(withRoomFor(without, permits, latestNanos));
      }
    }
    return List.copyOf(ways);
  }

  /** Null when the permits of this owner cannot have come back without a release. */
  private static @Nullable State without(State state, String owner, long latestNanos) {
    Part part = Objects.requireNonNull(state.out.get(owner));
    if (!part.mayBeTakenBack && !state.sessions.mayBeOver(part.session, latestNanos)) {
      return null;
    }
    SortedMap<String, Part> out = new TreeMap<>(state.out);
    out.remove(owner);
    return new State(part.mayBeTakenBack ? state.sessions : state.sessions.over(part.session), out);
  }

  private List<State> refused(State state, Operation operation, long latestNanos) {
    String session = operation.in("session");
    boolean own = state.out.containsKey(owner(operation));
    return switch (operation.out("why")) {
      case "gone" ->
          SessionModel.gone(state.sessions, session, latestNanos).stream()
              .map(sessions -> new State(sessions, state.out))
              .toList();
      case "held" ->
          state.sessions.isAlive(session) && !own && state.permitsOut() + widest > max
              ? List.of(state)
              : List.of();
      case "notHeld" -> {
        State without = own ? without(state, owner(operation), latestNanos) : state;
        yield without == null ? List.of() : List.of(without);
      }
      default -> throw new IllegalArgumentException("no semaphore refuses so: " + operation);
    };
  }

  private static List<State> released(State state, Operation operation) {
    if (!state.out.containsKey(owner(operation))) {
      return List.of();
    }
    SortedMap<String, Part> out = new TreeMap<>(state.out);
    out.remove(owner(operation));
    return List.of(new State(state.sessions, out));
  }

  private static List<State> viewed(State state, Operation operation, long latestNanos) {
    Set<String> seen =
        Arrays.stream(operation.out("owners").split(",", -1))
            .filter(owner -> !owner.isEmpty())
            .collect(Collectors.toCollection(TreeSet::new));
    State left = state;
    for (String owner : state.out.keySet()) {
      if (left != null && !seen.contains(owner)) {
        left = without(left, owner, latestNanos);
      }
    }
    return left != null && left.out.keySet().equals(seen) ? List.of(left) : List.of();
  }
}
