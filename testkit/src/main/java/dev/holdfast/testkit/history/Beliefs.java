// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.testkit.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Intervals in which clients believed to hold an exclusive lock: operations named {@code hold},
 * from the first to the last moment at which the client was told so, with the {@code token} that it
 * had.
 */
public final class Beliefs {
  public static final String HOLD = "hold";

  private Beliefs() {}

  /**
   * What is wrong with them, a sentence each: two at once, or a token that is not greater than all
   * before it.
   */
  public static List<String> problems(List<Operation> history) {
    Map<String, List<Operation>> locks = new TreeMap<>();
    for (Operation operation : history) {
      if (operation.name().equals(HOLD)) {
        locks.computeIfAbsent(operation.object(), _ -> new ArrayList<>()).add(operation);
      }
    }
    List<String> problems = new ArrayList<>();
    locks.forEach((lock, holds) -> check(lock, holds, problems));
    return problems;
  }

  private static void check(String lock, List<Operation> holds, List<String> problems) {
    holds.sort(Comparator.comparingLong(Operation::callNanos));
    long end = Long.MIN_VALUE;
    long token = Long.MIN_VALUE;
    for (Operation hold : holds) {
      if (hold.callNanos() < end) {
        problems.add(lock + " was held twice at once: " + hold + " began before " + end);
      }
      long own = Long.parseLong(hold.out("token"));
      if (own <= token) {
        problems.add(lock + ": after token " + token + " came " + hold);
      }
      end = Math.max(end, hold.returnNanos());
      token = Math.max(token, own);
    }
  }
}
