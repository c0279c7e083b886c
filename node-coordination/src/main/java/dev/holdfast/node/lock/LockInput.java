// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.lock;

import dev.holdfast.core.Names;
import dev.holdfast.core.lock.LockCommand;
import dev.holdfast.core.lock.Owner;
import dev.holdfast.node.http.ProblemException;
import java.time.Duration;

/** What a client may say about a lock, over REST as over the socket. */
public final class LockInput {
  public static final Duration WAIT_MAX = Duration.ofMinutes(10);
  public static final Duration DELAY_MAX = Duration.ofMillis(LockCommand.Acquire.DELAY_MILLIS_MAX);

  private LockInput() {}

  public static String lockName(String name) {
    Names.lockProblem(name)
        .ifPresent(problem -> {
          throw new ProblemException(400, "BAD_NAME", problem, "Choose another name for the lock.");
        });
    return name;
  }

  public static Owner owner(String session, String holder) {
    Names.sessionProblem(session)
        .or(() -> Names.holderProblem(holder))
        .ifPresent(problem -> {
          throw new ProblemException(400, "BAD_NAME", problem, "Correct the name.");
        });
    return new Owner(session, holder);
  }

  /** Of a grant: they begin with 1. */
  public static long token(long token) {
    if (token < 1) {
      throw new ProblemException(
          400, "INVALID_VALUE", "A grant has a token from 1 on, not " + token, "Send its token.");
    }
    return token;
  }
}
