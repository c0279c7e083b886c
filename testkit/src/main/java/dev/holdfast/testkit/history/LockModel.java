package dev.holdfast.testkit.history;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An exclusive lock with fencing tokens, together with the sessions that use it: the history of one
 * lock has their operations ({@link SessionModel}) as well.
 *
 * <table>
 *   <caption>Operations</caption>
 *   <tr><th>Name</th><th>Input</th><th>{@code OK} with</th><th>{@code REFUSED}, {@code why}</th></tr>
 *   <tr><td>{@code acquire}</td><td>{@code session}, {@code holder}</td><td>{@code token}</td>
 *   <td>{@code held}, {@code gone}</td></tr>
 *   <tr><td>{@code release}</td><td>{@code session}, {@code holder}</td><td></td>
 *   <td>{@code notHeld}, {@code gone}</td></tr>
 *   <tr><td>{@code view}</td><td></td><td>{@code session}, {@code holder}, {@code token} of who
 *   holds it, or nothing</td><td></td></tr>
 * </table>
 *
 * <p>A grant ends with its release, or some time after its session has. An acquire without answer
 * may be granted, and may then be taken back by the service, which was told that nobody listens. A
 * token is greater than each before it.
 */
public final class LockModel implements Model<LockModel.State> {
  private static final long UNTOLD = 0;

  /** What the model knows; opaque. */
  public static final class State {
    final Sessions sessions;
    final @Nullable Held held;
    final long lastToken;

    State(Sessions sessions, @Nullable Held held, long lastToken) {
      this.sessions = sessions;
      this.held = held;
      this.lastToken = lastToken;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof State state
          && lastToken == state.lastToken
          && Objects.equals(held, state.held)
          && sessions.equals(state.sessions);
    }

    @Override
    public int hashCode() {
      return Objects.hash(sessions, held, lastToken);
    }

    @Override
    public String toString() {
      return "held by " + held + ", last token " + lastToken + ", " + sessions;
    }
  }

  /**
   * @param token {@link #UNTOLD} while nobody was told it
   * @param mayBeTakenBack its acquire was not answered
   */
  record Held(String session, String holder, long token, boolean mayBeTakenBack) {
    boolean isOf(String session, String holder) {
      return this.session.equals(session) && this.holder.equals(holder);
    }
  }

  @Override
  public State initial() {
    return new State(Sessions.NONE, null, UNTOLD);
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
              .orElseThrow(() -> new IllegalArgumentException("no lock does: " + operation))
              .stream()
              .map(sessions -> new State(sessions, state.held, state.lastToken))
              .toList();
    };
  }

  private static List<State> acquired(State state, Operation operation, long latestNanos) {
    String session = operation.in("session");
    String holder = operation.in("holder");
    long token = operation.isOk() ? Long.parseLong(operation.out("token")) : UNTOLD;
    if (!state.sessions.isAlive(session)) {
      return List.of();
    }
    if (state.held != null && state.held.isOf(session, holder)) {
      return known(state, token);
    }
    return freed(state, latestNanos)
        .filter(free -> free.sessions.isAlive(session))
        .filter(free -> token == UNTOLD || token > free.lastToken)
        .map(free ->
            List.of(
                new State(
                    free.sessions,
                    new Held(session, holder, token, !operation.isOk()),
                    Math.max(token, free.lastToken))))
        .orElse(List.of());
  }

  /** Who holds it already is told the token that there is. */
  private static List<State> known(State state, long token) {
    Held held = Objects.requireNonNull(state.held);
    if (token == UNTOLD || token == held.token) {
      return List.of(state);
    }
    boolean isFirst = held.token == UNTOLD && token > state.lastToken;
    Held now = new Held(held.session, held.holder, token, held.mayBeTakenBack);
    return isFirst ? List.of(new State(state.sessions, now, token)) : List.of();
  }

  private static List<State> refused(State state, Operation operation, long latestNanos) {
    String session = operation.in("session");
    String holder = operation.in("holder");
    boolean own = state.held != null && state.held.isOf(session, holder);
    return switch (operation.out("why")) {
      case "gone" ->
          SessionModel.gone(state.sessions, session, latestNanos).stream()
              .map(sessions -> new State(sessions, state.held, state.lastToken))
              .toList();
      case "held" ->
          state.sessions.isAlive(session) && state.held != null && !own
              ? List.of(state)
              : List.of();
      case "notHeld" ->
          own ? freed(state, latestNanos).map(List::of).orElse(List.of()) : List.of(state);
      default -> throw new IllegalArgumentException("no lock refuses so: " + operation);
    };
  }

  private static List<State> released(State state, Operation operation) {
    boolean own =
        state.held != null && state.held.isOf(operation.in("session"), operation.in("holder"));
    return own ? List.of(new State(state.sessions, null, state.lastToken)) : List.of();
  }

  private static List<State> viewed(State state, Operation operation, long latestNanos) {
    String session = operation.outIfAny("session");
    if (session == null) {
      return freed(state, latestNanos).map(List::of).orElse(List.of());
    }
    boolean same = state.held != null && state.held.isOf(session, operation.out("holder"));
    return same ? known(state, Long.parseLong(operation.out("token"))) : List.of();
  }

  /** The state in which nobody holds it, if it can have come to that without a release. */
  private static Optional<State> freed(State state, long latestNanos) {
    Held held = state.held;
    if (held == null) {
      return Optional.of(state);
    }
    if (held.mayBeTakenBack) {
      return Optional.of(new State(state.sessions, null, state.lastToken));
    }
    return state.sessions.mayBeOver(held.session, latestNanos)
        ? Optional.of(new State(state.sessions.over(held.session), null, state.lastToken))
        : Optional.empty();
  }
}
