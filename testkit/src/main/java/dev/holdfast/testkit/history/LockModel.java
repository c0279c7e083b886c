// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An exclusive lock with fencing tokens. An {@code acquire} that is {@code OK} tells the {@code
 * token}, which is greater than each before it; {@code view} answers {@code session}, {@code
 * holder} and {@code token} of who holds it, or nothing.
 */
public final class LockModel extends GrantModel<LockModel.Grant> {
  private static final long UNTOLD = 0;

  /**
   * @param held null while nobody has it
   */
  record Grant(@Nullable Held held, long lastToken) {
    Grant free() {
      return new Grant(null, lastToken);
    }

    @Override
    public String toString() {
      return "held by " + held + ", last token " + lastToken;
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

  /** Of a lock that nobody has ever held. */
  public LockModel() {
    super(new Grant(null, UNTOLD));
  }

  @Override
  boolean holds(Grant grant, Operation operation) {
    return grant.held != null && grant.held.isOf(operation.in("session"), operation.in("holder"));
  }

  @Override
  boolean mayBeFull(Grant grant) {
    return grant.held != null;
  }

  @Override
  List<State<Grant>> acquired(State<Grant> state, Operation operation, long latestNanos) {
    String session = operation.in("session");
    long token = operation.isOk() ? Long.parseLong(operation.out("token")) : UNTOLD;
    if (holds(state.grants(), operation)) {
      return known(state, token);
    }
    Held held = new Held(session, operation.in("holder"), token, !operation.isOk());
    return freed(state, latestNanos)
        .filter(free -> free.sessions().isAlive(session))
        .filter(free -> token == UNTOLD || token > free.grants().lastToken)
        .map(free -> free.with(new Grant(held, Math.max(token, free.grants().lastToken))))
        .stream()
        .toList();
  }

  /** Who holds it already is told the token that there is. */
  private static List<State<Grant>> known(State<Grant> state, long token) {
    Held held = Objects.requireNonNull(state.grants().held);
    if (token == UNTOLD || token == held.token) {
      return List.of(state);
    }
    boolean isFirst = held.token == UNTOLD && token > state.grants().lastToken;
    Held now = new Held(held.session, held.holder, token, held.mayBeTakenBack);
    return isFirst ? List.of(state.with(new Grant(now, token))) : List.of();
  }

  @Override
  Grant without(Grant grant, Operation operation) {
    return grant.free();
  }

  @Override
  Optional<State<Grant>> ended(State<Grant> state, Operation operation, long latestNanos) {
    return freed(state, latestNanos);
  }

  @Override
  List<State<Grant>> viewed(State<Grant> state, Operation operation, long latestNanos) {
    String session = operation.outIfAny("session");
    if (session == null) {
      return freed(state, latestNanos).stream().toList();
    }
    Held held = state.grants().held;
    boolean same = held != null && held.isOf(session, operation.out("holder"));
    return same ? known(state, Long.parseLong(operation.out("token"))) : List.of();
  }

  /** The state in which nobody holds it, if it can have come to that without a release. */
  private static Optional<State<Grant>> freed(State<Grant> state, long latestNanos) {
    Held held = state.grants().held;
    if (held == null) {
      return Optional.of(state);
    }
    return state
        .sessions()
        .afterLossOf(held.session, held.mayBeTakenBack, latestNanos)
        .map(sessions -> new State<>(sessions, state.grants().free()));
  }
}
