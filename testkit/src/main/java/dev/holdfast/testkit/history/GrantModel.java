// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.util.List;
import java.util.Optional;

/**
 * Something that is granted to holders, together with the sessions that these belong to: the
 * history of one such object has the operations of {@link SessionModel} as well.
 *
 * <table>
 *   <caption>Operations</caption>
 *   <tr><th>Name</th><th>Input</th><th>{@code REFUSED}, {@code why}</th></tr>
 *   <tr><td>{@code acquire}</td><td>{@code session}, {@code holder}</td>
 *   <td>{@code held}, {@code gone}</td></tr>
 *   <tr><td>{@code release}</td><td>{@code session}, {@code holder}</td>
 *   <td>{@code notHeld}, {@code gone}</td></tr>
 *   <tr><td>{@code view}</td><td></td><td></td></tr>
 * </table>
 *
 * <p>A grant ends with its release, or some time after its session has. An acquire without answer
 * may be granted, and may then be taken back by the service, which was told that nobody listens.
 *
 * @param <G> what is granted to whom, with {@code equals}
 */
public abstract sealed class GrantModel<G> implements Model<GrantModel.State<G>>
    permits LockModel, SemaphoreModel {
  private final G none;

  /** What the model knows. */
  record State<G>(Sessions sessions, G grants) {
    State<G> with(Sessions sessions) {
      return new State<>(sessions, grants);
    }

    State<G> with(G grants) {
      return new State<>(sessions, grants);
    }

    @Override
    public String toString() {
      return grants + ", " + sessions;
    }
  }

  /**
   * @param none granted to nobody
   */
  GrantModel(G none) {
    this.none = none;
  }

  @Override
  public final State<G> initial() {
    return new State<>(Sessions.NONE, none);
  }

  @Override
  public final boolean changes(Operation operation) {
    return switch (operation.name()) {
      case "acquire", "release" -> true;
      default -> SessionModel.isChange(operation);
    };
  }

  @Override
  public final List<State<G>> step(State<G> state, Operation operation, long latestNanos) {
    return switch (operation.name()) {
      case "acquire" ->
          operation.isRefused()
              ? refused(state, operation, latestNanos)
              : granted(state, operation, latestNanos);
      case "release" ->
          operation.isRefused()
              ? refused(state, operation, latestNanos)
              : released(state, operation);
      case "view" -> viewed(state, operation, latestNanos);
      default ->
          SessionModel.stepIfAny(state.sessions, operation, latestNanos)
              .orElseThrow(() -> new IllegalArgumentException("nothing does: " + operation))
              .stream()
              .map(state::with)
              .toList();
    };
  }

  private List<State<G>> granted(State<G> state, Operation operation, long latestNanos) {
    return state.sessions.isAlive(operation.in("session"))
        ? acquired(state, operation, latestNanos)
        : List.of();
  }

  private List<State<G>> released(State<G> state, Operation operation) {
    return holds(state.grants, operation)
        ? List.of(state.with(without(state.grants, operation)))
        : List.of();
  }

  private List<State<G>> refused(State<G> state, Operation operation, long latestNanos) {
    String session = operation.in("session");
    boolean holds = holds(state.grants, operation);
    return switch (operation.out("why")) {
      case "gone" ->
          SessionModel.gone(state.sessions, session, latestNanos).stream()
              .map(state::with)
              .toList();
      case "held" ->
          state.sessions.isAlive(session) && !holds && mayBeFull(state.grants)
              ? List.of(state)
              : List.of();
      case "notHeld" ->
          holds ? ended(state, operation, latestNanos).stream().toList() : List.of(state);
      default -> throw new IllegalArgumentException("nothing is refused so: " + operation);
    };
  }

  /** Whether the session and the holder of the operation hold it. */
  abstract boolean holds(G grants, Operation operation);

  /** Whether somebody may have to wait. */
  abstract boolean mayBeFull(G grants);

  /** The states after an acquire by a session that lives, whether it holds it before or not. */
  abstract List<State<G>> acquired(State<G> state, Operation operation, long latestNanos);

  /** What is granted after the release of what the operation's holder holds. */
  abstract G without(G grants, Operation operation);

  /** The state in which the operation's holder has lost it without a release, if it can have. */
  abstract Optional<State<G>> ended(State<G> state, Operation operation, long latestNanos);

  /** The states in which one sees what the operation has seen. */
  abstract List<State<G>> viewed(State<G> state, Operation operation, long latestNanos);
}
