// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One object with versions, or one key of a map.
 *
 * <table>
 *   <caption>Operations</caption>
 *   <tr><th>Name</th><th>Input</th><th>{@code OK} with</th><th>{@code REFUSED} when</th></tr>
 *   <tr><td>{@code read}</td><td></td><td>{@code value}, {@code version}</td><td>absent</td></tr>
 *   <tr><td>{@code has}</td><td></td><td></td><td>absent</td></tr>
 *   <tr><td>{@code write}</td><td>{@code value}</td><td>{@code version}</td><td>never</td></tr>
 *   <tr><td>{@code create}</td><td>{@code value}</td><td>{@code version}</td><td>present</td></tr>
 *   <tr><td>{@code cas}</td><td>{@code value}, and {@code ifVersion} or {@code ifValue}</td>
 *   <td>{@code version}</td><td>it has another</td></tr>
 *   <tr><td>{@code delete}</td><td>perhaps {@code ifVersion} or {@code ifValue}</td><td></td>
 *   <td>absent, or it has another</td></tr>
 * </table>
 *
 * <p>An answer without {@code version} tells none. No two writes may have the same value, and a
 * version must never come twice.
 */
public final class RegisterModel implements Model<RegisterModel.State> {
  /**
   * @param value null when it is absent
   * @param version null when it is absent, or when nobody was told it yet
   */
  public record State(@Nullable String value, @Nullable String version) {}

  private static final State ABSENT = new State(null, null);

  @Override
  public State initial() {
    return ABSENT;
  }

  @Override
  public List<State> step(State state, Operation operation, long latestNanos) {
    return switch (operation.name()) {
      case "read" -> read(state, operation);
      case "has" -> when((state.value != null) == operation.isOk(), state);
      case "write" -> when(!operation.isRefused(), written(operation));
      case "create" -> change(state, operation, state.value == null, written(operation));
      case "cas" -> change(state, operation, isAsExpected(state, operation), written(operation));
      case "delete" -> change(state, operation, isAsExpected(state, operation), ABSENT);
      default -> throw new IllegalArgumentException("no register does: " + operation);
    };
  }

  private static List<State> read(State state, Operation operation) {
    if (operation.isRefused() || state.value == null) {
      return when(operation.isRefused() && state.value == null, state);
    }
    String version = operation.outIfAny("version");
    boolean same =
        state.value.equals(operation.out("value"))
            && (version == null || state.version == null || version.equals(state.version));
    return when(same, version == null ? state : new State(state.value, version));
  }

  private static List<State> change(State state, Operation operation, boolean done, State after) {
    return operation.isRefused() ? when(!done, state) : when(done, after);
  }

  /**
   * A version that nobody was told can be nobody's expectation: whoever expects it has read it
   * before.
   */
  private static boolean isAsExpected(State state, Operation operation) {
    String version = operation.inIfAny("ifVersion");
    String value = operation.inIfAny("ifValue");
    return state.value != null
        && (version == null || version.equals(state.version))
        && (value == null || Objects.equals(value, state.value));
  }

  private static State written(Operation operation) {
    return new State(operation.in("value"), operation.outIfAny("version"));
  }

  private static List<State> when(boolean possible, State next) {
    return possible ? List.of(next) : List.of();
  }

  @Override
  public boolean changes(Operation operation) {
    return !operation.name().equals("read") && !operation.name().equals("has");
  }
}
