// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Sessions: {@code open} ({@code ttlMillis}, answered with {@code session}), {@code keepAlive} and
 * {@code close} ({@code session}); {@code REFUSED} says that the session has ended. One ends when
 * it is closed, or by itself when its TTL can have passed. After that nothing is granted to it.
 */
public final class SessionModel implements Model<Sessions> {
  @Override
  public Sessions initial() {
    return Sessions.NONE;
  }

  @Override
  public List<Sessions> step(Sessions sessions, Operation operation, long latestNanos) {
    return stepIfAny(sessions, operation, latestNanos)
        .orElseThrow(() -> new IllegalArgumentException("no session does: " + operation));
  }

  @Override
  public boolean changes(Operation operation) {
    return isChange(operation);
  }

  /**
   * Nobody knows the id of a session whose opening was not answered, and a renewal without answer
   * need not have prolonged anything.
   */
  static boolean isChange(Operation operation) {
    return operation.name().equals("close");
  }

  /** Empty for an operation that is not about sessions. */
  static Optional<List<Sessions>> stepIfAny(
      Sessions sessions, Operation operation, long latestNanos) {
    return switch (operation.name()) {
      case "open" -> Optional.of(open(sessions, operation));
      case "keepAlive" -> Optional.of(keepAlive(sessions, operation, latestNanos));
      case "close" ->
          Optional.of(
              operation.isRefused()
                  ? gone(sessions, operation.in("session"), latestNanos)
                  : List.of(sessions.over(operation.in("session"))));
      default -> Optional.empty();
    };
  }

  private static List<Sessions> open(Sessions sessions, Operation operation) {
    if (!operation.isOk()) {
      return List.of();
    }
    String id = operation.out("session");
    boolean isNew = !sessions.isAlive(id) && !sessions.hasEnded(id);
    return isNew ? List.of(sessions.renewed(id, end(operation))) : List.of();
  }

  private static List<Sessions> keepAlive(
      Sessions sessions, Operation operation, long latestNanos) {
    String id = operation.in("session");
    if (operation.isRefused()) {
      return gone(sessions, id, latestNanos);
    }
    return sessions.isAlive(id) ? List.of(sessions.renewed(id, end(operation))) : List.of();
  }

  private static long end(Operation operation) {
    return operation.callNanos()
        + TimeUnit.MILLISECONDS.toNanos(Long.parseLong(operation.in("ttlMillis")));
  }

  /** Somebody was told that the session has ended: then it has, if it can have. */
  static List<Sessions> gone(Sessions sessions, String id, long latestNanos) {
    return sessions.mayBeOver(id, latestNanos) ? List.of(sessions.over(id)) : List.of();
  }
}
